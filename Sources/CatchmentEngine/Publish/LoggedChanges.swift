internal import Catchment
internal import DuckDB

/// Brings a follower's tables to the home's by what the undo log says of the runs since its last
/// publication.
///
/// Small tables are compared all the same: some of their columns are set without a log.
struct LoggedChanges {
  let transfer: Transfer
  let last: Publication
  let viewsChanged: Bool
  let warehouse: Warehouse
  let views: [View]

  private var since: Int64 { HomeState.run(of: last) ?? 0 }

  /// Changes all tables; what they must hold now is the result, as far as it is known.
  func apply(
    _ tables: PublishedTables, _ report: inout PublicationReport
  ) throws(CatchmentError) -> [String: TableTotals] {
    var totals: [String: TableTotals] = [:]
    for table in tables.all {
      totals[table.table.name] =
        if let view = table.view, let keeping = view.keeping, !viewsChanged {
          try refresh(table, keeping, &report)
        } else if let scope = table.scope {
          try change(table, scope, &report)
        } else {
          try Comparison(transfer: transfer).apply(table, &report)
        }
    }
    return totals
  }

  // MARK: Tables

  private func change(
    _ table: PublishedTable, _ scope: String, _ report: inout PublicationReport
  ) throws(CatchmentError) -> TableTotals {
    guard let key = table.table.key?.name else { return TableTotals() }
    try transfer.remove(from: table, where: scope, in: scopes, &report)
    try transfer.remove(from: table, where: key, in: keys(of: table), &report)
    let changed =
      "\(SQL.identifier(scope)) IN (\(try literals(scopes)))"
      + " OR \(SQL.identifier(key)) IN (\(try literals(keys(of: table))))"
    _ = try transfer.write(table.rows(where: changed), to: table, &report)
    return try totals(of: table, key)
  }

  /// The scopes that are wholly new.
  private var scopes: String {
    """
    SELECT DISTINCT key FROM catchment.undo_log
    WHERE run > \(since) AND action = 'scope' AND table_name = '\(UndoLog.sourceScope)'
    """
  }

  private func keys(of table: PublishedTable) -> String {
    """
    SELECT DISTINCT key FROM catchment.undo_log
    WHERE run > \(since) AND action <> 'scope' AND table_name = \(SQL.literal(table.table.name))
    """
  }

  /// The values that a query gives, as literals when they are few: the engine then reads the long
  /// columns of those rows only.
  private func literals(_ query: String) throws(CatchmentError) -> String {
    try transfer.check { () throws(DuckDBError) in
      let found = try transfer.connection.query("FROM (\(query)) LIMIT \(Self.few + 1)").rows()
      return found.count > Self.few ? query : SQL.list(found.compactMap(\.first?.uuid))
    }
  }

  private static let few = 1_000

  /// The home's count and keys; the fingerprints of rows that did not change are not made again.
  private func totals(
    of table: PublishedTable, _ key: String
  ) throws(CatchmentError) -> TableTotals {
    try transfer.check { () throws(DuckDBError) in
      var totals = TableTotals()
      let rows = try transfer.connection.stream(
        "SELECT \(SQL.identifier(key)) FROM \(table.relation)")
      while let chunk = try rows.next() {
        let keys = chunk.column(0)
        for row in 0..<chunk.rowCount { totals.keys &+= keys.uuid(at: row).low }
        totals.rows += chunk.rowCount
      }
      totals.hashes = nil
      return totals
    }
  }

  // MARK: Views that are kept as tables

  /// Makes the rows of the days, or what else groups them, anew that the changed scopes are in now
  /// or were in before.
  private func refresh(
    _ table: PublishedTable, _ keeping: View.Keeping, _ report: inout PublicationReport
  ) throws(CatchmentError) -> TableTotals {
    let column = SQL.identifier(keeping.column)
    try transfer.check { () throws(DuckDBError) in
      try noteTouched()
      try noteGroups(keeping, column)
    }
    let removed = try transfer.remove(
      from: table, where: keeping.column,
      in: "SELECT grain FROM touched_groups WHERE grain IS NOT NULL", orMissing: true, &report)
    let rows = table.rows(
      from: "(\(restrictedView(table)))",
      where: "\(column) IN (SELECT grain FROM touched_groups) OR \(column) IS NULL")
    let written = try transfer.write(rows, to: table, &report)
    var totals = TableTotals()
    totals.rows = (TableTotals.rows(of: table.table, in: last) ?? 0) - removed + written.rows
    totals.hashes = nil
    return totals
  }

  private var scoped: [TableSchema] { warehouse.sourceTables.filter { $0.scope != nil } }

  /// The scopes that the runs since touched.
  private func noteTouched() throws(DuckDBError) {
    var parts = [scopes]
    for table in scoped {
      let scope = SQL.identifier(table.scope ?? table.key)
      parts.append(
        """
        SELECT \(scope) FROM \(table.qualifiedName) WHERE \(SQL.identifier(table.key)) IN (
          SELECT key FROM catchment.undo_log
          WHERE run > \(since) AND table_name = \(SQL.literal(table.name)))
        """)
      parts.append(
        "SELECT \(scope) FROM catchment.undo_\(table.name) WHERE undo_run > \(since)")
    }
    try transfer.connection.execute(
      """
      CREATE OR REPLACE TEMP TABLE touched (scope UUID);
      INSERT INTO touched \(parts.joined(separator: "\nUNION "))
      """)
  }

  /// The groups that the touched scopes are in and were in, and all scopes that are in those.
  private func noteGroups(_ keeping: View.Keeping, _ column: String) throws(DuckDBError) {
    let now = common { "SELECT * FROM \($0.qualifiedName) WHERE \($1) IN (FROM touched)" }
    let before = common { table, _ in
      "SELECT \(table.columnList) FROM catchment.undo_\(table.name) WHERE undo_run > \(since)"
    }
    let all = common { table, _ in "SELECT * FROM \(table.qualifiedName)" }
    try transfer.connection.execute(
      """
      CREATE OR REPLACE TEMP TABLE touched_groups AS
      SELECT \(column) AS grain FROM (WITH \(now) SELECT \(column) FROM (\(keeping.groups)))
      UNION SELECT \(column) FROM (WITH \(before) SELECT \(column) FROM (\(keeping.groups)));
      CREATE OR REPLACE TEMP TABLE concerned AS
      SELECT DISTINCT scope FROM (WITH \(all) SELECT scope, \(column) FROM (\(keeping.groups)))
      WHERE \(column) IN (SELECT grain FROM touched_groups) OR \(column) IS NULL
      """)
  }

  /// The view over the concerned scopes alone.
  private func restrictedView(_ table: PublishedTable) -> String {
    let tables = common { "SELECT * FROM \($0.qualifiedName) WHERE \($1) IN (FROM concerned)" }
    return "WITH \(tables), \(views.commonTables) SELECT * FROM \(SQL.identifier(table.table.name))"
  }

  /// Common tables that stand in the place of the source's tables: a view's query names those
  /// without their schema.
  private func common(_ query: (TableSchema, String) -> String) -> String {
    scoped.map { table in
      "\(SQL.identifier(table.name)) AS (\(query(table, SQL.identifier(table.scope ?? table.key))))"
    }.joined(separator: ", ")
  }
}
