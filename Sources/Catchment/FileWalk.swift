#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Finds the files under some paths, with their sizes and times.
///
/// Hidden directories are entered: that is where assistants keep their logs. A directory is entered
/// once, however many links lead to it, so loops of links end. What cannot be looked into is noted
/// and the rest goes on.
public struct FileWalk {
  /// The files found, in the order of the walk.
  public private(set) var files: [(path: String, fingerprint: Unit.Fingerprint)] = []
  /// Places that could not be looked into.
  public private(set) var problems: [CatchmentError] = []
  private let isWanted: (String) -> Bool
  private var visited: Set<FileID> = []

  private struct FileID: Hashable {
    var device: UInt64
    var number: UInt64
  }

  /// - Parameter isWanted: decides by a file's path; a file that the user named is wanted anyway.
  public init(isWanted: @escaping (String) -> Bool) { self.isWanted = isWanted }

  /// Visits a path that the user named, or a default.
  ///
  /// A default that is absent is no problem; the caller checks paths that users name.
  public mutating func visit(root: String) {
    guard let absolute = Self.absolute(root) else { return }
    visit(absolute, isNamed: true)
  }

  /// What was found, as units of one source.
  public func discovery(for source: String) -> Discovery {
    Discovery(
      units: files.map { Unit(source: source, path: $0.path, fingerprint: $0.fingerprint) },
      problems: problems)
  }

  /// The path with links and dots resolved, or nil when there is nothing.
  public static func absolute(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private mutating func visit(_ path: String, isNamed: Bool) {
    var info = stat()
    guard stat(path, &info) == 0 else {
      // A link to nothing, or a file that vanished since it was listed.
      if errno != ENOENT { note("could not look at", path) }
      return
    }
    let id = FileID(device: UInt64(info.st_dev), number: UInt64(info.st_ino))
    switch info.st_mode & S_IFMT {
    case S_IFDIR:
      if visited.insert(id).inserted { list(path) }
    case S_IFREG:
      guard isNamed || isWanted(path), visited.insert(id).inserted else { return }
      files.append((path, .init(info)))
    default:
      break
    }
  }

  private mutating func list(_ path: String) {
    guard let stream = opendir(path) else { return note("could not list", path) }
    var names: [String] = []
    while let entry = readdir(stream) {
      // Read where it lies: an entry is only as long as its name, the field's type is longer.
      let name = withUnsafeMutablePointer(to: &entry.pointee.d_name) {
        String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
      }
      if name != ".", name != ".." { names.append(name) }
    }
    closedir(stream)
    for name in names.sorted() { visit("\(path)/\(name)", isNamed: false) }
  }

  private mutating func note(_ action: String, _ path: String) {
    problems.append(
      CatchmentError(
        .sourceUnavailable, "\(action) \(path)", hint: "check its owner and permissions",
        cause: String(cString: strerror(errno))))
  }
}

extension Unit.Fingerprint {
  /// That of a file as it is now, or nil when there is none.
  public static func current(of path: String) -> Unit.Fingerprint? {
    var info = stat()
    return stat(path, &info) == 0 ? Unit.Fingerprint(info) : nil
  }

  /// The same with a database's write-ahead log, where what was committed last may still lie.
  public func including(logOf path: String, called ending: String = "-wal") -> Unit.Fingerprint {
    guard let log = Unit.Fingerprint.current(of: path + ending), log.size > 0 else { return self }
    return Unit.Fingerprint(size: size + log.size, modified: max(modified, log.modified))
  }

  init(_ info: stat) {
    #if canImport(Darwin)
      let time = info.st_mtimespec
    #else
      let time = info.st_mtim
    #endif
    self.init(
      size: Int64(info.st_size),
      modified: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }
}
