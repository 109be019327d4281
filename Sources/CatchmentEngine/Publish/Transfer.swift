internal import Catchment
internal import DuckDB

/// Carries rows between the home's warehouse and a follower.
struct Transfer {
  let session: any FollowerSession
  let connection: Connection
  /// The warehouse's, for the words of a failure.
  let path: String

  /// Writes the rows that a query gives; what they come to is the result.
  func write(
    _ query: String, to table: PublishedTable, _ report: inout PublicationReport
  ) throws(CatchmentError) -> TableTotals {
    let began = Clock.steady()
    defer { report.tableSeconds[table.table.name, default: 0] += Clock.steady() - began }
    let rows = try check { () throws(DuckDBError) in try connection.stream(query) }
    let key = table.table.key.flatMap { table.table.columns.firstIndex(of: $0) }
    var totals = TableTotals()
    let taken = try session.write(
      { () throws(CatchmentError) in
        let chunk = try next(of: rows)
        if let chunk { totals.add(chunk, key: key) }
        return chunk
      }, to: table.table)
    guard taken == totals.rows else {
      throw CatchmentError(
        .destinationUnavailable,
        "\(totals.rows) rows of \(table.table.name) were sent, and \(taken) were taken",
        hint: "nothing was published; look for triggers or rules on that table")
    }
    if taken > 0 { report.written[table.table.name, default: 0] += taken }
    return totals
  }

  /// Removes the rows whose column has one of the values that a query gives.
  @discardableResult
  func remove(
    from table: PublishedTable, where column: String, in query: String, orMissing: Bool = false,
    _ report: inout PublicationReport
  ) throws(CatchmentError) -> Int {
    guard let column = table.table.allColumns.first(where: { $0.name == column }) else { return 0 }
    let values = try check { () throws(DuckDBError) in try connection.stream(query) }
    let count = try session.remove(
      from: table.table, where: column,
      in: { () throws(CatchmentError) in try next(of: values) }, orMissing: orMissing)
    if count > 0 { report.removed[table.table.name, default: 0] += count }
    return count
  }

  /// What the follower holds, read back from it.
  func totals(of tables: PublishedTables) throws(CatchmentError) -> [String: TableTotals] {
    var all: [String: TableTotals] = [:]
    for table in tables.all {
      var totals = TableTotals()
      try session.fingerprints(of: table.table) { totals.add($0) }
      all[table.table.name] = totals
    }
    return all
  }

  private func next(of rows: ResultSet) throws(CatchmentError) -> DataChunk? {
    if Task.isCancelled { throw .interrupted }
    return try check { () throws(DuckDBError) in try rows.next() }
  }

  func check<R>(_ body: () throws(DuckDBError) -> R) throws(CatchmentError) -> R {
    do throws(DuckDBError) { return try body() } catch { throw .warehouse(error, path) }
  }
}
