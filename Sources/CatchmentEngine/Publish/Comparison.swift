internal import Catchment
internal import DuckDB

/// Brings a follower's tables to the home's by the fingerprint of every row.
struct Comparison {
  let transfer: Transfer

  /// Compares all tables; what they must hold now is the result.
  func apply(
    _ tables: PublishedTables, _ report: inout PublicationReport
  ) throws(CatchmentError) -> [String: TableTotals] {
    var totals: [String: TableTotals] = [:]
    for table in tables.all { totals[table.table.name] = try apply(table, &report) }
    return totals
  }

  /// Compares one table; what it must hold now is the result.
  func apply(
    _ table: PublishedTable, _ report: inout PublicationReport
  ) throws(CatchmentError) -> TableTotals {
    guard try readPublished(table) > 0 else {
      return try transfer.write(table.rows(), to: table, &report)
    }
    let relation = try hold(table)
    try transfer.check { () throws(DuckDBError) in
      try transfer.connection.execute(
        "CREATE OR REPLACE TEMP TABLE held AS \(table.fingerprints(from: relation))")
    }
    let identity = table.table.key == nil ? "hash" : "key"
    try transfer.remove(
      from: table, where: table.table.key?.name ?? FollowerTable.fingerprint.name,
      in: "SELECT DISTINCT \(identity) FROM published p WHERE \(Self.isMissing(from: "held"))",
      orMissing: table.table.key == nil, &report)
    let missing = "SELECT \(identity) FROM held p WHERE \(Self.isMissing(from: "published"))"
    _ = try transfer.write(table.rows(from: relation, whose: missing), to: table, &report)
    return try heldTotals()
  }

  /// A row counts as the same when all of it is.
  private static func isMissing(from other: String) -> String {
    "NOT EXISTS (FROM \(other) o WHERE o.hash = p.hash AND o.key IS NOT DISTINCT FROM p.key)"
  }

  /// A view is worked out once, not for every question.
  private func hold(_ table: PublishedTable) throws(CatchmentError) -> String? {
    guard table.view != nil else { return nil }
    try transfer.check { () throws(DuckDBError) in
      try transfer.connection.execute(
        "CREATE OR REPLACE TEMP TABLE held_view AS \(table.columns())")
    }
    return "temp.main.held_view"
  }

  /// Reads the follower's fingerprints into a table `published`; returns how many there are.
  private func readPublished(_ table: PublishedTable) throws(CatchmentError) -> Int {
    let connection = transfer.connection
    let appender = try transfer.check { () throws(DuckDBError) in
      try connection.execute("CREATE OR REPLACE TEMP TABLE published (key UUID, hash BIGINT)")
      return try Appender(connection, catalog: "temp", schema: "main", table: "published")
    }
    var count = 0
    try transfer.session.fingerprints(of: table.table) { (row) throws(CatchmentError) in
      count += 1
      try transfer.check { () throws(DuckDBError) in
        if let key = row.key { appender.setUUID(0, key) }
        appender.set(1, row.hash)
        try appender.endRow()
      }
    }
    try transfer.check { () throws(DuckDBError) in try appender.close() }
    return count
  }

  private func heldTotals() throws(CatchmentError) -> TableTotals {
    try transfer.check { () throws(DuckDBError) in
      var totals = TableTotals()
      let rows = try transfer.connection.stream("SELECT key, hash FROM held")
      while let chunk = try rows.next() {
        let (keys, hashes) = (chunk.column(0), chunk.column(1))
        for row in 0..<chunk.rowCount {
          let key = keys.isNull(at: row) ? nil : keys.uuid(at: row)
          totals.add(RowFingerprint(key: key, hash: hashes.int64(at: row)))
        }
      }
      return totals
    }
  }
}
