internal import Catchment
internal import DuckDB

/// The warehouse's file as something that can be migrated.
struct WarehouseTarget: MigrationTarget {
  let path: String
  let connection: Connection
  /// How the file is attached again after it was copied.
  let attachment: String

  var name: String { "the warehouse \(path)" }

  func versions() throws(CatchmentError) -> [AppliedVersion] {
    try told { () throws(DuckDBError) in try Self.versions(connection) }
  }

  static func versions(_ connection: Connection) throws(DuckDBError) -> [AppliedVersion] {
    let tables = try connection.query(
      """
      SELECT count(*) FROM duckdb_tables()
      WHERE database_name = '\(Warehouse.catalog)' AND table_name = 'schema_versions'
      """
    ).scalar()?.int64
    guard tables != 0 else { return [] }
    let rows = try connection.query(
      """
      SELECT version, epoch_us(applied_at), description, migration_script
      FROM \(Warehouse.catalog).main.schema_versions
      """
    ).rows()
    return AppliedVersion.sorted(rows.map { ($0[0].text, $0[1].int64, $0[2].text, $0[3].text) })
  }

  /// Copies the file while no process can write to it.
  func backUp(_ version: SchemaVersion) throws(CatchmentError) -> String {
    let backup = WarehouseBackup(of: path)
    try told { () throws(DuckDBError) in
      try connection.execute(
        "CHECKPOINT \(Warehouse.catalog); USE memory; DETACH \(Warehouse.catalog)")
    }
    let copied: Result<String, CatchmentError>
    do throws(CatchmentError) {
      copied = .success(try backup.take(version, now: Clock.now()))
    } catch {
      copied = .failure(error)
    }
    try told { () throws(DuckDBError) in try connection.execute(attachment) }
    return try copied.get()
  }

  func apply(
    _ migration: Migration, _ direction: Migration.Direction
  ) throws(CatchmentError) {
    try connection.atomically(under: nil, path) { () throws(DuckDBError) in
      let script = DuckDBSteps.script(migration, direction)
      try connection.execute(script)
      try Self.note(migration, direction, script, connection)
      try Runs.audit(
        operation: "migrate", status: "success",
        message: "\(direction.rawValue) \(migration.version): \(migration.description)", connection)
    }
  }

  /// Lists a version, or takes it off the list.
  static func note(
    _ migration: Migration, _ direction: Migration.Direction, _ script: String,
    _ connection: Connection
  ) throws(DuckDBError) {
    let version = Value.text(migration.version.description)
    switch direction {
    case .up:
      _ = try connection.query(
        "INSERT INTO main.schema_versions SELECT ?, now(), ?, ?", version,
        .text(migration.description), .text(script))
    case .down:
      _ = try connection.query("DELETE FROM main.schema_versions WHERE version = ?", version)
    }
  }

  /// Makes the views of the newest version.
  func refresh(_ views: [View]) throws(CatchmentError) {
    try told { () throws(DuckDBError) in try Warehouse.refresh(views, connection) }
  }

  private func told<R>(_ body: () throws(DuckDBError) -> R) throws(CatchmentError) -> R {
    do throws(DuckDBError) { return try body() } catch { throw .warehouse(error, path) }
  }
}
