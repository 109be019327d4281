#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Writes the next bytes into a buffer; returns how many, 0 at the end.
package typealias ByteReading = (UnsafeMutableRawBufferPointer) throws(CatchmentError) -> Int

/// A file that is read from where it stands to its end.
package final class InputFile {
  private let descriptor: Int32
  private let name: String
  private let isOwned: Bool

  /// Opens a file, at its beginning; throws `sourceUnavailable`.
  ///
  /// - Parameter isFollowingLinks: whether a link stands for what it leads to; else it cannot be read, and
  ///   what is no file is not waited for.
  package init(_ path: String, isFollowingLinks: Bool = true) throws(CatchmentError) {
    (name, isOwned) = (path, true)
    descriptor = open(
      path, O_RDONLY | O_CLOEXEC | (isFollowingLinks ? 0 : O_NOFOLLOW | O_NONBLOCK))
    guard descriptor >= 0 else { throw .system("open", path, code: .sourceUnavailable) }
  }

  /// What standard input still has; it stays open.
  package static var standardInput: InputFile { InputFile() }

  private init() { (descriptor, name, isOwned) = (STDIN_FILENO, "standard input", false) }

  deinit { if isOwned { close(descriptor) } }

  /// Writes what there is next into a buffer; returns how many bytes, 0 at the end.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(CatchmentError) -> Int {
    while true {
      let count = readBytes(descriptor, buffer)
      if count >= 0 { return count }
      guard errno == EINTR else { throw .system("read", name, code: .sourceUnavailable) }
    }
  }

  /// The next bytes, so many unless they are the last; nil at the end.
  package static func piece(
    of reading: ByteReading, size: Int
  ) throws(CatchmentError) -> [UInt8]? {
    var failure: CatchmentError?
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
      let memory = UnsafeMutableRawBufferPointer(buffer)
      do throws(CatchmentError) {
        while filled < memory.count {
          let count = try reading(UnsafeMutableRawBufferPointer(rebasing: memory[filled...]))
          if count == 0 { return }
          filled += count
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes.isEmpty ? nil : bytes
  }
}

/// `read(2)`, under a name that the members above do not hide.
private func readBytes(_ file: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
  read(file, buffer.baseAddress, buffer.count)
}
