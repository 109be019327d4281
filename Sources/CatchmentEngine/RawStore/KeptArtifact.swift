public import Catchment
internal import Crypto

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A file of the raw store, called by the SHA-256 of its bytes.
public struct KeptArtifact: Sendable {
  /// 64 hexadecimal digits.
  public let sha256: String
  /// Where it lies, if it is there.
  public let path: String

  /// Opens nothing; nil when the name is not 64 lowercase hexadecimal digits, and so no part of a path.
  public init?(sha256: String, in home: Home) {
    guard sha256.utf8.count == 64, sha256.utf8.allSatisfy(Self.isDigit) else { return nil }
    self.sha256 = sha256
    path = "\(home.raw)/artifacts/\(sha256.prefix(2))/\(sha256)"
  }

  /// Those that are there and whose names begin with some digits, of which there must be two.
  public static func all(
    beginningWith digits: String, in home: Home
  ) throws(CatchmentError) -> [KeptArtifact] {
    let digits = digits.lowercased()
    guard digits.utf8.count >= 2, digits.utf8.allSatisfy(isDigit) else { return [] }
    let names = try Directory.entries(of: "\(home.raw)/artifacts/\(digits.prefix(2))")
    return names.filter { $0.hasPrefix(digits) }
      .compactMap { KeptArtifact(sha256: $0, in: home) }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
  }

  /// In bytes; nil when it is gone.
  public var size: Int64? { Unit.Fingerprint.current(of: path)?.size }

  /// Reads all of it and compares it with its name.
  ///
  /// Throws `damaged` when it cannot be read, or its bytes are not those that it is called by.
  public func verify() throws(CatchmentError) {
    try read { _ throws(CatchmentError) in }
  }

  /// Hands out its bytes in pieces, and tells behind the last one whether they are those that it is
  /// called by.
  ///
  /// Throws `damaged` when they are not, or cannot be read.
  public func read(
    _ body: (UnsafeRawBufferPointer) throws(CatchmentError) -> Void
  ) throws(CatchmentError) {
    var hash = SHA256()
    do throws(CatchmentError) {
      try FileBytes(path).forEach { (bytes) throws(CatchmentError) in
        hash.update(bufferPointer: bytes)
        try body(bytes)
      }
    } catch  where error.code == .sourceUnavailable {
      throw CatchmentError(
        .damaged, "the artifact cannot be read", at: .init(file: path),
        hint: "check its owner and permissions, or restore it from a copy", cause: error.cause)
    }
    guard Hex.text(hash.finalize()) == sha256 else {
      throw CatchmentError(
        .damaged, "the artifact does not have the SHA-256 that it is called by",
        at: .init(file: path), hint: "restore it from a copy")
    }
  }
}
