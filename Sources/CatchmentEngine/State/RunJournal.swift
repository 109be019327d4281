internal import Catchment
internal import DuckDB

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A process's book of its runs: `state.sqlite`, opened when it is first needed.
///
/// Nothing in it is worth a failed run: when it is damaged it is put aside and made anew from the
/// warehouse, and the user is told.
final class RunJournal {
  private let path: String
  private let pipeline: String
  private let records: any CommitRecords
  private let notes: [String]
  private var opened: StateDatabase?

  /// `notes` are what opening the warehouse changed, for the user.
  init(path: String, pipeline: String, records: any CommitRecords, notes: [String] = []) {
    self.path = path
    self.pipeline = pipeline
    self.records = records
    self.notes = notes
  }

  convenience init(
    path: String, pipeline: String, _ warehouse: Warehouse, _ connection: Connection
  ) {
    self.init(
      path: path, pipeline: pipeline,
      records: WarehouseRecords(
        pipeline: pipeline, warehouse: warehouse, connection: connection), notes: warehouse.notes)
  }

  /// Clears up after whatever happened since the last run; what it returns is for the user.
  func reconcile() throws(CatchmentError) -> [String] {
    do throws(CatchmentError) {
      return notes + (try mend())
    } catch  where error.code == .damaged {
      return notes + [try setAside(error)] + (try mend())
    }
  }

  /// Takes the lease and writes the plan down, in that order.
  func begin(
    _ run: RunInfo, _ kind: String, _ units: [PlannedUnit]
  ) throws(CatchmentError) -> RunInfo {
    do throws(CatchmentError) {
      return try note(run, kind, units)
    } catch  where error.code == .damaged {
      _ = try setAside(error)
      _ = try mend()
      return try note(run, kind, units)
    }
  }

  /// Takes the lease alone, for what changes the warehouse and is no run of its own.
  func takeLease() throws(CatchmentError) -> Lease {
    try Lease(taking: pipeline, in: state(), newest: records.newestToken(), now: Clock.now())
  }

  /// Lets a run and its units advance to what was committed of them.
  func finish(_ run: Run) throws(CatchmentError) {
    do throws(CatchmentError) {
      try Reconciliation(state: state(), records: records).finish(run)
    } catch  where error.code == .damaged {
      _ = try setAside(error)
      _ = try mend()
    }
  }

  /// Lets everything advance, without a word, after a change that was meant.
  func settle() throws(CatchmentError) { _ = try reconcile() }

  func close() throws(CatchmentError) {
    try opened?.close()
    opened = nil
  }

  private func note(
    _ run: RunInfo, _ kind: String, _ units: [PlannedUnit]
  ) throws(CatchmentError) -> RunInfo {
    var run = run
    let lease = try takeLease()
    run.lease = lease
    try state().begin(
      Run(
        id: run.id.text, pipeline: pipeline, kind: kind, status: .running, token: lease.token,
        started: run.startedAt),
      into: records.name, pid: getpid(), units: units)
    return run
  }

  private func mend() throws(CatchmentError) -> [String] {
    try Reconciliation(state: state(), records: records).mend()
  }

  private func state() throws(CatchmentError) -> StateDatabase {
    if let opened { return opened }
    let made = try StateDatabase(path: path)
    opened = made
    return made
  }

  private func setAside(_ damage: CatchmentError) throws(CatchmentError) -> String {
    // It may refuse to close as it refused all else; its file is given another name all the same.
    opened = nil
    let target = try StateDatabase.setAside(path, now: Clock.now())
    return "the state database was damaged (\(damage.cause ?? damage.message)); "
      + "it is kept as \(target) and a new one is made from the warehouse"
  }
}
