/// How a column's rows lie in memory: what many logical types share.
enum Storage: UInt8 {
  case boolean, int8, int16, int32, int64, uint8, uint16, uint32, uint64
  case hugeint, float, double, interval, bytes, list, array, parts, unknown

  init(_ type: LogicalType) {
    switch type {
    case .boolean: self = .boolean
    case .tinyint: self = .int8
    case .smallint: self = .int16
    case .integer, .date: self = .int32
    case .bigint, .time, .timeNanoseconds, .timestamp, .timestampSeconds, .timestampMilliseconds,
      .timestampNanoseconds, .timestampTZ:
      self = .int64
    case .utinyint: self = .uint8
    case .usmallint: self = .uint16
    case .uinteger: self = .uint32
    case .ubigint, .timeTZ: self = .uint64
    case .hugeint, .uhugeint, .uuid: self = .hugeint
    case .float: self = .float
    case .double: self = .double
    case .interval: self = .interval
    case .varchar, .json, .blob, .bit: self = .bytes
    case .list, .map: self = .list
    case .array: self = .array
    case .structure, .union: self = .parts
    case .decimal(let width, _): self = Self.decimal(width)
    case .enumeration(let names): self = Self.enumeration(names.count)
    case .bignum, .null, .any, .other: self = .unknown
    }
  }

  /// How many bytes a value takes, where that is fixed and it is a number.
  var width: Int? {
    switch self {
    case .boolean, .int8, .uint8: 1
    case .int16, .uint16: 2
    case .int32, .uint32, .float: 4
    case .int64, .uint64, .double: 8
    case .hugeint: 16
    case .interval, .bytes, .list, .array, .parts, .unknown: nil
    }
  }

  /// The smallest integer that holds so many digits.
  private static func decimal(_ width: Int) -> Storage {
    switch width {
    case ...4: .int16
    case ...9: .int32
    case ...18: .int64
    default: .hugeint
    }
  }

  /// The smallest integer that numbers so many names.
  private static func enumeration(_ count: Int) -> Storage {
    switch count {
    case ...0xFF: .uint8
    case ...0xFFFF: .uint16
    default: .uint32
    }
  }
}
