internal import Catchment
internal import DuckDB
internal import GRDB
internal import GRDBSQLite
internal import JSONTape

/// A column's type in SQLite, and how its values are bound.
enum SQLiteType {
  case integer, real, text, bytes, uuid, unsigned, date, timestamp, list

  init(_ type: LogicalType) {
    switch type {
    case .boolean, .integer, .bigint: self = .integer
    case .double: self = .real
    case .blob: self = .bytes
    case .uuid: self = .uuid
    case .ubigint: self = .unsigned
    case .date: self = .date
    case .timestamp, .timestampTZ: self = .timestamp
    case .list: self = .list
    default: self = .text
    }
  }

  /// Numbers past a signed integer are text: SQLite would make fractions of them.
  var name: String {
    switch self {
    case .integer: "INTEGER"
    case .real: "REAL"
    case .bytes: "BLOB"
    default: "TEXT"
    }
  }
}

/// Inserts rows of vectors through one prepared statement.
struct SQLiteRows {
  private let database: GRDB.Database
  private let statement: GRDB.Statement
  private let types: [SQLiteType]

  init(
    _ database: GRDB.Database, _ table: String, _ columns: [FollowerTable.Column]
  ) throws {
    self.database = database
    types = columns.map { SQLiteType($0.type) }
    let names = columns.count == 1 ? "" : " (\(SQL.identifiers(columns.map(\.name))))"
    let places = columns.map { _ in "?" }.joined(separator: ", ")
    statement = try database.makeStatement(sql: "INSERT INTO \(table)\(names) VALUES (\(places))")
  }

  /// Inserts all of them; returns how many there were.
  @discardableResult
  func insert(_ rows: FollowerSession.Chunks) throws -> Int {
    var count = 0
    while let chunk = try rows() {
      let columns = types.indices.map(chunk.column)
      for row in 0..<chunk.rowCount {
        for (place, column) in columns.enumerated() { bind(column, row, place) }
        try step()
      }
      count += chunk.rowCount
    }
    return count
  }

  private func step() throws {
    let raw = statement.sqliteStatement
    let status = sqlite3_step(raw)
    sqlite3_reset(raw)
    guard status == SQLITE_DONE else {
      throw DatabaseError(
        resultCode: ResultCode(rawValue: status),
        message: database.sqliteConnection.map { String(cString: sqlite3_errmsg($0)) })
    }
  }

  private func bind(_ column: Vector, _ row: Int, _ place: Int) {
    let (raw, position) = (statement.sqliteStatement, Int32(place + 1))
    guard !column.isNull(at: row) else {
      sqlite3_bind_null(raw, position)
      return
    }
    switch types[place] {
    case .integer: sqlite3_bind_int64(raw, position, column.int64(at: row))
    case .real: sqlite3_bind_double(raw, position, column.double(at: row))
    case .text: column.withBytes(at: row) { bind($0, position) }
    case .bytes: column.withBytes(at: row) { bind(blob: $0, position) }
    case .uuid: bind(column.uuid(at: row).description, position)
    case .unsigned: bind("\(column.uint64(at: row))", position)
    case .date: bind(ISOTime.date(column.int64(at: row)), position)
    case .timestamp: bind(ISOTime.timestamp(column.timestamp(at: row)), position)
    case .list: bind(Self.json(column.value(at: row)), position)
    }
  }

  private func bind(_ text: String, _ position: Int32) {
    var text = text
    text.withUTF8 { bind(UnsafeRawBufferPointer($0), position) }
  }

  /// SQLite copies the bytes; an empty text has no address and would be NULL.
  private func bind(_ bytes: UnsafeRawBufferPointer, _ position: Int32) {
    let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
    _ = "".withCString { empty in
      sqlite3_bind_text64(
        statement.sqliteStatement, position, start ?? empty, UInt64(bytes.count), transient,
        UInt8(SQLITE_UTF8))
    }
  }

  private func bind(blob: UnsafeRawBufferPointer, _ position: Int32) {
    guard let start = blob.baseAddress, !blob.isEmpty else {
      sqlite3_bind_zeroblob(statement.sqliteStatement, position, 0)
      return
    }
    let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    sqlite3_bind_blob64(
      statement.sqliteStatement, position, start, UInt64(blob.count), transient)
  }

  private static func json(_ list: Value) -> String {
    guard case .list(let elements) = list else { return "[]" }
    let texts = elements.map { element in
      switch element {
      case .null: "null"
      case .text(let text): JSONString.quoted(text)
      default: JSONString.quoted(element.description)
      }
    }
    return "[\(texts.joined(separator: ","))]"
  }
}
