/// One value of any type, boxed: for parameters, small results and what a person reads.
///
/// Bulk data does not travel this way: an `Appender` and a `Vector` touch memory directly.
public enum Value: Sendable, Hashable {
  case null
  case boolean(Bool)
  /// Signed numbers of 8 to 64 bits.
  case integer(Int64)
  /// Unsigned numbers of 8 to 64 bits.
  case unsigned(UInt64)
  case hugeInteger(high: Int64, low: UInt64)
  case unsignedHugeInteger(high: UInt64, low: UInt64)
  case float(Float)
  case double(Double)
  /// Digits with the point where the scale puts it: `-12.50`.
  case decimal(String)
  case text(String)
  case blob([UInt8])
  /// Days since 1970-01-01.
  case date(days: Int32)
  /// Microseconds since midnight.
  case time(micros: Int64)
  /// Microseconds since midnight, and seconds east of UTC.
  case timeTZ(micros: Int64, offset: Int32)
  /// Microseconds since 1970, in no time zone.
  case timestamp(micros: Int64)
  /// Nanoseconds since 1970, in no time zone.
  case timestampNanoseconds(Int64)
  /// Microseconds since 1970 UTC.
  case timestampTZ(micros: Int64)
  case interval(months: Int32, days: Int32, micros: Int64)
  case uuid(UUIDBytes)
  /// A name of an `ENUM`.
  case enumeration(String)
  /// A `LIST` or an `ARRAY`.
  case list([Value])
  case structure([Field])
  case map([Entry])

  /// A named part of a structure.
  public struct Field: Sendable, Hashable {
    /// As the type has it; two fields of a structure do not share one.
    public var name: String
    /// What the part holds; NULL is `.null`.
    public var value: Value

    public init(_ name: String, _ value: Value) {
      self.name = name
      self.value = value
    }
  }

  /// A key of a map with its value.
  public struct Entry: Sendable, Hashable {
    /// Of the map's key type; never `.null`.
    public var key: Value
    /// Of the map's value type; NULL is `.null`.
    public var value: Value

    public init(_ key: Value, _ value: Value) {
      self.key = key
      self.value = value
    }
  }
}

extension Value {
  /// The number, when it is one that fits.
  public var int64: Int64? {
    switch self {
    case .integer(let number): number
    case .unsigned(let number): Int64(exactly: number)
    case .hugeInteger(let high, let low): Int64(exactly: Int128(high: high, low: low))
    case .unsignedHugeInteger(0, let low): Int64(exactly: low)
    default: nil
    }
  }

  /// The text of a `VARCHAR` or an `ENUM`.
  public var text: String? {
    switch self {
    case .text(let text), .enumeration(let text): text
    default: nil
    }
  }

  /// The number of a `DOUBLE`, `FLOAT`, `DECIMAL` or whole number.
  public var double: Double? {
    switch self {
    case .double(let number): number
    case .float(let number): Double(number)
    case .decimal(let digits): Double(digits)
    default: int64.map(Double.init)
    }
  }

  /// The truth of a `BOOLEAN`; nil for NULL and for numbers.
  public var boolean: Bool? { if case .boolean(let flag) = self { flag } else { nil } }
  /// The bytes of a `UUID`; nil for text that looks like one.
  public var uuid: UUIDBytes? { if case .uuid(let uuid) = self { uuid } else { nil } }
  /// Whether it is SQL's NULL, of whatever type the column is.
  public var isNull: Bool { self == .null }
}

extension Value: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(stringLiteral value: String) { self = .text(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
  public init(nilLiteral: ()) { self = .null }
}

extension Int128 {
  init(high: Int64, low: UInt64) { self = Int128(high) << 64 | Int128(low) }

  var halves: (high: Int64, low: UInt64) {
    (Int64(truncatingIfNeeded: self >> 64), UInt64(truncatingIfNeeded: self))
  }
}
