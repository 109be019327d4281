internal import Catchment
internal import DuckDB

/// Keeps the files that a unit's records point at, and tells of each in a record of its own.
///
/// A name in an archive or a folder is only compared with what is pointed at. The bytes go from where
/// they lie to the artifacts in pieces, so no file is ever in memory as a whole.
struct Companions {
  private let finder: any CompanionFinder
  private let artifacts: Artifacts
  /// In bytes; a larger file is refused.
  private let largestFile: Int64

  init(_ finder: any CompanionFinder, _ artifacts: Artifacts, largestFile: Int64) {
    self.finder = finder
    self.artifacts = artifacts
    self.largestFile = largestFile
  }

  /// Lines that say what the records' pointers stand for; empty when they point at nothing that is
  /// there.
  ///
  /// - Parameters:
  ///   - region: what holds the records.
  ///   - members: the archive's, when the unit is one; else the unit's folder is looked at.
  func lines(
    for content: UnitContent, in region: ByteRegion, members: [String]?
  ) throws(CatchmentError) -> [UInt8] {
    let pointers = try pointers(of: content, in: region)
    guard !pointers.isEmpty else { return [] }
    let unit = content.unit
    let folder = members == nil ? Directory.parent(of: unit.path) : unit.path
    let wanted = Set(pointers.lazy.flatMap(\.names))
    let paths = if let members { members } else { try files(below: folder) }
    let choice = CompanionChoice(wanted, among: paths, in: folder)
    let files = try members == nil ? keep(choice, for: unit) : keep(choice, ofArchive: unit)
    return lines(pointers, files)
  }

  /// So many bytes are looked at before their memory is given back.
  private static let stride = 16 << 20

  private func pointers(
    of content: UnitContent, in region: ByteRegion
  ) throws(CatchmentError) -> [CompanionPointers] {
    var found: [CompanionPointers] = []
    var passed = 0
    var cancellation = CancellationCheck()
    for record in content.records {
      if let pointers = finder.pointers(in: content.bytes(of: record)) { found.append(pointers) }
      try cancellation.advance(by: record.length)
      passed += record.length
      guard passed >= Self.stride else { continue }
      region.forget()
      passed = 0
    }
    return found
  }

  private func lines(_ pointers: [CompanionPointers], _ files: [String: CompanionFile]) -> [UInt8] {
    var lines: [UInt8] = []
    var told: Set<String> = []
    for pointer in pointers {
      for file in pointer.names.compactMap({ files[$0] }) {
        let line = finder.record(of: file, for: pointer.owner)
        guard told.insert(line).inserted else { continue }
        lines += line.utf8
        lines.append(UInt8(ascii: "\n"))
      }
    }
    return lines
  }

  // MARK: Folders

  /// How deep the folders of an export lie in each other.
  private static let depth = 3

  /// The files of a folder and of those in it that may hold some; no link is followed.
  private func files(
    below folder: String, depth: Int = Companions.depth
  ) throws(CatchmentError) -> [String] {
    var found: [String] = []
    for name in try Directory.entries(of: folder) {
      let path = "\(folder)/\(name)"
      if finder.mayHoldFiles(folder: name) {
        guard depth > 1, FileKind(path, isFollowingLinks: false) == .directory else { continue }
        found += try files(below: path, depth: depth - 1)
      } else {
        found.append(path)
      }
    }
    return found
  }

  private func keep(
    _ choice: CompanionChoice, for unit: Unit
  ) throws(CatchmentError) -> [String: CompanionFile] {
    var files: [String: CompanionFile] = [:]
    for (path, pointer) in choice.pointers
    where FileKind(path, isFollowingLinks: false) == .file {
      let content = try keep(for: unit, limit: largestFile) { (take) throws(CatchmentError) in
        try FileBytes(path).forEach(take)
      }
      files[pointer] = CompanionFile(pointer, path, content)
    }
    return files
  }

  // MARK: Archives

