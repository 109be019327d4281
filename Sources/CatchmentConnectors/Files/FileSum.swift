internal import Catchment
internal import Crypto
internal import Foundation

/// What a file's bytes are.
struct FileSum {
  /// In hexadecimal digits.
  let sha256: String
  let size: Int64

  /// Nil when there is no such file.
  init?(of path: String) throws(CatchmentError) {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do {
      let handle = try FileHandle(forReadingFrom: URL(filePath: path))
      defer { handle.closeFile() }
      var hash = SHA256()
      var size: Int64 = 0
      while let bytes = try handle.read(upToCount: 1 << 20), !bytes.isEmpty {
        hash.update(data: bytes)
        size += Int64(bytes.count)
      }
      sha256 = Hex.text(Array(hash.finalize()))
      self.size = size
    } catch {
      throw CatchmentError(
        .destinationUnavailable, "\(path) cannot be read", cause: "\(error)")
    }
  }
}
