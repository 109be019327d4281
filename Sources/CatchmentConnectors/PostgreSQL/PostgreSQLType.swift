internal import Catchment
internal import DuckDB

/// A column's type in PostgreSQL, and how its values are sent in a binary COPY.
enum PostgreSQLType: Equatable {
  case boolean, smallint, integer, bigint, unsigned, float, double, text, json, bytes, uuid
  case date, time, timestamp, timestampTZ
  case decimal(width: Int, scale: Int)
  case texts, uuids

  /// What is none of these is sent as text.
  init(_ type: LogicalType) {
    switch type {
    case .boolean: self = .boolean
    case .smallint: self = .smallint
    case .integer: self = .integer
    case .bigint: self = .bigint
    case .ubigint: self = .unsigned
    case .float: self = .float
    case .double: self = .double
    case .decimal(let width, let scale): self = .decimal(width: width, scale: scale)
    case .blob: self = .bytes
    case .time: self = .time
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
    case .smallint: "smallint"
    case .integer: "integer"
    case .bigint: "bigint"
    case .unsigned: "numeric(20,0)"
    case .float: "real"
    case .double: "double precision"
    case .decimal(let width, let scale): "numeric(\(width),\(scale))"
    case .bytes: "bytea"
    case .time: "time without time zone"
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
