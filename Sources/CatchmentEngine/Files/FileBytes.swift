internal import Catchment

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A file's bytes, in pieces.
struct FileBytes {
  private static let chunk = 1 << 20

  private let path: String
  private let flags: Int32
  /// An open file that is read from where it stands; it stays open.
  private var given: Int32?

  /// - Parameter isFollowingLinks: whether a link stands for what it leads to; else it cannot be read, and
  ///   what is no file is not waited for.
  init(_ path: String, isFollowingLinks: Bool = false) {
    self.path = path
    flags = O_RDONLY | O_CLOEXEC | (isFollowingLinks ? 0 : O_NOFOLLOW | O_NONBLOCK)
  }

  /// What standard input still has.
  static var standardInput: FileBytes {
    var bytes = FileBytes("standard input")
    bytes.given = STDIN_FILENO
    return bytes
  }

  /// Throws `sourceUnavailable` when it cannot be read.
  func forEach(
    _ body: (UnsafeRawBufferPointer) throws(CatchmentError) -> Void
  ) throws(CatchmentError) {
    let descriptor = given ?? open(path, flags)
    guard descriptor >= 0 else { throw .system("open", path, code: .sourceUnavailable) }
    defer { if given == nil { close(descriptor) } }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunk, alignment: 16)
    defer { buffer.deallocate() }
    var cancellation = CancellationCheck()
    while true {
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .system("read", path, code: .sourceUnavailable) }
      guard count > 0 else { return }
      try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      try cancellation.advance(by: count)
    }
  }
}
