/// The type of a column, as SQL knows it.
///
/// `description` is what one writes in SQL: `DECIMAL(18,3)`, `STRUCT("a" INTEGER)[]`.
public indirect enum LogicalType: Sendable, Hashable {
  case boolean
  case tinyint, smallint, integer, bigint, hugeint
  case utinyint, usmallint, uinteger, ubigint, uhugeint
  case bignum
  case float, double
  case decimal(width: Int, scale: Int)
  case varchar, blob, bit, uuid
  /// Text that DuckDB knows to be JSON.
  case json
  case enumeration([String])
  case date
  case time, timeNanoseconds, timeTZ
  /// Microseconds since 1970, in no time zone.
  case timestamp
  case timestampSeconds, timestampMilliseconds, timestampNanoseconds
  /// Microseconds since 1970 UTC: an instant.
  case timestampTZ
  case interval
  case list(LogicalType)
  case array(LogicalType, count: Int)
  case structure([Field])
  case map(key: LogicalType, value: LogicalType)
  case union([Field])
  /// The type of a bare NULL.
  case null
  /// Any type at all: only as a parameter of a function.
  case any
  /// A type this library cannot take apart, by DuckDB's number.
  case other(UInt32)

  /// A named part of a `STRUCT` or `UNION`.
  public struct Field: Sendable, Hashable {
    /// As it is, without quotes; of a `UNION`, the tag.
    public var name: String
    /// The type of the part, which may have parts itself.
    public var type: LogicalType

    public init(_ name: String, _ type: LogicalType) {
      self.name = name
      self.type = type
    }
  }
}

extension LogicalType: CustomStringConvertible {
  /// As SQL writes it, `DECIMAL(18,3)[]`; of a type that is not known, DuckDB's number.
  public var description: String {
    switch self {
    case .decimal(let width, let scale): "DECIMAL(\(width),\(scale))"
    case .enumeration(let names): "ENUM(\(names.map { "'\($0.quoted("'"))'" }.commas))"
    case .list(let element): "\(element)[]"
    case .array(let element, let count): "\(element)[\(count)]"
    case .structure(let fields): "STRUCT(\(fields.commas))"
    case .map(let key, let value): "MAP(\(key), \(value))"
    case .union(let fields): "UNION(\(fields.commas))"
    case .json: "JSON"
    case .other(let number): "TYPE \(number)"
    default: simpleName
    }
  }

  private var simpleName: String { Self.simple.first { $0.type == self }?.name ?? "INVALID" }
}

extension LogicalType.Field: CustomStringConvertible {
  /// The quoted name and the type: `"a" INTEGER`.
  public var description: String { "\"\(name.quoted("\""))\" \(type)" }
}

extension String {
  /// With each quote doubled, as SQL wants it between quotes.
  func quoted(_ quote: String) -> String { replacing(quote, with: quote + quote) }
}

extension [LogicalType.Field] {
  fileprivate var commas: String { map(\.description).commas }
}

extension [String] {
  fileprivate var commas: String { joined(separator: ", ") }
}
