internal import Catchment
internal import DuckDB

/// A schema of a PostgreSQL database with a table to load into.
final class PostgreSQLStore: ForeignStore {
  let bench: Workbench
  let table: String
  let target: String
  let log: TableLog
  private let url: PostgreSQLURL
  private var connection: PostgreSQLConnection
  /// Whether this transaction made the table: nobody else sees its rows before all are there.
  private var isNew = false

  init(_ bench: Workbench, _ url: PostgreSQLURL, _ table: String) throws(CatchmentError) {
    self.bench = bench
    self.url = url
    self.table = table
    let schema = SQL.identifier(url.schema)
    target = "\(schema).\(SQL.identifier(table))"
    log = TableLog(
      name: { "\(schema).\"catchment_\($0)\"" },
      moment: { "'epoch'::timestamptz + \($0) * interval '1 microsecond'" },
      micros: { "(extract(epoch FROM \($0)) * 1000000)::bigint" })
    connection = try Self.connect(url)
  }

  private static func connect(_ url: PostgreSQLURL) throws(CatchmentError) -> PostgreSQLConnection {
    let connection = try PostgreSQLConnection(url)
    try connection.execute(
      "SET standard_conforming_strings = on; SET lock_timeout = '60s'; SET TimeZone = 'UTC'")
    return connection
  }

  var rowID: String { "ctid" }
  var hashesAppended: Bool { false }
  private var undo: TransactionLog { TransactionLog(store: self) }

  /// Makes what is kept beside the table.
  func prepare() throws(CatchmentError) {
    try begin()
    let schema = "SELECT 1 FROM pg_namespace WHERE nspname = \(SQL.literal(url.schema))"
    if try rows(schema).isEmpty {
      try execute("CREATE SCHEMA \(SQL.identifier(url.schema))")
    }
    try execute(log.creation)
    try execute(TransactionLog.creation(log))
    try completeLog()
    try execute("COMMIT")
  }

  // MARK: Statements

  func execute(_ sql: String, _ values: [Value]) throws(CatchmentError) {
    _ = try connection.values(sql, values.map(\.inPostgreSQL))
  }

  func rows(_ sql: String) throws(CatchmentError) -> [[Value]] { try connection.values(sql, []) }
  func change(_ sql: String) throws(CatchmentError) -> Int { try connection.change(sql) }

  /// One load at a time in a schema: their commits are numbered.
  func begin() throws(CatchmentError) {
    isNew = false
    try connection.execute(
      """
      BEGIN;
      SET LOCAL lock_timeout = '15s';
      SELECT pg_advisory_xact_lock(\(lock));
      SET LOCAL lock_timeout = '60s'
      """)
  }

  private var lock: String {
    "hashtextextended(\(SQL.literal("catchment pipeline:\(url.schema)")), 0)"
  }

  /// When the connection is cut meanwhile, what the server holds then tells whether it was done.
  func commit(proof: String) throws(CatchmentError) {
    do throws(CatchmentError) {
      try connection.execute("COMMIT")
    } catch {
      guard !connection.isOpen else { throw error }
      guard try isCommitted(proof, error) else { throw error }
    }
  }

  private func isCommitted(_ proof: String, _ cut: CatchmentError) throws(CatchmentError) -> Bool {
    do throws(CatchmentError) {
      connection = try Self.connect(url)
      // Behind the transaction, if it is still going on.
      try connection.execute("SELECT pg_advisory_lock(\(lock)), pg_advisory_unlock(\(lock))")
      return try !rows(proof).isEmpty
    } catch {
      throw CatchmentError(
        .destinationUnavailable,
        "the connection to \(url.shown) was cut during the commit, and whether it was done is unknown",
        hint:
          "run the same command again when the server is there: it finds out, and doubles nothing",
        cause: cut.cause)
    }
  }

  /// A connection that is gone has taken its transaction with it.
  func rollBack() throws(CatchmentError) {
    if connection.isOpen { try connection.execute("ROLLBACK") }
  }

  func close() { connection.close() }

  // MARK: Tables

  func columns(of name: String) throws(CatchmentError) -> [Relation.Column]? {
    let found = try rows(
      """
      SELECT attname::text, format_type(atttypid, atttypmod)::text FROM pg_attribute
      WHERE attrelid = to_regclass(\(SQL.literal(name))) AND attnum > 0 AND NOT attisdropped
      ORDER BY attnum
      """)
    // A table without columns is none that rows could be loaded into.
    guard !found.isEmpty else { return nil }
    var columns: [Relation.Column] = []
    for row in found {
      let (name, type) = (row[0].text ?? "", row[1].text ?? "")
      // Of our own tables: no row of the user's has such a column.
      guard let known = PostgreSQLType.engineType(named: type) else {
        guard type != "xid" else { continue }
        throw CatchmentError(
          .validation,
          "the column \(name) of the table \(table) is \(type), which is not written to",
          hint: "load into another table, and convert from there")
      }
      columns.append(.init(name, known))
    }
    return columns
  }

  static func form(of type: LogicalType) -> StoredForm { PostgreSQLType.form(of: type) }

  func create(like rows: Relation) throws(CatchmentError) {
    for column in rows.columns where column.name.utf8.count > 63 {
      throw CatchmentError(
        .validation, "PostgreSQL takes no column's name of over 63 bytes: \(column.name)",
        hint: "rename it in a step")
    }
    let list = shape(of: rows.columns).map {
      "\(SQL.identifier($0.name)) \(PostgreSQLType($0.type).name)"
    }
    try execute("CREATE TABLE \(target) (\(list.joined(separator: ", ")))")
    isNew = true
  }

  // MARK: Rows

  func send(
    _ rows: Chunks, _ columns: [Relation.Column], into table: String
  ) throws(CatchmentError) {
    _ = try connection.copy(
      rows, columns.map { .init($0.name, $0.type) }, into: table,
      options: isNew && table == target ? ", FREEZE" : "")
  }

  func makeStage() throws(CatchmentError) -> String {
    let stage = "pg_temp.catchment_stage"
    try execute(
      """
      DROP TABLE IF EXISTS \(stage);
      CREATE TEMP TABLE catchment_stage ON COMMIT DROP AS SELECT * FROM \(target) LIMIT 0
      """)
    return stage
  }

  func settle(_ stage: String, key: [String]) throws(CatchmentError) {
    try execute("ANALYZE \(stage)")
  }

  func append(_ rows: Relation, commit: Int64) throws(CatchmentError) {
    try copy(rows, into: target)
    try undo.note(commit)
  }

  func add(_ staged: String, commit: Int64) throws(CatchmentError) {
    let columns = SQL.identifiers(try columns()?.map(\.name) ?? [])
    try execute("INSERT INTO \(target) (\(columns)) SELECT \(columns) FROM \(staged) AS r")
    try undo.note(commit)
  }

  func removeAdded(_ commit: Int64) throws(CatchmentError) -> Int { try undo.remove(commit) }
  func keep(_ source: String, commit: Int64) throws(CatchmentError) {
    try undo.keep(source, commit)
  }
  func restore(_ commit: Int64) throws(CatchmentError) { try undo.restore(commit) }
}
