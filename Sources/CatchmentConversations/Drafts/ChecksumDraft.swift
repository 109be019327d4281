internal import Catchment
internal import Crypto

/// A SHA-256 that grows, written as lower-case hexadecimal digits.
struct ChecksumDraft {
  private var hasher = SHA256()

  mutating func add(_ bytes: Slice) { hasher.update(bufferPointer: bytes) }

  mutating func add(_ digest: RawRecord.Digest) {
    withUnsafeBytes(of: digest.words) { hasher.update(bufferPointer: $0) }
  }

  var text: String { Hex.text(hasher.finalize()) }
}
