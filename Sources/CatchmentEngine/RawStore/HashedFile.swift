internal import Catchment
internal import Crypto

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
      let file = try InputFile(path)
      var hash: SHA256? = SHA256()
      return { () throws(CatchmentError) in
        guard let bytes = try InputFile.piece(of: file.read, size: piece) else {
          defer { hash = nil }
          return hash.map { .end(sha256: Hex.text(Array($0.finalize()))) }
        }
        bytes.withUnsafeBytes { hash?.update(bufferPointer: $0) }
        return .bytes(bytes)
      }
    }
  }
}
