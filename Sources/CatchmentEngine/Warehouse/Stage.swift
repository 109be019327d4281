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
    for table in tables { try change(of: table).prepare() }
  }

  /// Replaces all that `units` came to by what is staged, and commits.
  func apply(replacing units: [UUIDBytes], under lease: Lease?) throws(CatchmentError) {
    try connection.atomically(under: lease, path) { () throws(DuckDBError) in
      for appender in appenders { try appender.close() }
      let unitList = try WantedIDs(connection, named: "wanted_units").list(units)
      let scopeList = try WantedIDs(connection, named: "wanted_scopes").list(scopes(of: unitList))
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
  /// For units that are staged in slices: each record is in one of them. What was staged is gone
  /// afterwards, and more can be: a transaction frees no table that it drops, so it makes but one of
  /// each.
  func replaceRecords() throws(DuckDBError) {
    for appender in appenders { try appender.flush() }
    let records = "SELECT record_id FROM temp.main.stage_raw_records"
    let scopeList = SQL.list(try scopes(where: "record_id IN (\(records))"))
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
    let staged = (tables + [EngineTables.unitKeys]).map { "temp.main.stage_\($0.name)" }
    for table in staged + tables.flatMap({ change(of: $0).worktables }) {
      try connection.execute("DELETE FROM \(table)")
    }
  }

  private func change(of table: TableSchema) -> TrackedChange {
    let keepsLinks = taken == nil || EngineTables.tracked.contains(table)
    return TrackedChange(table, run: run, keepsLinks: keepsLinks, connection)
  }

  /// Puts the staged markers in the place of the units'; the caller holds the transaction.
  func replaceMarkers() throws(DuckDBError) {
    for appender in appenders { try appender.flush() }
    try change(of: EngineTables.units).update()
  }

  /// The conversations that the units came to before and come to now.
  ///
  /// A record names the one that it belongs to first; it may have made rows of others.
  private func scopes(of unitList: String) throws(DuckDBError) -> [UUIDBytes] {
    try scopes(where: "unit_id IN (\(unitList))")
  }

  private func scopes(where condition: String) throws(DuckDBError) -> [UUIDBytes] {
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
    return try result.rows().compactMap(\.first?.uuid).filter { taken?.contains($0) != true }
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
