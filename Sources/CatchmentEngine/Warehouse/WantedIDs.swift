internal import Catchment
internal import DuckDB

/// Some ids that rows are looked up by, as what stands in `x IN (…)`.
///
/// Few are literals, for the engine then skips what it need not read. Many are a table of their own, for
/// it would plan each literal, and hold a kilobyte for it.
struct WantedIDs {
  private static let few = 512

  private let connection: Connection
  private let name: String

  /// - Parameter name: of the table, which is made anew for each list.
  init(_ connection: Connection, named name: String = "wanted_ids") {
    self.connection = connection
    self.name = name
  }

  /// Valid until the next list of the same name is made.
  func list(_ ids: [UUIDBytes]) throws(DuckDBError) -> String {
    guard ids.count > Self.few else { return SQL.list(ids) }
    try connection.execute("CREATE OR REPLACE TEMP TABLE \(name) (id UUID)")
    let rows = try Appender(connection, catalog: "temp", schema: "main", table: name)
    for id in ids {
      rows.setUUID(0, id)
      try rows.endRow()
    }
    try rows.close()
    return "SELECT id FROM temp.main.\(name)"
  }
}
