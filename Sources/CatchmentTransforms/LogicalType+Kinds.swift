internal import DuckDB

extension LogicalType {
  /// Whether it is a whole number of any width.
  var isInteger: Bool {
    switch self {
    case .tinyint, .smallint, .integer, .bigint, .hugeint, .utinyint, .usmallint, .uinteger,
      .ubigint, .uhugeint, .bignum:
      true
    default: false
    }
  }

  /// Whether it is a binary fraction, whose sums depend on their order.
  var isFloating: Bool { self == .double || self == .float }

  /// Whether one can calculate with it.
  var isNumber: Bool {
    if case .decimal = self { return true }
    return isInteger || isFloating
  }

  /// Whether it is a day or a point in time.
  var isTemporal: Bool {
    switch self {
    case .date, .timestamp, .timestampSeconds, .timestampMilliseconds, .timestampNanoseconds,
      .timestampTZ:
      true
    default: false
    }
  }
}
