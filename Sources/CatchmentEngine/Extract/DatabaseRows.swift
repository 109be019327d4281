internal import Catchment
internal import GRDBSQLite
internal import JSONTape

/// Reads rows of an SQLite database as lines of JSON.
///
/// The database is another program's: it is opened for reading only, read in one transaction, and
/// its write-ahead log is left as it is.
final class DatabaseRows {
  private static let patience: Int32 = 5_000

  private let path: String
  private let parser = TapeParser()
  private var database: OpaquePointer?

  init(path: String) throws(CatchmentError) {
    self.path = path
    let status = sqlite3_open_v2(path, &database, SQLITE_OPEN_READONLY, nil)
    guard status == SQLITE_OK else {
      let error = failure()
      sqlite3_close(database)
      throw error
    }
    sqlite3_busy_timeout(database, Self.patience)
  }

  deinit { sqlite3_close(database) }

  /// Writes the rows of all tables, in the order in which the tables are given.
  func write(
    _ tables: [DatabaseTable], to file: inout SpillFile
  ) throws(CatchmentError) {
    try execute("BEGIN")
    for table in tables where try has(table.name) { try write(table, to: &file) }
    try execute("COMMIT")
  }

  private func write(
    _ table: DatabaseTable, to file: inout SpillFile
  ) throws(CatchmentError) {
    let order = SQL.identifiers(table.order)
    let condition = table.condition.map { " WHERE \($0)" } ?? ""
    let statement = try prepare(
      "SELECT * FROM \(SQL.identifier(table.name))\(condition) ORDER BY \(order)")
    defer { sqlite3_finalize(statement) }
    let names = (0..<sqlite3_column_count(statement)).map { column in
      JSONString.quoted(String(cString: sqlite3_column_name(statement, column)))
    }
    let start = "{\"table\":\(JSONString.quoted(table.name))"
    var cancellation = CancellationCheck()
    while try step(statement) {
      let before = file.size
      try file.append(start)
      for (column, name) in names.enumerated() {
        try write(column: Int32(column), of: statement, named: name, to: &file)
      }
      try file.append("}\n")
      try cancellation.advance(by: file.size - before)
    }
  }

  private func write(
    column: Int32, of statement: OpaquePointer?, named name: String, to file: inout SpillFile
  ) throws(CatchmentError) {
    switch sqlite3_column_type(statement, column) {
    case SQLITE_NULL:
      try file.append(",\(name):null")
    case SQLITE_INTEGER:
      try file.append(",\(name):\(sqlite3_column_int64(statement, column))")
    case SQLITE_FLOAT:
      let number = sqlite3_column_double(statement, column)
      try file.append(",\(name):\(number.isFinite ? "\(number)" : "null")")
    default:
      let count = Int(sqlite3_column_bytes(statement, column))
      let bytes = UnsafeRawBufferPointer(
        start: sqlite3_column_blob(statement, column), count: count)
      try write(bytes, named: name, to: &file)
    }
  }

  /// Text that is a JSON container goes in as it is, other text as a string, other bytes as their
  /// hexadecimal digits.
  private func write(
    _ bytes: UnsafeRawBufferPointer, named name: String, to file: inout SpillFile
  ) throws(CatchmentError) {
    if isJSONContainer(bytes) {
      try file.append(",\(name):")
      // A line's record must stay on its line; outside of strings line ends are white space.
      return try file.append(lineOf: bytes)
    }
    guard let text = String(validating: bytes.bindMemory(to: UInt8.self), as: UTF8.self) else {
      return try file.append(",\(name):{\"hex\":\"\(Hex.text(bytes))\"}")
    }
    try file.append(",\(name):\(JSONString.quoted(text))")
  }

  private func isJSONContainer(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let first = bytes.first, first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else {
      return false
    }
    do throws(JSONError) {
      _ = try parser.parse(bytes, isPadded: false)
      return true
    } catch { return false }
  }

  // MARK: SQLite

  private func has(_ table: String) throws(CatchmentError) -> Bool {
    let statement = try prepare("SELECT 1 FROM sqlite_master WHERE name = ?1")
    defer { sqlite3_finalize(statement) }
    // SQLite copies the text, for it does not outlive the call.
    let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    sqlite3_bind_text(statement, 1, table, -1, transient)
    return try step(statement)
  }

  private func execute(_ sql: String) throws(CatchmentError) {
    let statement = try prepare(sql)
    defer { sqlite3_finalize(statement) }
    _ = try step(statement)
  }

  private func prepare(_ sql: String) throws(CatchmentError) -> OpaquePointer? {
    var statement: OpaquePointer?
    guard sqlite3_prepare_v2(database, sql, -1, &statement, nil) == SQLITE_OK else {
      throw failure()
    }
    return statement
  }

  private func step(_ statement: OpaquePointer?) throws(CatchmentError) -> Bool {
    switch sqlite3_step(statement) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw failure()
    }
  }

  private func failure() -> CatchmentError {
    var error = CatchmentError(
      .sourceUnavailable, "\(path) cannot be read as an SQLite database",
      hint: "if another program uses it, close that program and import again",
      cause: sqlite3_errmsg(database).map { String(cString: $0) })
    error.isTransient = [SQLITE_BUSY, SQLITE_LOCKED].contains(sqlite3_errcode(database) & 0xFF)
    return error
  }
}
