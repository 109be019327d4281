internal import Catchment

/// The members of a ZIP archive that a source reads, each as a unit.
///
/// Of an archive with one file alone that file is read, whatever it is called.
struct ArchiveMembers {
  let archive: Unit
  let packing: Packing

  private static let most = 10_000

  /// Throws `sourceUnavailable` for what is no ZIP, holds nothing to read, or cannot be trusted.
  func units() throws(CatchmentError) -> [Unit] {
    let files = try files()
    let wanted = files.count == 1 ? files : files.filter { packing.isMember($0.name) }
    guard !wanted.isEmpty else {
      throw refusal(
        "holds no file whose name ends with \(packing.endings.joined(separator: " or "))",
        hint: "unpack it, and name the file to read")
    }
    let limit = Int64(Archive.limit(of: archive.fingerprint.size))
    guard wanted.reduce(0, { $0 + $1.size }) <= limit else {
      throw refusal(
        "says that it unpacks to more than \(limit >> 20) MiB, which so small a file seldom does",
        hint: "if that is right, unpack it and read what is in it")
    }
    return wanted.map { file in
      var unit = Unit(
        source: archive.source, path: "\(archive.path)/\(file.name)",
        fingerprint: archive.fingerprint, machine: archive.machine)
      unit.archive = archive.path
      return unit
    }
  }

  private func files() throws(CatchmentError) -> [(name: String, size: Int64)] {
    let reader = try ArchiveReader(archive.path)
    var files: [(name: String, size: Int64)] = []
    var names: Set<String> = []
    while let path = try reader.next() {
      guard reader.isArchive else {
        throw refusal("is no ZIP archive", hint: "give it the name of what it is")
      }
      let name = String(path.dropFirst(archive.path.count + 1))
      guard reader.isFile, !Self.isOfFinder(name) else { continue }
      try check(name)
      guard !reader.isEncrypted else {
        throw refusal("is encrypted", hint: "unpack it with its password, and read what is in it")
      }
      guard names.insert(name).inserted else {
        throw refusal(
          "holds two files called \(name)", hint: "unpack it, and name the file to read")
      }
      guard files.count < Self.most else {
        throw refusal(
          "holds more than \(Self.most) files", hint: "unpack it, and read the directory")
      }
      files.append((name, max(reader.statedSize, 0)))
    }
    return files
  }

  /// What the Mac's Finder adds to archives of its own.
  private static func isOfFinder(_ name: String) -> Bool {
    name.hasPrefix("__MACOSX/") || CompanionChoice.name(of: name).hasPrefix("._")
  }

  /// Nothing is written under a member's name, but people read it.
  private func check(_ name: String) throws(CatchmentError) {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    let isWithin = !parts.contains { $0.isEmpty || $0 == "." || $0 == ".." }
    guard isWithin, name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
    else {
      throw refusal(
        "holds a file with a name that no honest archive has",
        hint: "do not unpack it where its names could do harm")
    }
  }

  private func refusal(_ reason: String, hint: String) -> CatchmentError {
    CatchmentError(
      .sourceUnavailable, "\(archive.path) \(reason); nothing was read from it", hint: hint)
  }
}
