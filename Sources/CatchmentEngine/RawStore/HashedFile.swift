internal import Catchment
internal import Crypto

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Reads and hashes a file on a thread of its own, while another writes what was read.
enum HashedFile {
  private static let piece = 1 << 20

  enum Item: Sendable {
    case bytes([UInt8])
    /// What all of them hash to, in hexadecimal digits: the last item.
    case end(sha256: String)
  }

  /// Throws `sourceUnavailable` where it is asked for what cannot be read.
  static func read(_ path: String) -> ReadAhead<Item> {
    ReadAhead(waiting: 4) { () throws(CatchmentError) in
      let file = try OpenFile(path)
      var hash: SHA256? = SHA256()
      return { () throws(CatchmentError) in
        guard let bytes = try file.next(piece) else {
          defer { hash = nil }
          return hash.map { .end(sha256: Hex.text(Array($0.finalize()))) }
        }
        bytes.withUnsafeBytes { hash?.update(bufferPointer: $0) }
        return .bytes(bytes)
      }
    }
  }

  private final class OpenFile {
    private let path: String
    private let descriptor: Int32

    init(_ path: String) throws(CatchmentError) {
      self.path = path
      descriptor = open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw .system("open", path, code: .sourceUnavailable) }
    }

    deinit { close(descriptor) }

    /// Nil at the end.
    func next(_ most: Int) throws(CatchmentError) -> [UInt8]? {
      var failure: Int32 = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: most) { buffer, count in
        repeat { count = max(readBytes(descriptor, buffer), -1) } while count < 0 && errno == EINTR
        if count < 0 { (failure, count) = (errno, 0) }
      }
      if failure != 0 {
        errno = failure
        throw .system("read", path, code: .sourceUnavailable)
      }
      return bytes.isEmpty ? nil : bytes
    }
  }
}

/// `read(2)`, under a name that the members above do not hide.
private func readBytes(_ file: Int32, _ buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
  read(file, buffer.baseAddress, buffer.count)
}
