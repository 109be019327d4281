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

  init(
    importer: Importer, warehouse: Warehouse, runID: RunID, startedAt: Int64
  ) throws(CatchmentError) {
    self.importer = importer
    self.warehouse = warehouse
    connection = try warehouse.connect()
    rawStore = RawStore(path: importer.home.raw)
    let connection = self.connection
    let number = try warehouse.check { () throws(DuckDBError) in
      try Runs.nextNumber(connection)
    }
    run = RunInfo(id: runID, number: number, startedAt: startedAt)
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
    report.problems = discovery.problems
    let isUnfinished = try check { () throws(DuckDBError) in
      try Runs.isUnfinished(connection)
    }
    if !plan.isEmpty || isUnfinished {
      try await load(plan, into: &report)
    }
    try summarize(into: &report)
    return report
  }

  private func load(
    _ plan: ImportPlan, into report: inout ImportReport
  ) async throws(CatchmentError) {
    try Segments(rawStore: rawStore, source: importer.source.name, connection: connection)
      .settle()
    try check { () throws(DuckDBError) in try Runs.begin(run, "import", connection) }
    report.bytesRead = plan.new.reduce(0) { $0 + $1.fingerprint.size }
    importer.progress.enter(.reading)
    importer.progress.expect(
      bytes: plan.changed.reduce(report.bytesRead) { $0 + $1.unit.fingerprint.size },
      units: plan.new.count + plan.changed.count)
    let shared = ImportShared(
      warehouse: warehouse, rawStore: rawStore, source: importer.source, run: run,
      spill: importer.home.spill, groups: CopyGroups(source: importer.source).groups(of: plan.new),
      origin: .source, importer: importer)
    do throws(CatchmentError) {
      try await derive(shared, changed: plan.changed, vanished: plan.vanished, into: &report)
    } catch {
      noteEnd(by: error)
      throw error
    }
  }

  /// Lists the run with what it committed before something ended it.
  func noteEnd(by error: CatchmentError) {
    // A warehouse that cannot be written refuses this too, and the next run calls this one killed;
    // what went wrong first is what the caller must hear.
    do throws(DuckDBError) {
      try Runs.endEarly(
        status: error.code == .interrupted ? "interrupted" : "failed", connection)
    } catch {}
  }

  /// Makes the tables anew from what the raw store has.
  func rebuild() async throws(CatchmentError) -> ImportReport {
    var report = ImportReport(runID: run.id.text, status: .done)
    try check { () throws(DuckDBError) in try Runs.begin(run, "rebuild", connection) }
    let kept = try RawUnits(
      rawStore: rawStore, source: importer.source.name, connection: connection
    ).all()
    report.unitsPlanned = kept.count
    report.bytesRead = kept.reduce(0) { $0 + $1.unit.fingerprint.size }
    importer.progress.enter(.reading)
    importer.progress.expect(bytes: report.bytesRead, units: kept.count)
    let shared = ImportShared(
      warehouse: warehouse, rawStore: rawStore, source: importer.source, run: run,
      spill: importer.home.spill, groups: [], batches: RawBatch.covering(kept),
      origin: .rawStore(kept), importer: importer)
    try await derive(shared, changed: [], vanished: [], into: &report)
    try registerSegments(kept)
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
    importer.progress.enter(.linking)
    try link()
    importer.progress.enter(.addingUp)
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
    guard report.records.isConserved else { throw .notConserved(report.records, run: run.id) }
    let status: ImportReport.Status =
      report.records.deadLettered > 0 || !report.problems.isEmpty ? .partial : .done
    report.status = status
    let (counts, units, bytes) = (report.records, report.unitsCommitted, report.bytesRead)
    try check { () throws(DuckDBError) in
      try Runs.end(
        run, status: status.rawValue, counts: counts, units: units, bytes: bytes, connection)
    }
    report.issues = try check { () throws(DuckDBError) in try Runs.issues(of: run, connection) }
    report.deadLetters = try check { () throws(DuckDBError) in
      try Runs.deadLetters(of: run, limit: ImportReport.deadLetterLimit, connection)
    }
  }

  private func summarize(into report: inout ImportReport) throws(CatchmentError) {
    let platform = try check { () throws(DuckDBError) in
      try Runs.platform(importer.source.name, connection)
    }
    report.platforms[importer.source.name] = platform
  }

  /// Runs `body`, telling the engine's errors as the warehouse's.
  func check<R>(_ body: () throws(DuckDBError) -> R) throws(CatchmentError) -> R {
    try warehouse.check(body)
  }
}

extension CatchmentError {
  /// The promise of conservation is broken.
  static func notConserved(_ counts: RecordCounts, run: RunID) -> CatchmentError {
    let accounted = RecordOutcome.allCases.reduce(0) { $0 + counts[$1] }
    return CatchmentError(
      .failed,
      "the run does not add up: \(counts.read) records were read, and the tables account for "
        + "\(accounted)",
      hint: "roll it back with `catchment rollback \(run.text)` and report this")
  }
}
