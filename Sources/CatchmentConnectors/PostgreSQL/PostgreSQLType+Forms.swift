internal import DuckDB

extension PostgreSQLType {
  /// As what PostgreSQL keeps values of a type.
  static func form(of type: LogicalType) -> StoredForm {
    switch type {
    case .boolean, .smallint, .integer, .bigint, .float, .double, .decimal, .varchar, .json,
      .blob, .uuid, .date, .time, .timestamp, .timestampTZ:
      .same(type)
    case .tinyint, .utinyint: .cast(.smallint)
    case .usmallint: .cast(.integer)
    case .uinteger: .cast(.bigint)
    case .ubigint: .cast(.decimal(width: 20, scale: 0))
    case .hugeint, .uhugeint: .cast(.decimal(width: 38, scale: 0))
    case .timestampSeconds, .timestampMilliseconds: .cast(.timestamp)
    case .list, .array, .structure, .map, .union:
      StoredForm(type: .json) { "to_json(\($0))" }
    default: .cast(.varchar)
    }
  }

  /// The engine's type for a column, by the server's words for it; nil for one that is not written.
  static func engineType(named name: String) -> LogicalType? {
    switch name {
    case "boolean": .boolean
    case "smallint": .smallint
    case "integer": .integer
    case "bigint": .bigint
    case "real": .float
    case "double precision": .double
    case "jsonb": .json
    case "uuid": .uuid
    case "date": .date
    case "bytea": .blob
    case "time without time zone": .time
    case "timestamp without time zone": .timestamp
    case "timestamp with time zone": .timestampTZ
    case "numeric": .decimal(width: 38, scale: 9)
    case _ where name.hasPrefix("numeric("): decimal(name)
    case "text", "json": .varchar
    case _ where name.hasPrefix("character"): .varchar
    default: nil
    }
  }

  /// `numeric(12,2)`.
  private static func decimal(_ name: String) -> LogicalType? {
    let numbers = name.dropFirst("numeric(".count).dropLast().split(separator: ",").map { Int($0) }
    guard numbers.count == 2, let width = numbers[0], let scale = numbers[1], width <= 38,
      (0...width).contains(scale)
    else { return nil }
    return .decimal(width: width, scale: scale)
  }
}
