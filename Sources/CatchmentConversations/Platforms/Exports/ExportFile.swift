internal import Catchment

/// The files that a platform's export of one's data comes in: a ZIP file, or what was in it.
struct ExportFile {
  /// Files of the export that hold no conversations.
  let others: [String]
  /// Names of files that only this platform's ZIP files have.
  let marks: [StaticString]
  /// What the names of this platform's ZIP files begin with, if it is always the same.
  var prefix: String?

  /// Whether a file could hold conversations, by its name alone.
  func mayHold(_ path: String) -> Bool {
    let name = FilePath.name(path)
    return name.hasSuffix(".zip") || name.hasSuffix(".json") && !others.contains(name)
  }

  /// How surely a ZIP file is this platform's, by the names of its first files; nil for what is no
  /// ZIP file.
  func recogniseZIP(_ beginning: UnsafeRawBufferPointer, of path: String) -> Recognition? {
    guard beginning.starts(with: "PK\u{3}\u{4}") else { return nil }
    if marks.contains(where: { beginning.firstRange(of: $0) != nil }) { return .certain }
    guard beginning.firstRange(of: "conversations.json") != nil else { return Recognition.none }
    return prefix.map { FilePath.name(path).hasPrefix($0) } == true ? .certain : .possible
  }
}
