private import Crypto
public import DuckDB

/// Makes identifiers that are the same on every machine: UUID version 5 (RFC 9562 §5.5) of a
/// platform and the platform's own identifier.
///
/// ```swift
/// let ids = StableID(platform: "claude_code")
/// ids("message", "2ae54f4a-4758-4ab6-a31f-60a8ccfc2624")   // always the same UUID
/// ```
public struct StableID: Sendable {
  private let platform: [UInt8]

  /// The namespace all of Catchment's identifiers live in: version 5 of `catchment.dev` in the
  /// DNS namespace, 3593b286-365a-5e7c-8ede-d5d984a1e216.
  static let namespace: [UInt8] = [
    0x35, 0x93, 0xb2, 0x86, 0x36, 0x5a, 0x5e, 0x7c, 0x8e, 0xde, 0xd5, 0xd9, 0x84, 0xa1, 0xe2, 0x16,
  ]

  /// Identifiers of one platform, by its name as users type it: `claude_code`.
  public init(platform: String) {
    self.platform = Array(platform.utf8)
  }

  /// The identifier of the thing of `kind` that the platform calls `native`.
  public func callAsFunction(_ kind: StaticString, _ native: String) -> UUIDBytes {
    var native = native
    return native.withUTF8 { self(kind, UnsafeRawBufferPointer($0)) }
  }

  /// The same for bytes, without making a `String` of them.
  public func callAsFunction(_ kind: StaticString, _ native: UnsafeRawBufferPointer) -> UUIDBytes {
    var hasher = Insecure.SHA1()
    Self.namespace.withUnsafeBytes { hasher.update(bufferPointer: $0) }
    platform.withUnsafeBytes { hasher.update(bufferPointer: $0) }
    kind.withUTF8Buffer { name in
      hasher.update(bufferPointer: Self.separator)
      hasher.update(bufferPointer: UnsafeRawBufferPointer(name))
      hasher.update(bufferPointer: Self.separator)
    }
    hasher.update(bufferPointer: native)
    return hasher.finalize().withUnsafeBytes(Self.version5)
  }

  /// A static colon: the parts of a name must not run into each other.
  private static var separator: UnsafeRawBufferPointer {
    let colon: StaticString = ":"
    return UnsafeRawBufferPointer(start: colon.utf8Start, count: 1)
  }

  private static func version5(_ digest: UnsafeRawBufferPointer) -> UUIDBytes {
    var high = UInt64(bigEndian: digest.loadUnaligned(as: UInt64.self))
    var low = UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    high = high & ~0xF000 | 0x5000
    low = low & ~(0b11 << 62) | 0b10 << 62
    return UUIDBytes(high: high, low: low)
  }
}
