internal import Catchment

/// A file's bytes, in pieces.
struct FileBytes {
  private static let chunk = 1 << 20

  private let open: () throws(CatchmentError) -> InputFile

  /// - Parameter isFollowingLinks: whether a link stands for what it leads to; else it cannot be read, and
  ///   what is no file is not waited for.
  init(_ path: String, isFollowingLinks: Bool = false) {
    open = { () throws(CatchmentError) in
      try InputFile(path, isFollowingLinks: isFollowingLinks)
    }
  }

  private init(_ file: InputFile) { open = { () throws(CatchmentError) in file } }

  /// What standard input still has.
  static var standardInput: FileBytes { FileBytes(InputFile.standardInput) }

  /// Throws `sourceUnavailable` when it cannot be read.
  func forEach(
    _ body: (UnsafeRawBufferPointer) throws(CatchmentError) -> Void
  ) throws(CatchmentError) {
    let file = try open()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunk, alignment: 16)
    defer { buffer.deallocate() }
    var cancellation = CancellationCheck()
    while true {
      let count = try file.read(into: buffer)
      guard count > 0 else { return }
      try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      try cancellation.advance(by: count)
    }
  }
}
