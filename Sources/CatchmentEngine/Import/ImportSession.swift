internal import Catchment
internal import DuckDB

/// One import with the warehouse open: plans, loads what is new, derives again what changed, and
/// checks that everything adds up.
struct ImportSession {
  let importer: Importer
  let warehouse: Warehouse
  let connection: Connection
  let run: RunInfo
  let rawStore: RawStore
  let journal: RunJournal

  init(
    importer: Importer, warehouse: Warehouse, runID: RunID, startedAt: Int64
  ) throws(CatchmentError) {
    self.importer = importer
    self.warehouse = warehouse
    connection = try warehouse.connect()
    rawStore = RawStore(path: importer.home.raw)
    journal = RunJournal(
      path: importer.home.state, pipeline: importer.source.name, warehouse, connection)
    do throws(DuckDBError) {
      let number = try Runs.nextNumber(connection)
      run = RunInfo(id: runID, number: number, startedAt: startedAt)
    } catch {
      throw .warehouse(error, warehouse.path)
    }
  }

  func run(
    _ discovery: Discovery, roots: [String]
  ) async throws(CatchmentError) -> ImportReport {
    let markers = try check { () throws(DuckDBError) in
      try warehouse.markers(connection, source: importer.source.name)
    }
    let plan = ImportPlan(discovery, markers: markers, roots: roots)
    var report = ImportReport(runID: run.id.text, status: .done)
    report.unitsPlanned = plan.planned
    report.unitsSkipped = plan.unchanged
    report.unitsVanished = plan.vanished.count
    report.notes = try journal.reconcile()
    report.problems = discovery.problems
    let isUnfinished = try check { () throws(DuckDBError) in
      try Runs.isUnfinished(connection)
    }
    if !plan.isEmpty || isUnfinished {
      try await load(plan, markers, into: &report)
    }
    try summarize(into: &report)
    return report
  }

  private func load(
    _ plan: ImportPlan, _ markers: [UUIDBytes: ImportPlan.Marker],
    into report: inout ImportReport
  ) async throws(CatchmentError) {
    try Segments(rawStore: rawStore, source: importer.source.name, connection: connection)
      .settle()
    let run = try begin("import", plan.units(markers))
    report.bytesRead = plan.new.reduce(0) { $0 + $1.fingerprint.size }
    importer.progress.expect(
      bytes: plan.changed.reduce(report.bytesRead) { $0 + $1.unit.fingerprint.size },
      units: plan.new.count + plan.changed.count)
    let shared = ImportShared(
      warehouse: warehouse, rawStore: rawStore, source: importer.source, run: run,
      spill: importer.home.spill, groups: CopyGroups(source: importer.source).groups(of: plan.new),
      origin: .source, progress: importer.progress)
    try await derive(shared, changed: plan.changed, vanished: plan.vanished, into: &report)
  }

  /// Makes the tables anew from what the raw store has.
  func rebuild() async throws(CatchmentError) -> ImportReport {
    var report = ImportReport(runID: run.id.text, status: .done)
    let kept = try check { () throws(DuckDBError) in
      try RawUnits(rawStore: rawStore, source: importer.source.name, connection: connection).all()
    }
    let run = try begin("rebuild", kept.map { PlannedUnit($0.unit, .new) })
    report.unitsPlanned = kept.count
    report.bytesRead = kept.reduce(0) { $0 + $1.unit.fingerprint.size }
    importer.progress.expect(bytes: report.bytesRead, units: kept.count)
    let segments = Dictionary(uniqueKeysWithValues: kept.map { ($0.unit.id, $0.segments) })
    let shared = ImportShared(
      warehouse: warehouse, rawStore: rawStore, source: importer.source, run: run,
      spill: importer.home.spill, groups: kept.map { [$0.unit] }, origin: .rawStore(segments),
      progress: importer.progress)
    try await derive(shared, changed: [], vanished: [], into: &report)
    try registerSegments(kept)
    // The history begins anew with this run.
    try journal.settle()
    try summarize(into: &report)
    return report
  }

  private func registerSegments(_ kept: [RawUnits.Kept]) throws(CatchmentError) {
    try check { () throws(DuckDBError) in
      for path in Set(kept.flatMap(\.segments)) {
        try Segments.register(path: path, run: run.number, connection)
      }
    }
  }

