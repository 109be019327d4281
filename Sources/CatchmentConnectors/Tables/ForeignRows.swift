internal import Catchment
internal import DuckDB
internal import FoundationEssentials
internal import Synchronization

/// Rows of another database, which the engine reads when a query does.
///
/// The engine tells a failure as text; here it is kept as it was.
struct ForeignRows {
  /// What stands after FROM.
  let sql: String
  private let first: First

  private final class First: Sendable {
    let error = Mutex<(any Error)?>(nil)

    /// Remembers the first failure of all threads.
    func noting<R>(_ body: () throws -> R) throws -> R {
      do { return try body() } catch {
        self.error.withLock { $0 = $0 ?? error }
        throw error
      }
    }
  }

  /// - Parameters:
  ///   - threads: how many may read at once.
  ///   - open: makes what is one thread's own.
  init(
    _ columns: [LogicalType.Field], threads: Int = 1, in bench: Workbench,
    open: @escaping @Sendable () throws -> PromisedRows.Fill
  ) throws(CatchmentError) {
    let first = First()
    self.first = first
    let name = "rows_\(UUID().uuidString.replacing("-", with: ""))"
    sql = "\(name)()"
    let rows = PromisedRows(columns, threads: threads) {
      {
        let fill = try first.noting(open)
        return { rows in try first.noting { try fill(rows) } }
      }
    }
    do throws(DuckDBError) {
      try bench.connection.register(TableFunction(name) { _ in rows })
    } catch {
      throw CatchmentError(.failed, "the rows cannot be read", cause: error.description)
    }
  }

  /// What ended the reading, when it did not come to its end.
  var failure: (any Error)? { first.error.withLock { $0 } }

  /// Reads the rows; a failure of the other database is thrown as it was.
  func told<R>(_ body: () throws(CatchmentError) -> R) throws(CatchmentError) -> R {
    do throws(CatchmentError) { return try body() } catch {
      throw failure as? CatchmentError ?? error
    }
  }
}
