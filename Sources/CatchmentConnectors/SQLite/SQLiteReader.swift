internal import Catchment
internal import DuckDB
internal import GRDB
internal import GRDBSQLite

/// Reads rows of a SQLite file into the engine, within one transaction.
struct SQLiteReader: Sendable {
  /// A value that cannot be kept as its column is: the rows are read again with another type.
  struct Misfit: Error {
    var column: Int
    var type: LogicalType
  }

  private let file: SQLiteFile
  /// What is read; all rows, of which the types are told, when nothing more is said.
  private(set) var query: String
  private(set) var columns: [SQLiteColumn] = []

  /// - Parameter from: a table or a query in parentheses, as SQL has it after FROM.
  init(_ file: SQLiteFile, from: String) throws(CatchmentError) {
    self.file = file
    query = "SELECT * FROM \(from)"
    let names = try file.access { database in
      try database.execute(sql: "BEGIN")
      let statement = try database.makeStatement(sql: query)
      return Array(zip(TableChoice.distinct(statement.columnNames), statement.declarations))
    }
    let kinds = try self.kinds(names.count)
    columns = zip(names, kinds).map { SQLiteColumn($0.0, declared: $0.1, $1) }
  }

  /// Leaves out rows before a cursor's value where SQLite can tell them, and those beyond a limit.
  ///
  /// The types stay those that all rows say.
  mutating func take(
    since bound: CursorBound, limit: Int?, in bench: Workbench
  ) throws(CatchmentError) {
    let column = columns.filter { $0.name.lowercased() == bound.column.lowercased() }.first
    if let column, let known = try SQLiteBound(bound, on: column, in: bench),
      try !hasException(known)
    {
      query += " WHERE \(known.condition)"
    }
    if let limit { query += " LIMIT \(limit)" }
  }

  private func hasException(_ bound: SQLiteBound) throws(CatchmentError) -> Bool {
    let all = query
    return try file.access { database in
      // Text of another encoding has another order.
      guard try String.fetchOne(database, sql: "PRAGMA encoding") == "UTF-8" else { return true }
      guard let exception = bound.exception else { return false }
      return try Bool.fetchOne(
        database, sql: "SELECT EXISTS (\(all) WHERE \(exception))") ?? true
    }
  }

  private func kinds(_ count: Int) throws(CatchmentError) -> [SQLiteColumn.Kinds] {
    let places = (0..<count).map { "c\($0)" }
    let sums = places.map(SQLiteColumn.Kinds.sql).joined(separator: ", ")
    let rows = "rows(\(places.joined(separator: ", ")))"
    return try file.access { database in
      let row = try Row.fetchOne(
        database, sql: "WITH \(rows) AS (\(query)) SELECT \(sums) FROM rows")
      return row.map { $0.databaseValues.map { .init(rawValue: Int.fromDatabaseValue($0) ?? 0) } }
        ?? []
    }
  }

  /// Keeps a column as another type.
  mutating func keep(_ misfit: Misfit) { columns[misfit.column].keptAs = misfit.type }

  // MARK: Rows

  /// Fills chunks from the first row on.
  func fill() throws -> PromisedRows.Fill {
    let kept = columns.map(\.kept)
    let (file, query) = (file, query)
    let statement = try file.access { database in try database.makeStatement(sql: query) }
    // A statement that is asked for more after its last row begins again.
    var isDone = false
    return { rows in
      guard !isDone else { return }
      let misfit = try file.access { _ in
        try Self.fill(rows, with: statement, kept, isDone: &isDone)
      }
      if let misfit { throw misfit }
    }
  }

  private static func fill(
    _ rows: OutputChunk, with statement: GRDB.Statement, _ kept: [LogicalType],
    isDone: inout Bool
  ) throws -> Misfit? {
    while !rows.isFull {
      guard try step(statement) else {
        isDone = true
        return nil
      }
      for (column, type) in kept.enumerated() {
        guard copy(statement.sqliteStatement, column, type, rows) else {
          return Misfit(column: column, type: type == .double ? .varchar : .blob)
        }
      }
      try rows.endRow()
    }
    return nil
  }

  private static func step(_ statement: GRDB.Statement) throws -> Bool {
    let status = sqlite3_step(statement.sqliteStatement)
    guard status != SQLITE_ROW else { return true }
    guard status == SQLITE_DONE else {
      let database = sqlite3_db_handle(statement.sqliteStatement)
      throw DatabaseError(
        resultCode: ResultCode(rawValue: status),
        message: sqlite3_errmsg(database).map { String(cString: $0) })
    }
    return false
  }

  /// False for a value that the type cannot keep as it is.
  private static func copy(
    _ statement: OpaquePointer, _ column: Int, _ type: LogicalType, _ rows: OutputChunk
  ) -> Bool {
    let place = Int32(column)
    switch (sqlite3_column_type(statement, place), type) {
    case (SQLITE_NULL, _): break
    case (SQLITE_INTEGER, .bigint): rows.set(column, sqlite3_column_int64(statement, place))
    case (SQLITE_INTEGER, .double):
      let number = sqlite3_column_int64(statement, place)
      guard Int64(exactly: Double(number)) == number else { return false }
      rows.set(column, Double(number))
    case (SQLITE_FLOAT, .double): rows.set(column, sqlite3_column_double(statement, place))
    case (SQLITE_FLOAT, _):
      // SQLite's own text has 15 digits, which may be another number.
      rows.setText(column, "\(sqlite3_column_double(statement, place))")
    case (SQLITE_TEXT, .varchar):
      let text = bytes(statement, place)
      guard String(validating: text, as: UTF8.self) != nil else { return false }
      rows.setText(column, text)
    case (_, .varchar): rows.setText(column, bytes(statement, place))
    default: rows.setBlob(column, bytes(statement, place))
    }
    return true
  }

  private static func bytes(
    _ statement: OpaquePointer, _ place: Int32
  ) -> UnsafeRawBufferPointer {
    // Asked for first: the length is that of the form that was asked for.
    let start = sqlite3_column_blob(statement, place)
    return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, place)))
  }
}
