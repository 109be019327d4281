import CDuckDB

/// A session with a database: one transaction, one set of settings, one query at a time.
///
/// Not `Sendable`: one task uses it at a time. It closes when the object goes, or by `close()`;
/// used after that it throws `.misuse`. Statements, results and appenders keep it alive.
public final class Connection {
  /// The database it belongs to, kept alive.
  public let database: Database
  let slot: HandleSlot

  init(_ raw: OpaquePointer, of database: Database) {
    self.database = database
    self.slot = HandleSlot(raw) { handle in
      var raw: OpaquePointer? = handle.raw
      duckdb_disconnect(&raw)
    }
  }

  /// The same session, for a body on another thread.
  init(sharing slot: HandleSlot, of database: Database) {
    self.database = database
    self.slot = slot
  }

  /// Ends the session; a transaction that is open is rolled back.
  ///
  /// Calling it twice is harmless.
  public func close() { slot.close() }

  /// Stops this connection's query from any thread.
  public var interrupter: Interrupter { Interrupter(slot: slot) }

  /// How much of the running query is done, 0 to 100, when DuckDB knows.
  ///
  /// Needs the setting `enable_progress_bar`; from another thread, ask the `interrupter`.
  public var progress: Double? { interrupter.progress }

  /// Runs one statement or several, and drops their results.
  ///
  /// Blank text does nothing.
  ///
  /// They run one by one: what came before the one that fails stays done, outside a transaction.
  public func execute(_ sql: String) throws(DuckDBError) {
    guard !sql.isBlank else { return }
    _ = try slot.query(sql)
  }

  /// Runs a statement and holds its whole result.
  ///
  /// Without bindings the text may hold several statements; the result is the last one's. With
  /// bindings it must be one, whose `?` or `$1` take them in order.
  public func query(_ sql: String, _ bindings: Value...) throws(DuckDBError) -> ResultSet {
    try query(sql, bindings: bindings)
  }

  /// The same, with the bindings as an array.
  public func query(_ sql: String, bindings: [Value]) throws(DuckDBError) -> ResultSet {
    guard !bindings.isEmpty else { return try slot.query(sql) }
    return try prepare(sql).execute(bindings)
  }

  /// Runs a statement and hands out its result while it is made, without holding it.
  ///
  /// Until it is read to its end, or gone, the connection runs nothing else.
  public func stream(_ sql: String, _ bindings: Value...) throws(DuckDBError) -> ResultSet {
    try prepare(sql).stream(bindings)
  }

  /// Parses and plans one statement, to be run many times.
  public func prepare(_ sql: String) throws(DuckDBError) -> Statement {
    try sql.checkForSQL()
    let connection = try open
    var raw: OpaquePointer?
    let state = duckdb_prepare(connection.raw, sql, &raw)
    return try Statement(adopting: raw, state, sql: sql, connection: slot)
  }

  /// Splits a text into statements without running them.
  public func statements(in sql: String) throws(DuckDBError) -> StatementList {
    try StatementList(sql, slot)
  }

  /// Runs `body` between BEGIN and COMMIT; an error rolls back and is thrown on.
  public func transaction<R>(_ body: () throws -> R) throws -> R {
    try execute("BEGIN TRANSACTION")
    do {
      let result = try body()
      try execute("COMMIT")
      return result
    } catch {
      // The first error is what the caller must hear of; a failed COMMIT has rolled back itself.
      try? execute("ROLLBACK")
      throw error
    }
  }

  /// Loads an extension from its file, for the whole database.
  public func loadExtension(file: String) throws(DuckDBError) {
    try execute("LOAD '\(file.replacing("'", with: "''"))'")
  }

  /// The tables that a query reads: their names, or with what the query wrote before them.
  public func tableNames(in sql: String, qualified: Bool = false) throws(DuckDBError) -> [String] {
    try sql.checkForSQL()
    guard let raw = duckdb_get_table_names(try open.raw, sql, qualified) else {
      throw DuckDBError(.binder, "DuckDB cannot tell the tables of this statement.", sql: sql)
    }
    guard case .list(let names) = Value(taking: raw) else { return [] }
    return names.map(\.description)
  }

  var open: Handle {
    get throws(DuckDBError) {
      guard let handle = slot.current else { throw .closed("connection") }
      return handle
    }
  }
}

/// Stops a connection's query, and tells how far it is; usable from any thread.
public struct Interrupter: Sendable {
  let slot: HandleSlot

  /// Asks the running query to stop; it then throws `.interrupted`.
  ///
  /// Without one, does nothing.
  public func interrupt() { slot.ifOpen { duckdb_interrupt($0.raw) } }

  /// How much of the running query is done, 0 to 100, when DuckDB knows.
  public var progress: Double? {
    var percentage = -1.0
    slot.ifOpen { percentage = duckdb_query_progress($0.raw).percentage }
    return percentage < 0 ? nil : percentage
  }
}

extension HandleSlot {
  /// Runs the text on the connection in this slot.
  func query(_ sql: String) throws(DuckDBError) -> ResultSet {
    guard let connection = current else { throw .closed("connection") }
    try sql.checkForSQL()
    var result = duckdb_result()
    let state = duckdb_query(connection.raw, sql, &result)
    return try ResultSet(adopting: result, state, sql: sql, connection: self)
  }
}

extension String {
  var isBlank: Bool { allSatisfy(\.isWhitespace) }

  /// C strings end at a NUL: what follows would be dropped without a word.
  func checkForSQL() throws(DuckDBError) {
    if isBlank { throw DuckDBError(.misuse, "There is no statement to run.", sql: self) }
    if utf8.contains(0) { throw DuckDBError(.misuse, "The SQL holds a NUL character.") }
  }
}
