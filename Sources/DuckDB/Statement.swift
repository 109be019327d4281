import CDuckDB

/// One statement, parsed and planned, that runs as often as wanted with other bindings.
///
/// ```swift
/// let insert = try connection.prepare("INSERT INTO t VALUES (?, ?)")
/// for row in rows { try insert.execute([.integer(row.id), .text(row.name)]) }
/// ```
public final class Statement {
  private let handle: Handle
  private let connection: HandleSlot
  /// Its text; of a `StatementList`, the text of them all.
  public let sql: String

  init(
    adopting raw: OpaquePointer?, _ state: duckdb_state, sql: String, connection: HandleSlot
  ) throws(DuckDBError) {
    guard state == CDUCKDB_OK, let raw else {
      var raw = raw
      defer { duckdb_destroy_prepare(&raw) }
      throw DuckDBError(duckdb: duckdb_prepare_error(raw), sql: sql)
    }
    self.handle = Handle(raw: raw)
    self.connection = connection
    self.sql = sql
  }

  deinit {
    var raw: OpaquePointer? = handle.raw
    duckdb_destroy_prepare(&raw)
  }

  /// What the statement does, so that a shell may refuse what is not `readsOnly`.
  public var kind: Kind { Kind(code: duckdb_prepared_statement_type(handle.raw).rawValue) }

  /// How many parameters it has.
  public var parameterCount: Int { Int(duckdb_nparams(handle.raw)) }

  /// Sets the parameter at a position, counted from 1.
  public func bind(_ position: Int, _ value: Value) throws(DuckDBError) {
    let state = try CValue(value).with { duckdb_bind_value(handle.raw, idx_t(position), $0) }
    guard state == CDUCKDB_OK else {
      throw DuckDBError(duckdb: duckdb_prepare_error(handle.raw), sql: sql)
    }
  }

  /// Sets the parameter of a name, written `$name` in the SQL.
  public func bind(_ name: String, _ value: Value) throws(DuckDBError) {
    var position: idx_t = 0
    guard duckdb_bind_parameter_index(handle.raw, &position, name) == CDUCKDB_OK else {
      throw DuckDBError(.binder, "The statement has no parameter named \(name).", sql: sql)
    }
    try bind(Int(position), value)
  }

  /// Forgets what was bound.
  public func clearBindings() { _ = duckdb_clear_bindings(handle.raw) }

  /// Runs it with these bindings, or with those set by `bind`, and holds the whole result.
  @discardableResult
  public func execute(_ bindings: [Value] = []) throws(DuckDBError) -> ResultSet {
    try ready(bindings)
    var result = duckdb_result()
    let state = duckdb_execute_prepared(handle.raw, &result)
    return try ResultSet(adopting: result, state, sql: sql, connection: connection)
  }

  /// Runs it and hands out rows while they are made; the connection runs nothing else until they were all
  /// read, or the result is gone.
  public func stream(_ bindings: [Value] = []) throws(DuckDBError) -> ResultSet {
    try ready(bindings)
    var pending: OpaquePointer?
    defer { duckdb_destroy_pending(&pending) }
    guard duckdb_pending_prepared_streaming(handle.raw, &pending) == CDUCKDB_OK else {
      throw DuckDBError(duckdb: duckdb_pending_error(pending), sql: sql)
    }
    var result = duckdb_result()
    let state = duckdb_execute_pending(pending, &result)
    return try ResultSet(adopting: result, state, sql: sql, connection: connection)
  }

  private func ready(_ bindings: [Value]) throws(DuckDBError) {
    guard connection.current != nil else { throw .closed("connection") }
    guard bindings.isEmpty || bindings.count == parameterCount else {
      let counts = "\(parameterCount) parameters, not \(bindings.count)"
      throw DuckDBError(.binder, "The statement takes \(counts).", sql: sql)
    }
    for (index, value) in bindings.enumerated() { try bind(index + 1, value) }
  }
}

extension Statement {
  /// What a statement does.
  public struct Kind: Sendable, Hashable, CustomStringConvertible {
    let code: UInt32

