internal import Catchment
internal import CatchmentArchives

/// A file of text, or the member of an archive that is one, read as a stream.
struct TextFile: Sendable {
  /// Where its bytes lie.
  let path: String
  /// As the user knows it.
  let name: String
  /// The member's name; nil for the only one.
  let member: String?

  /// Opens it at its beginning.
  func reading() throws(CatchmentError) -> ByteReading {
    guard try ArchiveReader.canRead(path) else {
      guard let member else { return try plainReading() }
      throw CatchmentError(
        .validation, "the file is no archive that is known", at: .init(file: name),
        hint: "leave the option \"member: \(member)\" out, or check the file")
    }
    let reader = try opened()
    return { (buffer) throws(CatchmentError) in try reader.read(into: buffer) }
  }

  private func plainReading() throws(CatchmentError) -> ByteReading {
    try InputFile(path).read
  }

  /// An archive at the member that is wanted.
  private func opened() throws(CatchmentError) -> ArchiveReader {
    let reader = try ArchiveReader(path)
    var names: [String] = []
    while let found = try reader.next() {
      guard !found.isFolder else { continue }
      if let member, found.path == member || found.path.hasSuffix("/\(member)") { return reader }
      names.append(found.path)
    }
    guard member == nil, names.count == 1 else { throw missing(names) }
    let only = try ArchiveReader(path)
    while let found = try only.next(), found.isFolder {}
    return only
  }

  private func missing(_ names: [String]) -> CatchmentError {
    let near = member.flatMap { Spelling.nearest(to: $0, among: names) }
    let all = names.prefix(10).joined(separator: ", ") + (names.count > 10 ? ", …" : "")
    return CatchmentError(
      .validation,
      member.map { "the archive has no member \"\($0)\"" }
        ?? "the archive has \(names.count) members, and it is not said which to read",
      at: .init(file: name),
      hint: near.map { "write member: \($0)" } ?? "give the option member: it has \(all)")
  }
}
