public import Catchment
internal import DuckDB
public import Logging

/// Gives the tables back as they were before a run.
///
/// The raw store keeps what the run read, set aside; importing the same files again brings the
/// tables to where an undisturbed import would have.
public struct Rollback: Sendable {
  private let home: Home
  private let sources: SourceSet
  private let options: Importer.Options
  private let logger: Logger

  /// Rolls back runs of a home that was imported into with these sources.
  public init(
    home: Home, sources: SourceSet, options: Importer.Options = .init(), logger: Logger = .silent
  ) {
    self.logger = logger
    self.home = home
    self.sources = sources
    self.options = options
  }

  /// What `run` would do; changes nothing.
  ///
  /// `name` is a run's id, a beginning of it that no other shares, its number, or `last`.
  public func plan(_ name: String, cascade: Bool = false) throws(CatchmentError) -> RollbackPlan {
    try withSession { (session) throws(CatchmentError) in
      try session.plan(name, cascade: cascade)
    }
  }

  /// Undoes a run; with `cascade`, also the later ones that built on it, the last first.
  ///
  /// Each run is undone in one transaction. Throws `refused` when a later run touched the same
  /// rows and `cascade` is false.
  public func run(_ name: String, cascade: Bool = false) throws(CatchmentError) -> RollbackPlan {
    try withSession { (session) throws(CatchmentError) in
      var plan = try session.plan(name, cascade: cascade)
      let notes = try session.journal.reconcile()
      try session.undo(plan, asked: name)
      try session.journal.settle()
      plan.notes = notes
      plan.publication = try importer.publish(session.warehouse)
      return plan
    }
  }

  private var importer: Importer { Importer(home: home, sources: sources, options: options) }

  private func withSession<R>(
    _ body: (RollbackSession) throws(CatchmentError) -> R
  ) throws(CatchmentError) -> R {
    try Directory.create(home.path)
    let lock = try HomeLock(home)
    defer { lock.release() }
    let warehouse = try importer.openWarehouse(share: .alone)
    defer { warehouse.close() }
    let connection = try warehouse.connect()
    let journal = RunJournal(path: home.state, pipeline: Importer.pipeline, warehouse, connection)
    let result = try body(
      RollbackSession(
        warehouse: warehouse, connection: connection, rawStore: RawStore(path: home.raw),
        sources: sources, journal: journal, logger: logger))
    try journal.close()
    return result
  }
}

/// A rollback with the warehouse open.
struct RollbackSession {
  let warehouse: Warehouse
  let connection: Connection
  let rawStore: RawStore
  let sources: SourceSet
  let journal: RunJournal
  let logger: Logger

  private struct Target {
    var number: Int32
    var id: String
  }

  // MARK: Planning

  func plan(_ name: String, cascade: Bool) throws(CatchmentError) -> RollbackPlan {
    let target = try find(name)
    let dependents: [Target] = try warehouse.check { () throws(DuckDBError) in
      try self.dependents(of: target)
    }
    let undone = cascade ? dependents.reversed() + [target] : [target]
    var runs: [RollbackPlan.Run] = []
    for run in undone {
      runs.append(try warehouse.check { () throws(DuckDBError) in try count(run) })
    }
    return RollbackPlan(runs: runs, dependents: dependents.map(\.id))
  }

  private func find(_ name: String) throws(CatchmentError) -> Target {
    let condition =
      name == "last"
      ? "run = (SELECT max(run) FROM catchment.runs WHERE status NOT IN ('rolled_back'))"
      : "starts_with(run_id, \(SQL.literal(name))) OR run::VARCHAR = \(SQL.literal(name))"
    let rows = try warehouse.check { () throws(DuckDBError) in
      try connection.query(
        "SELECT run, run_id, status FROM catchment.runs WHERE \(condition) ORDER BY run"
      ).rows()
    }
    guard let row = rows.first, let number = row[0].int64, let id = row[1].text else {
      throw CatchmentError(
        .usage, "there is no run \"\(name)\"", hint: "`catchment runs` lists them")
    }
    guard rows.count == 1 else {
      throw CatchmentError(
        .usage, "\(rows.count) runs begin with \"\(name)\"", hint: "give more of the id")
    }
    guard row[2].text != "rolled_back" else {
      throw CatchmentError(.refused, "run \(id) has been rolled back already")
    }
    try refuseBeforeRebuild(number, id)
    return Target(number: Int32(truncatingIfNeeded: number), id: id)
  }

  /// A rebuild makes all rows its own, and there is no log of what runs before it did.
  private func refuseBeforeRebuild(_ number: Int64, _ id: String) throws(CatchmentError) {
    let rebuilds = try warehouse.check { () throws(DuckDBError) in
      try connection.query(
        "SELECT run_id FROM catchment.runs WHERE command = 'rebuild' AND run > ? ORDER BY run DESC",
        .integer(number)
      ).rows()
    }
    guard let rebuild = rebuilds.first?[0].text else { return }
    throw CatchmentError(
      .refused, "run \(id) cannot be rolled back: run \(rebuild) made the tables anew since",
      hint: "only what was imported after a rebuild can be undone run by run")
  }