  private func keep(
    _ choice: CompanionChoice, ofArchive unit: Unit
  ) throws(CatchmentError) -> [String: CompanionFile] {
    guard !choice.pointers.isEmpty else { return [:] }
    var files: [String: CompanionFile] = [:]
    var rest = choice.pointers
    var room = Int64(Archive.limit(of: unit.fingerprint.size))
    var archive = try ArchiveReader(unit.path)
    while !rest.isEmpty, let name = try archive.next() {
      guard let pointer = rest.removeValue(forKey: name), archive.isFile else { continue }
      let limit = min(room, largestFile)
      let content = try keep(for: unit, stated: archive.statedSize, limit: limit) {
        (take) throws(CatchmentError) in
        try archive.read { (bytes) throws(CatchmentError) in
          room -= Int64(bytes.count)
          try take(bytes)
        }
      }
      files[pointer] = CompanionFile(pointer, name, content)
      // Behind a member that is damaged an archive may only be read on from its beginning.
      if case .refused = content { archive = try ArchiveReader(unit.path) }
    }
    return files
  }

  // MARK: Files

  /// Keeps one file; one that is too large or cannot be read is refused, and the others go on.
  private func keep(
    for unit: Unit, stated: Int64 = 0, limit: Int64,
    _ read: ((UnsafeRawBufferPointer) throws(CatchmentError) -> Void) throws(CatchmentError) -> Void
  ) throws(CatchmentError) -> CompanionFile.Content {
    var size = stated
    do throws(CatchmentError) {
      guard size <= limit else { throw .tooLargeFile }
      size = 0
      var arriving = try artifacts.receive(as: unit.id.description)
      try read { (bytes) throws(CatchmentError) in
        size += Int64(bytes.count)
        guard size <= limit else { throw .tooLargeFile }
        try arriving.append(bytes)
      }
      let kept = try artifacts.keep(arriving)
      return .kept(sha256: kept.sha256, bytes: kept.size, mediaType: kept.mediaType)
    } catch  where error.code == .sourceUnavailable {
      guard size > limit else {
        return .refused(code: "file_unreadable", message: "the file could not be read")
      }
      return .refused(
        code: "file_too_large",
        message: "the file has more than \(limit) bytes, the most that is taken of it")
    }
  }
}

extension CatchmentError {
  /// Ends the reading of a file; it is told in the file's own record.
  fileprivate static var tooLargeFile: CatchmentError {
    CatchmentError(.sourceUnavailable, "the file is too large")
  }
}

extension CompanionFile {
  fileprivate init(_ pointer: String, _ path: String, _ content: Content) {
    self.init(pointer: pointer, name: CompanionChoice.name(of: path), content: content)
  }
}

/// Which of some files the pointers stand for.
struct CompanionChoice {
  /// For each file that is chosen, by its whole path, the pointer that it is chosen for.
  private(set) var pointers: [String: String] = [:]

  /// - Parameters:
  ///   - paths: all there are, each below `folder`.
  init(_ wanted: Set<String>, among paths: [String], in folder: String) {
    var chosen: [String: (key: (String, String), path: String)] = [:]
    for path in paths {
      let name = Self.name(of: path)
      guard let pointer = Self.pointer(of: name, wanted) else { continue }
      // The same in an archive and in a folder, in whatever order they list their files.
      let key = (name, String(path.dropFirst(folder.count)))
      if let known = chosen[pointer], known.key <= key { continue }
      chosen[pointer] = (key, path)
    }
    for (pointer, choice) in chosen { pointers[choice.path] = pointer }
  }

  /// What comes after the last separator of either kind.
  static func name(of path: String) -> String {
    let separators: [UInt8] = [UInt8(ascii: "/"), UInt8(ascii: "\\")]
    guard let mark = path.utf8.lastIndex(where: separators.contains) else { return path }
    return String(path[path.utf8.index(after: mark)...])
  }

  /// The longest of the wanted names that a file's name begins with: `file-1` of `file-1-cat.png`,
  /// `file-1_cat.png` and `file-1.dat`.
  private static func pointer(of name: String, _ wanted: Set<String>) -> String? {
    if wanted.contains(name) { return name }
    let ends = name.utf8.indices.filter { "-_.".utf8.contains(name.utf8[$0]) }
    return ends.reversed().lazy.map { String(name[..<$0]) }.first(where: wanted.contains)
  }
}
