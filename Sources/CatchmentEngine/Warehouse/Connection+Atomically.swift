internal import DuckDB

extension Connection {
  /// Runs `body` in a transaction: all of it happens, or nothing.
  func atomically<R>(
    _ body: () throws(DuckDBError) -> R
  ) throws(DuckDBError) -> R {
    try execute("BEGIN")
    do throws(DuckDBError) {
      let result = try body()
      try execute("COMMIT")
      return result
    } catch {
      // After a failed COMMIT, or an error that ended the transaction, there is none to roll back;
      // what went wrong first is what the caller must hear.
      do throws(DuckDBError) { try execute("ROLLBACK") } catch  where error.code == .misuse {}
      throw error
    }
  }
}
