/// The sixteen bytes of a UUID, as two numbers that read in the order of its text.
///
/// ```swift
/// UUIDBytes("01890a5d-ac96-774b-bcce-b302099a8057")!.description
/// ```
public struct UUIDBytes: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The first eight bytes, big-endian.
  public var high: UInt64
  /// The last eight bytes, big-endian.
  public var low: UInt64

  /// The UUID whose text begins with the digits of `high` and ends with those of `low`.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Reads 32 hexadecimal digits, in either case, with or without hyphens.
  public init?(_ text: some StringProtocol) {
    var halves: (UInt64, UInt64) = (0, 0)
    var count = 0
    for character in text.utf8 where character != UInt8(ascii: "-") {
      guard let digit = Self.digit(character), count < 32 else { return nil }
      if count < 16 { halves.0 = halves.0 << 4 | digit } else { halves.1 = halves.1 << 4 | digit }
      count += 1
    }
    guard count == 32 else { return nil }
    self.init(high: halves.0, low: halves.1)
  }

  /// DuckDB's order: as the text's.
  public static func < (left: UUIDBytes, right: UUIDBytes) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }

  /// Lowercase, with hyphens.
  public var description: String {
    String(unsafeUninitializedCapacity: 36) { buffer in
      var at = 0
      for index in 0..<32 {
        if index == 8 || index == 12 || index == 16 || index == 20 {
          buffer[at] = UInt8(ascii: "-")
          at += 1
        }
        let half = index < 16 ? high : low
        let digit = UInt8(truncatingIfNeeded: half >> UInt64(60 - index % 16 * 4) & 15)
        buffer[at] = digit < 10 ? digit + 48 : digit + 87
        at += 1
      }
      return at
    }
  }

  private static func digit(_ character: UInt8) -> UInt64? {
    switch character {
    case 48...57: UInt64(character - 48)
    case 65...70: UInt64(character - 55)
    case 97...102: UInt64(character - 87)
    default: nil
    }
  }
}

extension UUIDBytes {
  private static let topBit: UInt64 = 1 << 63

  /// As DuckDB stores it: a signed 128-bit number whose top bit is flipped, so that it sorts.
  public var hugeInteger: (high: Int64, low: UInt64) {
    (Int64(bitPattern: high ^ Self.topBit), low)
  }

  /// From the signed 128-bit number that DuckDB stores.
  public init(hugeInteger high: Int64, _ low: UInt64) {
    self.init(high: UInt64(bitPattern: high) ^ Self.topBit, low: low)
  }
}
