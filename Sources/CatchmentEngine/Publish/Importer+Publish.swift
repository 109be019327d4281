internal import Catchment
internal import DuckDB

extension Importer {
  /// Brings the follower, when there is one, to what the warehouse holds now.
  func publish(_ warehouse: Warehouse) throws(CatchmentError) -> PublicationReport? {
    guard let follower = options.follower else { return nil }
    progress.enter(.publishing)
    let connection = try warehouse.connect()
    defer { connection.close() }
    try warehouse.check { () throws(DuckDBError) in
      try connection.execute("SET threads = \(options.threads)")
    }
    return try Publisher(
      follower: follower, home: home, warehouse: warehouse, connection: connection,
      views: sources.views
    ).publish()
  }
}
