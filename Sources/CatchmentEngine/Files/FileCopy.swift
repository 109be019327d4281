internal import Catchment

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Copies a file so that the copy appears whole and durable, or not at all.
enum FileCopy {
  private static let blockSize = 4 << 20

  /// Holds a lock against other processes that write while it copies; throws `locked` when one has
  /// the file.
  static func copy(_ path: String, to target: String) throws(CatchmentError) {
    let source = open(path, O_RDWR | O_CLOEXEC)
    guard source >= 0 else { throw .system("open", path, code: .destinationUnavailable) }
    defer { close(source) }
    var claim = flock()
    claim.l_type = Int16(F_WRLCK)
    claim.l_whence = Int16(SEEK_SET)
    guard fcntl(source, F_SETLK, &claim) == 0 else {
      throw CatchmentError(
        .locked, "\(path) is held by another process", hint: "wait until it is done, or stop it")
    }
    var copy = try DurableFile(path: target)
    try read(source, path) { (block) throws(CatchmentError) in try copy.append(block) }
    guard copy.size == Int64(lseek(source, 0, SEEK_END)) else {
      throw CatchmentError(.failed, "\(path) changed while it was copied")
    }
    try copy.publish()
  }

  private static func read(
    _ file: Int32, _ path: String,
    _ body: (UnsafeRawBufferPointer) throws(CatchmentError) -> Void
  ) throws(CatchmentError) {
    var space = [UInt8](repeating: 0, count: blockSize)
    while true {
      let count = readBlock(file, &space)
      if count == 0 { return }
      guard count > 0 else {
        if errno == EINTR { continue }
        throw .system("read", path, code: .destinationUnavailable)
      }
      let result: Result<Void, CatchmentError> = space.withUnsafeBytes { bytes in
        do throws(CatchmentError) {
          return .success(try body(UnsafeRawBufferPointer(rebasing: bytes[..<count])))
        } catch {
          return .failure(error)
        }
      }
      try result.get()
    }
  }
}

/// `read(2)`, under a name that the members above do not hide.
private func readBlock(_ file: Int32, _ space: inout [UInt8]) -> Int {
  read(file, &space, space.count)
}
