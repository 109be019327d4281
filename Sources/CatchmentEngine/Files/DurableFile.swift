internal import CLinux
internal import Catchment

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A new file that appears whole and durable, or not at all.
///
/// Bytes go to a temporary name in the same directory; `publish` makes them durable and gives the
/// file its name in one step. A file that is dropped without being published is removed. Files left
/// by a killed process end in `.part` and are swept at the next start.
struct DurableFile: ~Copyable {
  static let temporarySuffix = ".part"

  let path: String
  private let temporary: String
  private let descriptor: Int32
  private(set) var size: Int64 = 0
  /// How many bytes are on their way to the disk.
  private var begun: Int64 = 0
  private var isPublished = false

  private static let stretch: Int64 = 16 << 20

  init(path: String, mode: mode_t = 0o600) throws(CatchmentError) {
    self.path = path
    temporary = path + Self.temporarySuffix
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard descriptor >= 0 else {
      throw .system("create", temporary, code: .destinationUnavailable)
    }
  }

  deinit {
    close(descriptor)
    if !isPublished { unlink(temporary) }
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) throws(CatchmentError) {
    try count(bytes.count, ifWritten: DescriptorBytes.write(bytes, to: descriptor))
  }

  mutating func append(_ bytes: [UInt8]) throws(CatchmentError) {
    try count(
      bytes.count,
      ifWritten: bytes.withUnsafeBytes { DescriptorBytes.write($0, to: descriptor) })
  }

  private mutating func count(_ bytes: Int, ifWritten isWritten: Bool) throws(CatchmentError) {
    guard isWritten else { throw .system("write", temporary, code: .destinationUnavailable) }
    size += Int64(bytes)
    if size - begun >= Self.stretch { writeOut() }
  }

  /// Begins to bring to the disk what was written since, so that little is left to wait for at the end;
  /// what goes wrong is told there.
  private mutating func writeOut() {
    #if os(Linux)
      sync_file_range(descriptor, begun, size - begun, SYNC_FILE_RANGE_WRITE)
    #endif
    begun = size
  }

  /// Makes the bytes durable under the final name.
  consuming func publish() throws(CatchmentError) { try publish(as: path) }

  /// Gives the file its name at once, for bytes that can be had again after a power cut.
  consuming func finish() throws(CatchmentError) {
    guard rename(temporary, path) == 0 else {
      throw .system("rename", temporary, code: .destinationUnavailable)
    }
    isPublished = true
  }

  /// The same for a name that depends on what the bytes are.
  consuming func publish(as path: String) throws(CatchmentError) {
    guard fsync(descriptor) == 0 else {
      throw .system("make durable", temporary, code: .destinationUnavailable)
    }
    guard rename(temporary, path) == 0 else {
      throw .system("rename", temporary, code: .destinationUnavailable)
    }
    isPublished = true
    try Directory.synchronize(Directory.parent(of: path))
  }
}

/// The few things done to directories.
enum Directory {
  static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Makes the directory and its parents, readable by the owner alone.
  static func create(_ path: String) throws(CatchmentError) {
    if mkdir(path, 0o700) == 0 { return }
    switch errno {
    case EEXIST:
      return
    case ENOENT:
      try create(parent(of: path))
      try create(path)
    default:
      throw .system("create the directory", path, code: .destinationUnavailable)
    }
  }

  /// Makes a rename in the directory survive a power cut.
  static func synchronize(_ path: String) throws(CatchmentError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw .system("open the directory", path, code: .destinationUnavailable)
    }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else {
      throw .system("make durable", path, code: .destinationUnavailable)
    }
  }

  /// Gives a file another name, durably.
  static func rename(_ path: String, to target: String) throws(CatchmentError) {
    guard moveFile(path, target) == 0 else {
      throw .system("rename", path, code: .destinationUnavailable)
    }
    try synchronize(parent(of: target))
  }

  /// Removes a file that may be gone already.
  static func remove(_ path: String) throws(CatchmentError) {
    guard unlink(path) == 0 || errno == ENOENT else {
      throw .system("remove", path, code: .destinationUnavailable)
    }
  }

  /// Removes a file, or a directory with everything in it, that may be gone already; links are not followed.
  static func removeTree(_ path: String) throws(CatchmentError) {
    if unlink(path) == 0 || errno == ENOENT { return }
    guard errno == EISDIR || errno == EPERM else {
      throw .system("remove", path, code: .destinationUnavailable)
    }
    for name in try entries(of: path) { try removeTree("\(path)/\(name)") }
    guard rmdir(path) == 0 else {
      throw .system("remove", path, code: .destinationUnavailable)
    }
  }

  /// The names in a directory, sorted; empty when there is no such directory.
  static func entries(of path: String) throws(CatchmentError) -> [String] {
    guard let stream = opendir(path) else {
      if errno == ENOENT { return [] }
      throw .system("list", path, code: .sourceUnavailable)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      // Read where it lies: an entry is only as long as its name, the field's type is longer.
      let name = withUnsafeMutablePointer(to: &entry.pointee.d_name) {
        String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}

/// `rename(2)`, under a name that the members above do not hide.
private func moveFile(_ path: String, _ target: String) -> Int32 { rename(path, target) }
