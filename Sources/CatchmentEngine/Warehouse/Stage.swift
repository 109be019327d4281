internal import Catchment
internal import DuckDB

/// Rows that wait to replace what is in the tables, and the one transaction that does it.
///
/// The commit primitive: only what differs is written, and with it, in the same transaction, the
/// undo log: the key of every row that was inserted, changed or removed, and each row as it was.
final class Stage {
  let writers: TableWriters
  let ledger: LedgerWriter
  private let connection: Connection
  private let path: String
  private let tables: [TableSchema]
  private let run: Int32
  private let taken: Set<UUIDBytes>?
  private let appenders: [Appender]

  /// Makes empty staging tables beside `warehouse`'s.
  ///
  /// - Parameter taken: for the rows of a copy, the scopes that other sources have: their rows stay.
  ///   A copy's rows are as they come; others that are derived again keep when they were imported and
  ///   what was linked to them.
  init(
    _ warehouse: Warehouse, _ connection: Connection, run: Int32,
    ofCopySparing taken: Set<UUIDBytes>? = nil
  ) throws(DuckDBError) {
    self.connection = connection
    self.taken = taken
    self.run = run
    path = warehouse.path
    tables = warehouse.tables
    for table in tables {
      try connection.execute(
        "CREATE OR REPLACE TEMP TABLE stage_\(table.name) (\(table.plainDefinition))")
    }
    try connection.execute(
      "CREATE OR REPLACE TEMP TABLE stage_unit_keys (\(EngineTables.unitKeys.plainDefinition))")
    var appenders: [Appender] = []
    func appender(_ table: TableSchema) throws(DuckDBError) -> Appender {
      let opened = try Appender(
        connection, catalog: "temp", schema: "main", table: "stage_\(table.name)")
      appenders.append(opened)
      return opened
    }
    var rows: [Appender] = []
    for table in warehouse.sourceTables { rows.append(try appender(table)) }
    writers = TableWriters(rows)
    ledger = try LedgerWriter(run: run, appender)
    self.appenders = appenders
  }

  /// Replaces all that `units` came to by what is staged, and commits.
  func apply(replacing units: [UUIDBytes], under lease: Lease?) throws(CatchmentError) {
    try connection.atomically(under: lease, path) { () throws(DuckDBError) in
      for appender in appenders { try appender.close() }
      let unitList = SQL.list(units)
      let scopeList = try scopes(of: unitList)
      for table in tables {
        let isTracked = EngineTables.tracked.contains(table)
        try change(of: table).replace(scope: isTracked ? unitList : scopeList)
      }
      try connection.execute(
        """
        DELETE FROM catchment.unit_keys WHERE unit_id IN (\(unitList));
        INSERT INTO catchment.unit_keys SELECT * FROM temp.main.stage_unit_keys
        """)
    }
  }

  /// Puts some records, and the conversations that they tell of, in the place of what these came to
  /// before; the caller holds the transaction.
  ///
  /// For units that are staged in slices: each record is in one of them.
  func replaceRecords() throws(DuckDBError) {
    for appender in appenders { try appender.close() }
    let records = "SELECT record_id FROM temp.main.stage_raw_records"
    let scopeList = try scopes(where: "record_id IN (\(records))")
    for table in tables where table != EngineTables.units {
      let change = change(of: table)
      if EngineTables.tracked.contains(table) {
        try change.replace(where: "\(table.key) IN (\(records))")
      } else {
        try change.replace(scope: scopeList)
      }
    }
    try connection.execute(
      "INSERT INTO catchment.unit_keys SELECT * FROM temp.main.stage_unit_keys")
  }

  private func change(of table: TableSchema) -> TrackedChange {
    let keepsLinks = taken == nil || EngineTables.tracked.contains(table)
    return TrackedChange(table, run: run, keepsLinks: keepsLinks, connection)
  }

  /// Puts the staged markers in the place of the units'; the caller holds the transaction.
  func replaceMarkers() throws(DuckDBError) {
    for appender in appenders { try appender.close() }
    try TrackedChange(EngineTables.units, run: run, connection).update()
  }

  /// The conversations that the units came to before and come to now.
  ///
  /// A record names the one that it belongs to first; it may have made rows of others.
  private func scopes(of unitList: String) throws(DuckDBError) -> String {
    try scopes(where: "unit_id IN (\(unitList))")
  }

  private func scopes(where condition: String) throws(DuckDBError) -> String {
    var queries = [
      """
      SELECT scope_id FROM catchment.raw_records
      WHERE \(condition) AND scope_id IS NOT NULL
      """
    ]
    for table in tables {
      guard let scope = table.scope, !EngineTables.tracked.contains(table) else { continue }
      queries.append("SELECT \(scope) FROM temp.main.stage_\(table.name)")
      guard table.columns.contains(where: { $0.name == TableSchema.recordColumn }) else { continue }
      queries.append(
        """
        SELECT t.\(scope) FROM \(table.qualifiedName) t SEMI JOIN (
          SELECT record_id FROM catchment.raw_records WHERE \(condition)) r
        ON r.record_id = t.\(TableSchema.recordColumn)
        """)
    }
    let result = try connection.query(queries.joined(separator: " UNION "))
    return SQL.list(
      try result.rows().compactMap(\.first?.uuid).filter { taken?.contains($0) != true })
  }
}

/// A change of one tracked table inside a transaction, with its undo log.
struct TrackedChange {
  private let table: TableSchema
  private let run: Int32
  private let keepsLinks: Bool
  private let connection: Connection

  init(
    _ table: TableSchema, run: Int32, keepsLinks: Bool = true, _ connection: Connection
  ) {
    self.table = table
    self.run = run
    self.keepsLinks = keepsLinks
    self.connection = connection
  }

