internal import Catchment
internal import Foundation

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The few steps on files that a load is made of, each of them durable when it returns.
enum FileStep {
  /// Makes a file's bytes durable and gives it its name.
  static func publish(_ temporary: String, as path: String) throws(CatchmentError) {
    try synchronize(temporary, O_RDONLY)
    try rename(temporary, to: path)
  }

  /// Gives a file a second name, by which it stays when the first is taken from it; false when there is
  /// no such file.
  static func keep(_ path: String, as other: String) throws(CatchmentError) -> Bool {
    unlink(other)
    guard link(path, other) != 0 else { return true }
    guard errno == ENOENT else { throw failure("keep", path) }
    return false
  }

  /// Removes a file that may be gone already.
  static func remove(_ path: String) throws(CatchmentError) {
    guard unlink(path) == 0 || errno == ENOENT else { throw failure("remove", path) }
  }

  /// Makes a folder that may be there already; its parent must be.
  static func makeFolder(_ path: String) throws(CatchmentError) {
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw failure("make the folder", path) }
  }

  static func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }

  // MARK: Trees

  /// Makes folders one in another, below one that is there.
  static func makeFolders(_ path: String, in root: String) throws(CatchmentError) {
    var folder = root
    for name in path.split(separator: "/") {
      let parent = folder
      folder += "/\(name)"
      guard !isThere(folder) else { continue }
      try makeFolder(folder)
      try synchronize(parent, O_RDONLY | O_DIRECTORY)
    }
  }

  /// Gives something another name on the same disk, durably.
  static func rename(_ path: String, to other: String) throws(CatchmentError) {
    #if canImport(Glibc)
      let status = Glibc.rename(path, other)
    #elseif canImport(Musl)
      let status = Musl.rename(path, other)
    #else
      let status = Darwin.rename(path, other)
    #endif
    guard status == 0 else { throw failure("rename", path) }
    try synchronize(Path.directory(of: other), O_RDONLY | O_DIRECTORY)
  }

  /// Gives each of two folders the other's name in one step, durably.
  static func exchange(_ path: String, _ other: String) throws(CatchmentError) {
    #if canImport(Darwin)
      let status = renamex_np(path, other, UInt32(RENAME_SWAP))
    #else
      let status = exchanged(path, other)
    #endif
    guard status == 0 else {
      throw CatchmentError(
        .destinationUnavailable, "\(other) could not be exchanged for the new folder",
        hint: "load on a disk whose file system can, or with mode: append",
        cause: String(cString: strerror(errno)))
    }
    try synchronize(Path.directory(of: other), O_RDONLY | O_DIRECTORY)
  }

  #if !canImport(Darwin)
    /// By `renameat2`, which the C library has and hides from those who do not ask for GNU's own.
    private static func exchanged(_ path: String, _ other: String) -> Int32 {
      typealias Rename =
        @convention(c) (
          Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32
        ) -> Int32
      guard let symbol = dlsym(nil, "renameat2") else {
        errno = ENOSYS
        return -1
      }
      let (here, exchange) = (Int32(AT_FDCWD), UInt32(1 << 1))
      return unsafeBitCast(symbol, to: Rename.self)(here, path, here, other, exchange)
    }
  #endif

  /// The files below a folder, by their names in it; names that begin with a dot are passed over.
  static func files(in root: String) throws(CatchmentError) -> [String] {
    guard let all = FileManager.default.enumerator(atPath: root) else {
      throw CatchmentError(.destinationUnavailable, "the folder \(root) cannot be read")
    }
    var files: [String] = []
    for case let name as String in all where !name.split(separator: "/").contains(where: isHidden) {
      var isFolder: ObjCBool = false
      let isThere = FileManager.default.fileExists(
        atPath: "\(root)/\(name)", isDirectory: &isFolder)
      if isThere, !isFolder.boolValue { files.append(name) }
    }
    return files
  }

  private static func isHidden(_ name: Substring) -> Bool { name.hasPrefix(".") }

  /// Makes all files and folders of a tree durable.
  static func synchronizeTree(_ root: String) throws(CatchmentError) {
    guard let all = FileManager.default.enumerator(atPath: root) else {
      throw CatchmentError(.destinationUnavailable, "the folder \(root) cannot be read")
    }
    for case let name as String in all { try synchronize("\(root)/\(name)", O_RDONLY) }
    try synchronize(root, O_RDONLY | O_DIRECTORY)
  }

  /// Removes a folder with all that is in it; it may be gone already.
  static func removeTree(_ path: String) throws(CatchmentError) {
    guard isThere(path) else { return }
    do { try FileManager.default.removeItem(atPath: path) } catch {
      throw CatchmentError(
        .destinationUnavailable, "could not remove \(path)", cause: "\(error)")
    }
  }

  /// Whether there was a folder without anything in it, which now is gone.
  static func removeIfEmpty(_ path: String) -> Bool { rmdir(path) == 0 }

  private static func synchronize(_ path: String, _ flags: Int32) throws(CatchmentError) {
    let descriptor = open(path, flags | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open", path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure("make durable", path) }
  }

  private static func failure(_ action: String, _ path: String) -> CatchmentError {
    CatchmentError(
      .destinationUnavailable, "could not \(action) \(path)",
      hint: "check that its folder is there and may be written to, and the free space",
      cause: String(cString: strerror(errno)))
  }
}