    /// SELECT, VALUES, FROM, SHOW, DESCRIBE, SUMMARIZE and their like.
    public static let select = Kind(code: 1)
    /// INSERT, also with ON CONFLICT.
    public static let insert = Kind(code: 2)
    /// UPDATE of rows that are there.
    public static let update = Kind(code: 3)
    /// EXPLAIN; with ANALYZE it runs what it explains.
    public static let explain = Kind(code: 4)
    /// DELETE and TRUNCATE.
    public static let delete = Kind(code: 5)
    /// CREATE of a table, a view, a schema, an index, a type and the like.
    public static let create = Kind(code: 7)
    /// ALTER of a table, a view and the like.
    public static let alter = Kind(code: 9)
    /// BEGIN, COMMIT and ROLLBACK.
    public static let transaction = Kind(code: 10)
    /// COPY, which reads or writes files beside the database.
    public static let copy = Kind(code: 11)
    /// DROP of anything that CREATE makes.
    public static let drop = Kind(code: 15)
    /// PRAGMA, which may change settings.
    public static let pragma = Kind(code: 17)
    /// CALL of a table function, which may do anything.
    public static let call = Kind(code: 19)
    /// SET and RESET of a setting.
    public static let set = Kind(code: 20)
    /// INSTALL and LOAD of an extension, which runs foreign code.
    public static let load = Kind(code: 21)
    /// ATTACH of another database file.
    public static let attach = Kind(code: 25)
    /// DETACH of a database that was attached.
    public static let detach = Kind(code: 26)
    /// MERGE INTO, which inserts, updates and deletes at once.
    public static let merge = Kind(code: 30)

    /// Whether it is of the SELECT family, and so changes no table by itself.
    ///
    /// A function that it calls still may: open the database read-only where that must not be.
    public var readsOnly: Bool { self == .select }

    /// In SQL's words, for messages: `INSERT`, `COPY DATABASE`; the number for one that is not
    /// known.
    public var description: String {
      Self.names.indices.contains(Int(code)) ? Self.names[Int(code)] : "statement \(code)"
    }

    private static let names = [
      "invalid", "SELECT", "INSERT", "UPDATE", "EXPLAIN", "DELETE", "PREPARE", "CREATE", "EXECUTE",
      "ALTER", "transaction", "COPY", "ANALYZE", "SET VARIABLE", "CREATE FUNCTION", "DROP",
      "EXPORT", "PRAGMA", "VACUUM", "CALL", "SET", "LOAD", "relation", "extension", "plan",
      "ATTACH", "DETACH", "several", "COPY DATABASE", "UPDATE EXTENSIONS", "MERGE",
    ]
  }
}

/// The statements of a text, in order; each is prepared when its turn comes, because it may need
/// what the one before it made.
public final class StatementList {
  private let handle: Handle
  private let connection: HandleSlot
  private let sql: String
  /// How many statements there are.
  public let count: Int

  init(_ sql: String, _ connection: HandleSlot) throws(DuckDBError) {
    guard let open = connection.current else { throw .closed("connection") }
    guard !sql.utf8.contains(0) else {
      throw DuckDBError(.misuse, "The SQL holds a NUL character.")
    }
    var raw: OpaquePointer?
    let found = duckdb_extract_statements(open.raw, sql, &raw)
    guard let raw else { throw DuckDBError(.syntax, "The SQL cannot be read.", sql: sql) }
    handle = Handle(raw: raw)
    count = Int(found)
    self.connection = connection
    self.sql = sql
    if count == 0, let message = duckdb_extract_statements_error(raw) {
      throw DuckDBError(duckdb: message, sql: sql)
    }
  }

  deinit {
    var raw: OpaquePointer? = handle.raw
    duckdb_destroy_extracted(&raw)
  }

  /// Prepares the statement at an index, counted from 0.
  public func prepare(_ index: Int) throws(DuckDBError) -> Statement {
    guard let open = connection.current else { throw .closed("connection") }
    guard (0..<count).contains(index) else {
      throw DuckDBError(.misuse, "There is no statement \(index).")
    }
    var raw: OpaquePointer?
    let state = duckdb_prepare_extracted_statement(open.raw, handle.raw, idx_t(index), &raw)
    return try Statement(adopting: raw, state, sql: sql, connection: connection)
  }
}
