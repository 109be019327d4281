public import Catchment
public import DuckDB

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A look at the state database beside its warehouse; changes neither.
public enum StateCheck: Sendable, Equatable {
  /// There is no file; the next import makes it from the warehouse.
  case absent
  /// SQLite finds this wrong with it.
  case damaged(String)
  /// It can be read and says something else than the warehouse; a line for each difference.
  case disagrees([String])
  /// It is whole and agrees with the warehouse about so many runs.
  case agrees(runs: Int)

  /// Reads both, the warehouse through `connection`.
  ///
  /// Throws what keeps it from reading them; damage in the state database is a result and not
  /// thrown.
  public init(
    home: Home, warehouse: Warehouse, connection: Connection
  ) throws(CatchmentError) {
    guard access(home.state, F_OK) == 0 else {
      self = .absent
      return
    }
    do throws(CatchmentError) {
      let state = try StateDatabase(path: home.state)
      self = try Self.look(at: state, warehouse, connection)
      try state.close()
    } catch  where error.code == .damaged {
      self = .damaged(error.cause ?? error.message)
    }
  }

  private static func look(
    at state: StateDatabase, _ warehouse: Warehouse, _ connection: Connection
  ) throws(CatchmentError) -> StateCheck {
    if let damage = try state.damage() { return .damaged(damage) }
    let records = WarehouseRecords(pipeline: "", warehouse: warehouse, connection: connection)
    let difference = try Reconciliation(state: state, records: records)
      .compare(everything: true)
    guard difference.isEmpty else {
      let notes = difference.notes(on: records.title)
      return .disagrees(notes.isEmpty ? ["a run has not been noted"] : notes)
    }
    return .agrees(runs: try state.runs(into: records.name).count)
  }
}