  /// Takes the right to write and writes down what is going to be done, before any of it is.
  func begin(_ kind: String, _ units: [PlannedUnit]) throws(CatchmentError) -> RunInfo {
    let run = try journal.begin(run, kind, units)
    try check { () throws(DuckDBError) in try Runs.begin(run, kind, connection) }
    return run
  }

  private func derive(
    _ shared: ImportShared, changed: [(unit: Unit, cursor: Cursor)], vanished: [UUIDBytes],
    into report: inout ImportReport
  ) async throws(CatchmentError) {
    if shared.hasWork {
      try loadKnownKeys(into: shared.keys)
      try await runWorkers(shared)
    }
    try lendThreadsToEngine()
    var outcome = shared.collected()
    let families = FamilyPass(session: self, shared: shared)
    let derived = try families.run(
      changed: changed, deferred: outcome.deferred, vanished: vanished)
    outcome.problems += derived.problems
    report.unitsCommitted = outcome.committedUnits + derived.committedUnits
    report.bytesRead += derived.bytes
    report.unfinished = outcome.unfinished + derived.unfinished
    report.problems += outcome.problems
    try link()
    try reconcile(expected: outcome.read + derived.read, into: &report)
  }

  /// The workers are done: what follows is the engine's own work.
  private func lendThreadsToEngine() throws(CatchmentError) {
    try check { () throws(DuckDBError) in
      try connection.execute("SET threads = \(importer.options.threads)")
    }
  }

  private func link() throws(CatchmentError) {
    try check { () throws(DuckDBError) in try Linker(connection: connection).link() }
  }

  private func loadKnownKeys(into keys: KeySet) throws(CatchmentError) {
    try check { () throws(DuckDBError) in
      let result = try connection.stream("SELECT identity FROM catchment.identities")
      while let chunk = try result.next() {
        let column = chunk.column(0)
        keys.insert((0..<chunk.rowCount).lazy.map { column.uint64(at: $0) })
      }
    }
  }

  private func runWorkers(_ shared: ImportShared) async throws(CatchmentError) {
    let threads = importer.options.threads
    do {
      try await withThrowingTaskGroup { group in
        for _ in 0..<threads {
          group.addTask { @concurrent in try LoadWorker(shared).run() }
        }
        try await group.waitForAll()
      }
    } catch let error as CatchmentError {
      try check { () throws(DuckDBError) in
        try Runs.end(run, status: "failed", counts: nil, units: 0, bytes: 0, connection)
      }
      throw error
    } catch {
      throw CatchmentError(.failed, "a worker failed", cause: "\(error)")
    }
  }

  // MARK: Adding up

  /// Counts what is committed and compares it with what was read.
  private func reconcile(
    expected: Int, into report: inout ImportReport
  ) throws(CatchmentError) {
    report.records = try check { () throws(DuckDBError) in
      try Runs.counts(of: run, connection)
    }
    report.records.read = expected
    guard report.records.isConserved else {
      throw CatchmentError(
        .failed,
        "the run does not add up: \(expected) records were read, and the tables account for "
          + "\(report.records.loaded + report.records.updated + report.records.duplicate + report.records.filtered + report.records.deadLettered)",
        hint: "roll it back with `catchment rollback \(run.id.text)` and report this")
    }
    let status: ImportReport.Status =
      report.records.deadLettered > 0 || !report.problems.isEmpty ? .partial : .done
    report.status = status
    let (counts, units, bytes) = (report.records, report.unitsCommitted, report.bytesRead)
    try check { () throws(DuckDBError) in
      try Runs.end(
        run, status: status.rawValue, counts: counts, units: units, bytes: bytes, connection)
    }
    var ended = Run(
      id: run.id.text, pipeline: importer.source.name, kind: "import", status: status, token: 0,
      started: run.startedAt)
    ended.ended = Clock.now()
    try journal.finish(ended)
    report.issues = try check { () throws(DuckDBError) in try Runs.issues(of: run, connection) }
  }

  private func summarize(into report: inout ImportReport) throws(CatchmentError) {
    let platform = try check { () throws(DuckDBError) in
      try Runs.platform(importer.source.name, connection)
    }
    report.platforms[importer.source.name] = platform
  }

  /// Runs `body`, telling the engine's errors as the warehouse's.
  func check<R>(_ body: () throws(DuckDBError) -> R) throws(CatchmentError) -> R {
    do throws(DuckDBError) { return try body() } catch {
      throw .warehouse(error, warehouse.path)
    }
  }
}
