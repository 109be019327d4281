internal import Catchment
internal import DuckDB

/// How a warehouse's file comes to be attached with the tables and views of this program.
struct WarehouseOpening {
  let path: String
  let tables: [TableSchema]
  let views: [View]
  let connection: Connection
  let options: Warehouse.Options

  /// Attaches the file as the connection's own; what it returns is for the user.
  func open() throws(CatchmentError) -> [String] {
    if !options.isReadOnly, Unit.Fingerprint.current(of: path) == nil { try make() }
    try told { () throws(DuckDBError) in
      try connection.execute(Self.attachment(of: path, isReadOnly: options.isReadOnly))
    }
    if options.isAsStored { return [] }
    if options.isReadOnly {
      try showInNewestShape()
      return []
    }
    let note = try bringUp()
    try told { () throws(DuckDBError) in try Warehouse.refresh(views, connection) }
    return note.map { [$0] } ?? []
  }

  /// Small row groups: a worker can then write a few thousand long rows out before it commits.
  ///
  /// They are compressed by then, and need not pass through the log or be held in memory.
  /// Small blocks for the same reason: each column of a row group fills blocks of its own. A file
  /// keeps the block size that it was made with, and the oldest version of the engine that can read it.
  static func attachment(
    of path: String, isReadOnly: Bool = false, options more: String = ""
  ) -> String {
    let name = Warehouse.catalog
    let options = isReadOnly ? "READ_ONLY" : "ROW_GROUP_SIZE 4096\(more)"
    return "ATTACH \(SQL.literal(path)) AS \(name) (\(options)); USE \(name)"
  }

  private var detachment: String { "USE memory; DETACH \(Warehouse.catalog)" }

  /// Makes the file under another name first: it appears whole, whenever the process is killed.
  private func make() throws(CatchmentError) {
    let new = path + ".new"
    try Directory.remove(new)
    try Directory.remove(new + ".wal")
    try told { () throws(DuckDBError) in
      let options = ", BLOCK_SIZE 65536, STORAGE_VERSION 'v1.4.0'"
      try connection.execute(Self.attachment(of: new, options: options))
      try NewTables(tables, connection).make()
      try connection.execute(detachment)
    }
    try Directory.rename(new, to: path)
  }

  /// Takes an older warehouse to the newest version, and makes the tables where there are none.
  private func bringUp() throws(CatchmentError) -> String? {
    let target = WarehouseTarget(
      path: path, connection: connection, attachment: Self.attachment(of: path))
    let migrator = Migrator(target, from: WarehouseMigrations.baseline, WarehouseMigrations.all)
    guard let current = try migrator.current() else {
      try told { () throws(DuckDBError) in try NewTables(tables, connection).make() }
      return nil
    }
    guard current != migrator.newest else { return nil }
    return try migrator.migrate(to: migrator.newest).note
  }

  private func showInNewestShape() throws(CatchmentError) {
    let versions = try told { () throws(DuckDBError) in
      try WarehouseTarget.versions(connection)
    }
    guard let current = versions.last?.version else { return }
    guard current != WarehouseMigrations.newest else { return }
    let target = WarehouseTarget(path: path, connection: connection, attachment: "")
    let migrator = Migrator(target, from: WarehouseMigrations.baseline, WarehouseMigrations.all)
    try migrator.check(current)
    let older = OlderWarehouse(
      path: path, connection: connection, pending: migrator.pending(from: current))
    try told { () throws(DuckDBError) in
      try connection.execute(detachment)
      try older.attach(views: views)
    }
  }

  private func told<R>(_ body: () throws(DuckDBError) -> R) throws(CatchmentError) -> R {
    do throws(DuckDBError) { return try body() } catch { throw .warehouse(error, path) }
  }
}

extension Migrator.Outcome {
  /// What was done, in one line.
  fileprivate var note: String {
    "the warehouse was migrated from version \(from) to \(to)"
      + (backup.map { "; as it was before it is kept as \($0)" } ?? "")
  }
}

/// The tables of a new warehouse: those of the oldest version, taken up by every migration.
///
/// So a new warehouse and one that was migrated cannot differ.
struct NewTables {
  private let tables: [TableSchema]
  private let connection: Connection

  init(_ tables: [TableSchema], _ connection: Connection) {
    self.tables = tables
    self.connection = connection
  }

  /// All in one transaction.
  func make() throws(DuckDBError) {
    try connection.execute("BEGIN;\n\(creation.joined(separator: ";\n"))")
    for migration in WarehouseMigrations.all {
      let script = DuckDBSteps.script(migration, .up)
      try connection.execute(script)
      try WarehouseTarget.note(migration, .up, script, connection)
    }
    try connection.execute("COMMIT")
  }

  private var creation: [String] {
    let schema = EngineTables.schema
    let migrations = WarehouseMigrations.all
    var statements = ["CREATE SCHEMA IF NOT EXISTS \(schema)"]
    for table in tables.compactMap(migrations.before) {
      statements.append("CREATE TABLE \(table.qualifiedName) (\(table.definition))")
      statements.append(
        "CREATE TABLE \(schema).undo_\(table.name) (undo_run INTEGER, \(table.definition))")
    }
    for table in [EngineTables.unitKeys, EngineTables.undoLog].compactMap(migrations.before) {
      statements.append("CREATE TABLE \(schema).\(table.name) (\(table.definition))")
    }
    statements += [
      """
      CREATE VIEW \(schema).identities AS
      SELECT unit_id, identity FROM \(schema).raw_records WHERE identity IS NOT NULL
      UNION ALL SELECT unit_id, identity FROM \(schema).unit_keys
      """,
      "CREATE TABLE \(schema).segments (name VARCHAR, source VARCHAR, run INTEGER)",
      """
      CREATE TABLE \(schema).runs (
        run INTEGER, run_id VARCHAR, command VARCHAR, status VARCHAR,
        started_at TIMESTAMP WITH TIME ZONE, ended_at TIMESTAMP WITH TIME ZONE,
        records_read BIGINT, loaded BIGINT, updated BIGINT, duplicate BIGINT, filtered BIGINT,
        dead_lettered BIGINT, units_committed BIGINT, bytes_read BIGINT, token BIGINT)
      """,
      """
      CREATE TABLE audit_log (
        id BIGINT, operation VARCHAR, platform VARCHAR, conversation_id UUID, status VARCHAR,
        message VARCHAR, details JSON, duration_ms BIGINT, timestamp TIMESTAMP WITH TIME ZONE)
      """,
      """
      CREATE TABLE schema_versions (
        version VARCHAR, applied_at TIMESTAMP WITH TIME ZONE, description VARCHAR,
        migration_script VARCHAR)
      """,
      """
      INSERT INTO schema_versions VALUES
        ('\(WarehouseMigrations.baseline)', now(), 'Initial unified conversation schema', NULL)
      """,
    ]
    return statements
  }
}