  private var stage: String { "temp.main.stage_\(table.name)" }
  private var key: String { table.key }
  private var scope: String { table.scope ?? table.key }
  private var scopeName: String {
    EngineTables.tracked.contains(table) ? UndoLog.engineScope : UndoLog.sourceScope
  }

  /// Makes the rows of some scopes be exactly the staged ones.
  ///
  /// `scope` is a list of literals.
  func replace(scope: String) throws(DuckDBError) {
    try replace(where: "\(self.scope) IN (\(scope))")
  }

  /// Makes the rows for which a condition holds be exactly the staged ones.
  func replace(where condition: String) throws(DuckDBError) {
    try copyExisting(where: condition)
    try change(removesMissing: true)
  }

  /// Puts the staged rows in the place of those with the same keys; others stay.
  func update() throws(DuckDBError) {
    let staged = try connection.query("SELECT count(*) FROM \(stage)").scalar()?.int64
    guard staged != 0 else { return }
    try copyExisting(where: "\(key) IN (SELECT \(key) FROM \(stage))")
    try change(removesMissing: false)
  }

  /// The rows that may change, out of the large table: its filter is a list of literals, so that the
  /// engine reads the long columns of those rows only.
  private func copyExisting(where condition: String) throws(DuckDBError) {
    try connection.execute(
      """
      CREATE OR REPLACE TEMP TABLE existing AS
      SELECT * FROM \(table.qualifiedName) WHERE \(condition)
      """)
  }

  private func change(removesMissing: Bool) throws(DuckDBError) {
    let keptColumns = keepsLinks ? table.columns.filter { $0.isVolatile || $0.isLinked } : []
    let compared = table.columns.filter { !keptColumns.contains($0) }.map(\.name)
    let differs = compared.map { "s.\($0) IS DISTINCT FROM e.\($0)" }.joined(separator: " OR ")
    let missing =
      removesMissing
      ? "UNION ALL SELECT \(key), 'delete' FROM existing WHERE \(key) NOT IN (SELECT \(key) FROM \(stage))"
      : ""
    try connection.execute(
      """
      CREATE OR REPLACE TEMP TABLE delta AS
      SELECT s.\(key) AS key, CASE WHEN e.\(key) IS NULL THEN 'insert' ELSE 'update' END AS action
      FROM \(stage) s LEFT JOIN existing e ON e.\(key) = s.\(key)
      WHERE e.\(key) IS NULL OR \(differs)
      \(missing)
      """)
    let changes = try connection.query("SELECT count(*) FROM delta").scalar()?.int64
    guard changes != 0 else { return }
    try log()
    try write(keeping: keptColumns)
  }

  /// Keeps the first state a run met.
  ///
  /// A row that the run changes twice is undone at once, and one that stays in scopes that are all
  /// the run's own goes with them. A row that the run takes out of such a scope is one that it
  /// inserted.
  private func log() throws(DuckDBError) {
    try connection.execute(
      """
      CREATE OR REPLACE TEMP TABLE unlogged AS
      WITH own AS (
        SELECT key FROM catchment.undo_log
        WHERE run = \(run) AND table_name = '\(scopeName)' AND action = 'scope'),
      changes AS (
        SELECT d.key, d.action, e.\(scope) IN (FROM own) AS was_own, s.\(scope) IN (FROM own) AS is_own
        FROM delta d
        LEFT JOIN existing e ON e.\(key) = d.key LEFT JOIN \(stage) s ON s.\(key) = d.key)
      SELECT key, CASE WHEN was_own THEN 'insert' ELSE action END AS action FROM changes c
      WHERE NOT (coalesce(was_own, action = 'insert') AND coalesce(is_own, action = 'delete'))
        AND NOT EXISTS (FROM catchment.undo_log u
          WHERE u.run = \(run) AND u.table_name = '\(table.name)' AND u.key = c.key);
      INSERT INTO catchment.undo_\(table.name)
      SELECT \(run), e.* FROM existing e JOIN unlogged l ON l.key = e.\(key)
      WHERE l.action <> 'insert';
      INSERT INTO catchment.undo_log SELECT \(run), '\(table.name)', key, action FROM unlogged;
      UPDATE catchment.undo_log SET action = 'update'
      WHERE run = \(run) AND table_name = '\(table.name)' AND action = 'delete'
        AND key IN (SELECT key FROM delta WHERE action = 'insert')
      """)
  }

  /// What a row keeps when it is derived again: when it was imported, what others linked to it.
  private func write(keeping columns: [TableSchema.Column]) throws(DuckDBError) {
    let kept = columns.map { "coalesce(e.\($0.name), s.\($0.name)) AS \($0.name)" }
    let replace = kept.isEmpty ? "" : " REPLACE (\(kept.joined(separator: ", ")))"
    try connection.execute(
      """
      DELETE FROM \(table.qualifiedName) WHERE \(key) IN (SELECT key FROM delta WHERE action <> 'insert');
      INSERT INTO \(table.qualifiedName)
      SELECT s.*\(replace) FROM \(stage) s
      JOIN delta d ON d.key = s.\(key) LEFT JOIN existing e ON e.\(key) = s.\(key)
      WHERE d.action <> 'delete'
      """)
  }
}

extension TableSchema {
  /// Its columns as a definition without storage hints, for tables that live in memory.
  var plainDefinition: String {
    columns.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
  }
}

extension SQL {
  /// UUIDs as a list of literals; never empty.
  static func list(_ ids: [UUIDBytes]) -> String {
    ids.isEmpty ? "NULL" : ids.map { "'\($0)'::UUID" }.joined(separator: ", ")
  }
}
