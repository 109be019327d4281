internal import Catchment
internal import DuckDB

/// A column's type in PostgreSQL, and how its values are sent in a binary COPY.
enum PostgreSQLType {
  case boolean, integer, bigint, unsigned, double, text, json, uuid, date, timestamp, timestampTZ
  case texts, uuids

  /// Followers are given no other types.
  init(_ type: LogicalType) {
    switch type {
    case .boolean: self = .boolean
    case .integer: self = .integer
    case .bigint: self = .bigint
    case .ubigint: self = .unsigned
    case .double: self = .double
    case .json: self = .json
    case .uuid: self = .uuid
    case .date: self = .date
    case .timestamp: self = .timestamp
    case .timestampTZ: self = .timestampTZ
    case .list(.varchar): self = .texts
    case .list(.uuid): self = .uuids
    default: self = .text
    }
  }

  /// As the server's `format_type` writes it.
  var name: String {
    switch self {
    case .boolean: "boolean"
    case .integer: "integer"
    case .bigint: "bigint"
    case .unsigned: "numeric(20,0)"
    case .double: "double precision"
    case .text: "text"
    case .json: "jsonb"
    case .uuid: "uuid"
    case .date: "date"
    case .timestamp: "timestamp without time zone"
    case .timestampTZ: "timestamp with time zone"
    case .texts: "text[]"
    case .uuids: "uuid[]"
    }
  }
}
