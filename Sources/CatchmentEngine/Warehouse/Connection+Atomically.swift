internal import Catchment
internal import DuckDB

extension Connection {
  /// Runs `body` in a transaction: all of it happens, or nothing.
  ///
  /// Refused when another run has taken over by the time it commits. `path` is the database's, for
  /// the words of a failure.
  func atomically<R>(
    under lease: Lease?, _ path: String, _ body: () throws(DuckDBError) -> R
  ) throws(CatchmentError) -> R {
    try atomically(under: lease, path) { () throws(CatchmentError) in try told(path, body) }
  }

  /// The same for a body that does more than to speak with the engine.
  func atomically<R>(
    under lease: Lease?, _ path: String, _ body: () throws(CatchmentError) -> R
  ) throws(CatchmentError) -> R {
    try told(path) { () throws(DuckDBError) in try execute("BEGIN") }
    do throws(CatchmentError) {
      let result = try body()
      try lease?.check(self)
      try told(path) { () throws(DuckDBError) in try execute("COMMIT") }
      return result
    } catch {
      try told(path, rollBack)
      throw error
    }
  }

  /// After a failed COMMIT, or an error that ended the transaction, there is none to roll back; what
  /// went wrong first is what the caller must hear.
  private func rollBack() throws(DuckDBError) {
    do throws(DuckDBError) { try execute("ROLLBACK") } catch  where error.code == .misuse {}
  }

  private func told<R>(
    _ path: String, _ body: () throws(DuckDBError) -> R
  ) throws(CatchmentError) -> R {
    do throws(DuckDBError) { return try body() } catch { throw .warehouse(error, path) }
  }
}
