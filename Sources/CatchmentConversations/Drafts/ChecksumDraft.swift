internal import Catchment
internal import Crypto

/// A SHA-256 that grows, written as lower-case hexadecimal digits.
struct ChecksumDraft {
  private var hasher = SHA256()

  mutating func add(_ bytes: Slice) { hasher.update(bufferPointer: bytes) }

  mutating func add(_ digest: RawRecord.Digest) {
    withUnsafeBytes(of: digest.words) { hasher.update(bufferPointer: $0) }
  }

  mutating func add(_ number: Int64) {
    withUnsafeBytes(of: number.littleEndian) { hasher.update(bufferPointer: $0) }
  }

  var text: String {
    let digits: StaticString = "0123456789abcdef"
    let digest = hasher.finalize()
    return String(unsafeUninitializedCapacity: 64) { buffer in
      var at = 0
      for byte in digest {
        buffer[at] = digits.utf8Start[Int(byte >> 4)]
        buffer[at + 1] = digits.utf8Start[Int(byte & 15)]
        at += 2
      }
      return at
    }
  }
}