  /// Later runs, not yet undone, whose rows rest on what this one did: they touched the same units
  /// or conversations, or units that share records with them.
  ///
  /// Followed to the end.
  private func dependents(of target: Target) throws(DuckDBError) -> [Target] {
    let rows = try connection.query(
      """
      WITH RECURSIVE
      touched AS (
        SELECT run, key FROM catchment.undo_log
        WHERE action = 'scope' OR table_name IN ('units', 'conversations')),
      spread AS (
        SELECT run, key FROM touched
        UNION
        SELECT t.run, b.unit_id FROM touched t
        JOIN catchment.identities a ON a.unit_id = t.key
        JOIN catchment.identities b ON b.identity = a.identity),
      depends(run) AS (
        SELECT \(target.number)::INTEGER
        UNION
        SELECT later.run FROM depends d
        JOIN spread base ON base.run = d.run
        JOIN spread later ON later.key = base.key AND later.run > base.run)
      SELECT r.run, r.run_id FROM catchment.runs r JOIN depends USING (run)
      WHERE r.run <> \(target.number) AND r.status <> 'rolled_back' ORDER BY r.run
      """
    ).rows()
    return rows.map {
      Target(number: Int32(truncatingIfNeeded: $0[0].int64 ?? 0), id: $0[1].text ?? "")
    }
  }

  private func count(_ target: Target) throws(DuckDBError) -> RollbackPlan.Run {
    var run = RollbackPlan.Run(id: target.id)
    for table in warehouse.tables {
      let undo = UndoneTable(table, run: target.number)
      let deleted = try connection.query("SELECT count(*) FROM \(undo.inserted)").scalar()?.int64
      let restored = try connection.query("SELECT count(*) FROM \(undo.before)").scalar()?.int64
      if let deleted, deleted > 0 { run.deleted[table.name] = Int(deleted) }
      if let restored, restored > 0 { run.restored[table.name] = Int(restored) }
    }
    return run
  }

  // MARK: Undoing

  func undo(_ plan: RollbackPlan, asked: String) throws(CatchmentError) {
    guard plan.dependents.isEmpty || plan.runs.count > 1 else {
      throw CatchmentError(
        .refused,
        "run \(plan.runs.last?.id ?? asked) cannot be rolled back alone: "
          + "\(plan.dependents.joined(separator: ", ")) built on it",
        hint: "roll those back first, or give --cascade to undo them all")
    }
    let lease = try journal.takeLease()
    for run in plan.runs {
      let target = try find(run.id)
      let began = Clock.steady()
      try connection.atomically(under: lease, warehouse.path) { () throws(DuckDBError) in
        try undo(target, run, under: lease)
      }
      note(run, seconds: Clock.steady() - began)
    }
    for name in sources.names {
      try Segments(rawStore: rawStore, source: name, connection: connection).settle()
    }
  }

  private func note(_ run: RollbackPlan.Run, seconds: Double) {
    logger.info(
      "run rolled back",
      metadata: [
        "run_id": "\(run.id)", "stage": "rollback",
        "deleted": .dictionary(run.deleted.mapValues { .number($0) }),
        "restored": .dictionary(run.restored.mapValues { .number($0) }),
        "seconds": .seconds(seconds),
      ])
  }

  private func undo(
    _ target: Target, _ plan: RollbackPlan.Run, under lease: Lease
  ) throws(DuckDBError) {
    let began = Clock.steady()
    for table in warehouse.tables {
      let undo = UndoneTable(table, run: target.number)
      try connection.execute(undo.statements)
    }
    try connection.execute(
      """
      DELETE FROM catchment.undo_log WHERE run = \(target.number);
      DELETE FROM catchment.unit_keys
      WHERE unit_id NOT IN (SELECT unit_id FROM catchment.units);
      UPDATE catchment.runs SET status = 'rolled_back', token = \(lease.token)
      WHERE run = \(target.number)
      """)
    try Linker(connection: connection, sources: sources).link()
    _ = try Deduplicator(connection: connection).decide(nil, run: target.number)
    try Runs.audit(
      operation: "rollback", status: "success", message: "run \(target.id) rolled back",
      details: plan.counts, duration: Clock.steady() - began, connection)
  }
}

/// How one table is given back.
private struct UndoneTable {
  let table: TableSchema
  let run: Int32

  init(_ table: TableSchema, run: Int32) {
    self.table = table
    self.run = run
  }

  private var name: String { table.qualifiedName }
  private var log: String { "FROM catchment.undo_log WHERE run = \(run)" }

  private var group: String {
    EngineTables.tracked.contains(table) ? UndoLog.engineScope : UndoLog.sourceScope
  }

  /// The rows there are now because of the run alone: a condition, for a list of their keys would not
  /// fit into memory.
  var inserted: String {
    """
    \(name) WHERE \(table.scope ?? table.key) IN
        (SELECT key \(log) AND action = 'scope' AND table_name = '\(group)')
      OR \(table.key) IN (SELECT key \(log) AND action = 'insert' AND table_name = '\(table.name)')
    """
  }

  /// The rows as they were before the run.
  var before: String { "catchment.undo_\(table.name) WHERE undo_run = \(run)" }

  var statements: String {
    """
    DELETE FROM \(inserted);
    DELETE FROM \(name) WHERE \(table.key) IN
      (SELECT key \(log) AND action = 'update' AND table_name = '\(table.name)');
    INSERT INTO \(name) SELECT \(table.columnList) FROM \(before);
    DELETE FROM catchment.undo_\(table.name) WHERE undo_run = \(run)
    """
  }
}
