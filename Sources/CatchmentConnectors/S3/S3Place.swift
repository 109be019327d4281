internal import Catchment

/// A bucket, and what of it: `s3://bucket/a/key`.
struct S3Place: Sendable, Hashable {
  let bucket: String
  /// A key, the beginning of some or a pattern; empty for the whole bucket.
  let key: String

  init(_ text: String) throws(CatchmentError) {
    let rest = text.dropFirst("s3://".count)
    bucket = String(rest.prefix { $0 != "/" })
    key = String(rest.dropFirst(bucket.count + 1))
    let isName = bucket.utf8.allSatisfy { byte in
      Character(UnicodeScalar(byte)).isASCII
        && (Character(UnicodeScalar(byte)).isLetter || Character(UnicodeScalar(byte)).isNumber
          || ".-_".utf8.contains(byte))
    }
    guard isName, !bucket.isEmpty, key.utf8.count <= 1024 else {
      throw CatchmentError(
        .configuration, "\"\(text)\" names no bucket and key of at most 1,024 bytes",
        hint: "write it as s3://bucket/key")
    }
  }

  /// The whole name of another key of the bucket.
  func path(of key: String) -> String { "s3://\(bucket)/\(key)" }

  /// The key that a whole name says.
  func key(of path: String) -> String { String(path.dropFirst("s3://\(bucket)/".count)) }
}
