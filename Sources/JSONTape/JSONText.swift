#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The UTF-8 bytes of a decoded string, where the parser put them.
///
/// Comparing costs a length and, where lengths agree, a `memcmp`; no `String` is made until one is
/// asked for. Like the value it came from, a text is valid until the parser's next document.
///
/// ```swift
/// if key == "timestamp" { stamp = value.text.map { String($0) } }
/// ```
public struct JSONText {
  /// The bytes: valid UTF-8 without a terminator, perhaps none.
  public let bytes: UnsafeRawBufferPointer

  /// A text over bytes that the caller keeps alive.
  @inlinable
  public init(bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  /// How many bytes of UTF-8 there are.
  @inlinable
  public var count: Int { bytes.count }

  /// Whether there are no bytes, as in `""`.
  @inlinable
  public var isEmpty: Bool { bytes.isEmpty }

  /// Whether the bytes are those of a literal.
  // Inlined, the lengths are compared without a call: a tenth of the time of an importer's line.
  @inlinable
  public static func == (text: JSONText, literal: StaticString) -> Bool {
    text.count == literal.utf8CodeUnitCount && text.begins(with: literal.utf8Start, text.count)
  }

  @inlinable
  public static func != (text: JSONText, literal: StaticString) -> Bool { !(text == literal) }

  /// Lets a `switch` over a text have literals as its cases.
  @inlinable
  public static func ~= (literal: StaticString, text: JSONText) -> Bool { text == literal }

  @usableFromInline
  func begins(with start: UnsafeRawPointer, _ count: Int) -> Bool {
    guard let base = bytes.baseAddress else { return true }
    return memcmp(base, start, count) == 0
  }
}

extension JSONText: Hashable {
  /// Whether both have the same bytes; unlike `String`, it tells equivalent spellings apart.
  public static func == (left: JSONText, right: JSONText) -> Bool {
    guard left.count == right.count, let start = right.bytes.baseAddress else {
      return left.count == right.count
    }
    return left.begins(with: start, right.count)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(bytes: bytes)
  }

  /// A quick 64-bit hash that is the same in every process, for tables and sharding.
  ///
  /// It does not resist texts made to collide; `Hashable` does.
  public var fingerprint: UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ UInt64(count)
    var position = 0
    while position &+ 8 <= count {
      hash = Self.mix(hash, bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      position &+= 8
    }
    var tail: UInt64 = 0
    for byte in bytes[position...] { tail = tail << 8 | UInt64(byte) }
    return Self.mix(hash, tail)
  }

  private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
    let product = (hash ^ UInt64(littleEndian: word)) &* 0x9e37_79b9_7f4a_7c15
    return product ^ product >> 32
  }
}

extension JSONText: CustomStringConvertible {
  public var description: String { String(self) }
}

extension String {
  /// A copy of a text that outlives the parser's document.
  public init(_ text: JSONText) {
    self.init(decoding: text.bytes, as: UTF8.self)
  }
}
