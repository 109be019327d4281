public import Catchment
public import DuckDB

/// The unified tables in a DuckDB file.
///
/// One process writes at a time, and only while it must: a warehouse is opened for a piece of work
/// and closed after it.
public final class Warehouse: Sendable {
  /// What the file is called in SQL.
  static let catalog = "warehouse"
  static let schemaVersion = "1.0.0"

  /// The file: `warehouse.duckdb` in a home.
  public let path: String
  let database: Database
  /// The tables of every source, then the engine's tracked ones.
  let tables: [TableSchema]
  /// The tables of every source.
  let sourceTables: [TableSchema]

  /// How the engine is set up for a piece of work.
  public struct Options: Sendable {
    /// What the engine may hold, in bytes; it spills beyond.
    public var memory: Int
    /// How many threads run a query, the caller's among them.
    public var threads: Int
    /// A directory to spill into that no other process uses; empty text forbids it.
    public var spill: String
    /// Opens beside other readers, and makes no tables.
    public var isReadOnly: Bool

    /// Everything but writing must be said: what is right depends on who else needs memory.
    public init(memory: Int, threads: Int, spill: String, isReadOnly: Bool = false) {
      self.memory = memory
      self.threads = threads
      self.spill = spill
      self.isReadOnly = isReadOnly
    }
  }

  /// Opens the warehouse, and makes it when it is not there.
  public init(
    path: String, sourceTables: [TableSchema], views: [View] = [], options: Options
  ) throws(CatchmentError) {
    self.path = path
    self.sourceTables = sourceTables
    tables = sourceTables + EngineTables.tracked
    try WriteAheadLog(database: path).cutTornCommit()
    let connection: Connection
    do throws(DuckDBError) {
      database = try Self.engine(options)
      connection = try database.connect()
    } catch {
      throw .warehouse(error, path)
    }
    if !options.isReadOnly, Unit.Fingerprint.current(of: path) == nil {
      try Self.make(path, tables, connection)
    }
    do throws(DuckDBError) {
      try connection.execute(Self.attach(path, isReadOnly: options.isReadOnly))
      if !options.isReadOnly {
        try Self.prepare(connection, tables)
        try Self.refresh(views, connection)
      }
    } catch {
      throw .warehouse(error, path)
    }
  }

  private static func engine(_ options: Options) throws(DuckDBError) -> Database {
    try Database(
      options: .init(
        memoryLimit: options.memory, threads: options.threads,
        temporaryDirectory: options.spill,
        extra: [
          "preserve_insertion_order": "true", "autoinstall_known_extensions": "false",
          "wal_autocheckpoint": "256MB",
          // A row group is compressed when it is full, not all at once under the commit's lock.
          "write_buffer_row_group_count": "1",
        ]))
  }

  /// Makes the file under another name first: it appears whole, whenever the process is killed.
  private static func make(
    _ path: String, _ tables: [TableSchema], _ connection: Connection
  ) throws(CatchmentError) {
    let new = path + ".new"
    try Directory.remove(new)
    try Directory.remove(new + ".wal")
    do throws(DuckDBError) {
      try connection.execute(attach(new, isReadOnly: false, options: ", BLOCK_SIZE 65536"))
      try prepare(connection, tables)
      try connection.execute("USE memory; DETACH \(catalog)")
    } catch {
      throw .warehouse(error, path)
    }
    try Directory.rename(new, to: path)
  }

  /// Small row groups: a worker can then write a few thousand long rows out before it commits.
  ///
  /// They are compressed by then, and need not pass through the log or be held in memory.
  /// Small blocks for the same reason: each column of a row group fills blocks of its own. A file
  /// keeps the block size that it was made with.
  private static func attach(
    _ path: String, isReadOnly: Bool, options more: String = ""
  ) -> String {
    let options = isReadOnly ? "READ_ONLY" : "ROW_GROUP_SIZE 4096, STORAGE_VERSION 'v1.4.0'\(more)"
    return "ATTACH \(SQL.literal(path)) AS \(catalog) (\(options)); USE \(catalog)"
  }

  /// Writes everything back into the one file and lets it go.
  public func close() { database.close() }

  /// A connection whose unqualified names are the warehouse's.
  public func connect() throws(CatchmentError) -> Connection {
    do throws(DuckDBError) {
      let connection = try database.connect()
      try connection.execute("USE \(Self.catalog)")
      return connection
    } catch {
      throw .warehouse(error, path)
    }
  }

  /// Runs `body`, telling the engine's errors as the warehouse's.
  func check<R>(_ body: () throws(DuckDBError) -> R) throws(CatchmentError) -> R {
    do throws(DuckDBError) { return try body() } catch { throw .warehouse(error, path) }
  }

  // MARK: Making the tables

  private static func prepare(
    _ connection: Connection, _ tables: [TableSchema]
  ) throws(DuckDBError) {
    let found = try connection.query(
      """
      SELECT count(*) > 0, count(*) FILTER (column_name = 'token') > 0 FROM duckdb_columns()
      WHERE database_name = '\(catalog)' AND schema_name = '\(EngineTables.schema)'
        AND table_name = 'runs'
      """
    ).rows().first
    if found?[0].boolean != true {
      try connection.execute(creation(of: tables).joined(separator: ";\n"))
    } else if found?[1].boolean != true {
      try connection.execute("ALTER TABLE \(EngineTables.schema).runs ADD COLUMN token BIGINT")
    }
  }

  private static func creation(of tables: [TableSchema]) -> [String] {
    let schema = EngineTables.schema
    var statements = ["BEGIN", "CREATE SCHEMA IF NOT EXISTS \(schema)"]
    for table in tables {
      statements.append("CREATE TABLE \(table.qualifiedName) (\(table.definition))")
      statements.append(
        "CREATE TABLE \(schema).undo_\(table.name) (undo_run INTEGER, \(table.definition))")
    }
    for table in [EngineTables.unitKeys, EngineTables.undoLog] {
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
        ('\(schemaVersion)', now(), 'Initial unified conversation schema', NULL)
      """,
      "COMMIT",
    ]
    return statements
  }
}

extension TableSchema {
  /// Its name with the schema it lies in.
  var qualifiedName: String {
    EngineTables.inner.contains { $0.name == name }
      ? "\(EngineTables.schema).\(name)" : "main.\(name)"
  }

  /// The schema it lies in.
  var schemaName: String {
    String(qualifiedName.prefix { $0 != "." })
  }
}

extension CatchmentError {
  /// What the engine said, as a failure of the warehouse.
  static func warehouse(_ error: DuckDBError, _ path: String) -> CatchmentError {
    switch error.code {
    case .locked:
      let holder = error.holder.map { "process \($0)" } ?? "another process"
      return CatchmentError(
        .locked, "the warehouse \(path) is held by \(holder)",
        hint: "wait until it is done, or stop it; only one process can write at a time")
    case .corrupt:
      return CatchmentError(
        .damaged, "the warehouse \(path) is damaged",
        hint: "run `catchment rebuild`: it makes the tables again from the raw store",
        cause: error.message)
    case .interrupted:
      return CatchmentError(.interrupted, "interrupted", cause: error.message)
    case .outOfMemory:
      return CatchmentError(
        .failed, "the engine ran out of the memory it may use",
        hint: "give it more with --memory", cause: error.message)
    case .diskFull:
      return CatchmentError(
        .destinationUnavailable, "no space is left to write the warehouse \(path)",
        hint: "free some space and run the same command again; what was committed is kept",
        cause: error.message)
    default:
      return CatchmentError(
        .destinationUnavailable, "the warehouse \(path) refused", cause: error.description)
    }
  }
}
