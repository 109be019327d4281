internal import Catchment
internal import DuckDB
internal import Logging

/// One import with the warehouse open: plans, loads what is new, derives again what changed, and
/// checks that everything adds up.
struct ImportSession {
  let importer: Importer
  let warehouse: Warehouse
  let connection: Connection
  let run: RunInfo
  let rawStore: RawStore
  let journal: RunJournal
  let meter: RunMeter
  let logger: Logger
  /// The machine of the home.
  let own: Machine

  init(
    importer: Importer, warehouse: Warehouse, runID: RunID, startedAt: Int64,
    meter: RunMeter = .init()
  ) throws(CatchmentError) {
    self.importer = importer
    self.warehouse = warehouse
    connection = try warehouse.connect()
    rawStore = RawStore(path: importer.home.raw)
    own = try Machine.own(of: importer.home)
    journal = RunJournal(
      path: importer.home.state, pipeline: Importer.pipeline, warehouse, connection)
    let connection = self.connection
    let number = try warehouse.check { () throws(DuckDBError) in
      try Runs.nextNumber(connection)
    }
    self.meter = meter
    var logger = importer.logger
    logger[metadataKey: "run_id"] = "\(runID.text)"
    self.logger = logger
    run = RunInfo(id: runID, number: number, startedAt: startedAt, stages: meter.stages)
  }

  /// - Parameter stated: files whose source is known beforehand, by path.
  func run(
    _ roots: [String], stated: [String: String] = [:]
  ) async throws(CatchmentError) -> ImportReport {
    let began = meter.seconds
    let machine = try importer.machine(beside: own)
    let markers = try check { () throws(DuckDBError) in
      try warehouse.markers(connection) { $0.machine == machine }
    }
    var known = Dictionary(markers.values.lazy.map { ($0.path, $0.source) }) { first, _ in first }
    known.merge(stated) { known, _ in known }
    var discovery = await Discoverer(importer.sources.all).discover(
      roots, known: known, threads: importer.options.threads)
    discovery.place(on: machine)
    let plan = ImportPlan(
      discovery, markers: markers, roots: roots.compactMap(FileWalk.absolute))
    discovery.units = []
    var report = ImportReport(runID: run.id.text, status: .done)
    report.unitsPlanned = plan.planned
    report.unitsSkipped = plan.unchanged
    report.unitsVanished = plan.vanished.count
    report.unrecognised = discovery.unrecognised.count
    report.notes = try journal.reconcile()
    report.problems = discovery.problems
    meter.stages.add(meter.seconds - began, to: .plan)
    note(plan, discovery)
    let isUnfinished = try check { () throws(DuckDBError) in
      try Runs.isUnfinished(connection)
    }
    let isSettled = try unsettled(markers).isEmpty
    if !plan.isEmpty || isUnfinished || !isSettled {
      try await load(consume plan, markers, discovery.copyHints, into: &report)
    }
    try summarize(into: &report)
    return report
  }

  private func load(
    _ plan: consuming ImportPlan, _ markers: [UUIDBytes: ImportPlan.Marker],
    _ hints: [UUIDBytes: UInt64], into report: inout ImportReport
  ) async throws(CatchmentError) {
    for name in importer.sources.names {
      try Segments(rawStore: rawStore, source: name, connection: connection).settle()
    }
    try Artifacts(home: importer.home).sweep()
    var plan = plan
    let run = try begin("import", plan.units(markers))
    report.bytesRead = plan.new.reduce(0) { $0 + $1.fingerprint.size }
    importer.progress.enter(.reading)
    importer.progress.expect(
      bytes: plan.changed.reduce(report.bytesRead) { $0 + $1.unit.fingerprint.size },
      units: plan.new.count + plan.changed.count)
    try await concluding(run, into: &report) { (report) throws(CatchmentError) in
      for source in importer.sources.ranked {
        var part = plan.takePart(of: source.name, markers)
        let unsettled = try unsettled(markers)[source.name] ?? []
        guard !part.isEmpty || !unsettled.isEmpty else { continue }
        let shared = ImportShared(
          warehouse: warehouse, rawStore: rawStore, source: source, run: run,
          spill: importer.home.spill, machine: try importer.machine(beside: own),
          groups: CopyGroups(hints: hints).groups(of: part.takeNew()),
          origin: .source, importer: importer)
        try await derive(
          shared, changed: part.changed, vanished: part.vanished, unsettled: unsettled,
          into: &report)
      }
    }
  }

  /// What of each copy is to be derived again because of what other sources have now.
  private func unsettled(
    _ markers: [UUIDBytes: ImportPlan.Marker]
  ) throws(CatchmentError) -> [String: [UUIDBytes]] {
    var found: [String: [UUIDBytes]] = [:]
    for source in importer.sources.copies
    where markers.values.contains(where: { $0.source == source.name }) {
      let units = try check { () throws(DuckDBError) in
        try CopyPrecedence(connection, copies: importer.sources.copies).unsettled(of: source)
      }
      if !units.isEmpty { found[source.name] = units }
    }
    return found
  }

  /// Makes the tables anew from what the raw store has.
  func rebuild() async throws(CatchmentError) -> ImportReport {
    var report = ImportReport(runID: run.id.text, status: .done)
    var kept: [(source: any Source, units: [RawUnits.Kept])] = []
    for source in importer.sources.ranked {
      kept.append(
        (
          source,
          try RawUnits(rawStore: rawStore, source: source.name, connection: connection).all()
        ))
    }
    let all = kept.flatMap(\.units)
    let run = try begin("rebuild", all.map { PlannedUnit($0.unit, .new) })
    report.unitsPlanned = all.count
    report.bytesRead = all.reduce(0) { $0 + $1.unit.fingerprint.size }
    importer.progress.enter(.reading)
    importer.progress.expect(bytes: report.bytesRead, units: all.count)
    try await concluding(run, into: &report) { (report) throws(CatchmentError) in
      for (source, units) in kept where !units.isEmpty {
        let shared = ImportShared(
          warehouse: warehouse, rawStore: rawStore, source: source, run: run,
          spill: importer.home.spill, groups: [], batches: RawBatch.covering(units),
          origin: .rawStore(units), importer: importer)
        try await derive(shared, changed: [], vanished: [], into: &report)
      }
    }
    try registerSegments(all)
    try journal.settle()
    try summarize(into: &report)
    return report
  }

  /// Derives, then links and adds up; a run that something ends is listed with what it committed.
  func concluding(
    _ run: RunInfo, into report: inout ImportReport,
    _ derive: (inout ImportReport) async throws(CatchmentError) -> Void
  ) async throws(CatchmentError) {
    do throws(CatchmentError) {
      try await derive(&report)
      try lendThreadsToEngine()
      importer.progress.enter(.linking)
      try meter.stages.measure(.link) { () throws(CatchmentError) in try link() }
      report.duplicates = try meter.stages.measure(.link) { () throws(CatchmentError) in
        // A vector of 2,048 contents is unpacked at once, by each thread.
        try lend(threads: 1, .alone)
        let found = try findDuplicates(run)
        try lendThreadsToEngine()
        return found
      }
      note(.link)
      importer.progress.enter(.addingUp)
      try reconcile(run, into: &report)
    } catch {
      noteEnd(by: error)
      throw error
    }
  }

  /// Lists the run with what it committed before something ended it.
  func noteEnd(by error: CatchmentError) {
    // A warehouse that cannot be written refuses this too, and the next run calls this one killed;
    // what went wrong first is what the caller must hear.
    let isStopped = error.code == .interrupted
    do throws(DuckDBError) {
      try Runs.endEarly(status: isStopped ? .interrupted : .failed, connection)
      try Runs.audit(
        operation: run.kind, status: isStopped ? "warning" : "error",
        message: "run \(run.id.text) \(error.code)",
        duration: meter.seconds, connection)
    } catch {}
    logger.failure("run ended early", error)
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
    var run = try journal.begin(run, kind, units)
    run.kind = kind
    let begun = run
    try connection.atomically(under: begun.lease, warehouse.path) { () throws(DuckDBError) in
      try Runs.begin(begun, connection)
    }
    logger.info("run began", metadata: ["command": "\(kind)", "units": .number(units.count)])
    return begun
  }

  func derive(
    _ shared: ImportShared, changed: [(unit: Unit, cursor: Cursor)], vanished: [UUIDBytes],
    unsettled: [UUIDBytes] = [], into report: inout ImportReport
  ) async throws(CatchmentError) {
    if shared.hasWork {
      try giveThreadsToWorkers()
      try loadKnownKeys(into: shared.keys)
      try await runWorkers(shared)
    }
    try lendThreadsToEngine()
    var outcome = shared.collected()
    let families = FamilyPass(session: self, shared: shared)
    let derived = try families.run(
      changed: changed, deferred: outcome.deferred, vanished: vanished, unsettled: unsettled)
    outcome.problems += derived.problems
    report.unitsCommitted += outcome.committedUnits + derived.committedUnits
    report.bytesRead += derived.bytes
    report.unfinished += outcome.unfinished + derived.unfinished
    report.problems += outcome.problems
    report.records.read += outcome.read + derived.read
    note(shared.source.name, outcome, derived)
  }

  private func giveThreadsToWorkers() throws(CatchmentError) {
    try lend(threads: 1, .besideWorkers)
  }

  /// The workers are done: what follows is the engine's own work.
  func lendThreadsToEngine() throws(CatchmentError) {
    try lend(threads: importer.options.threads, .forFamilies)
  }

  /// Lets the engine work with so many threads and such a share of the memory.
  func lend(threads: Int, _ share: Importer.EngineShare) throws(CatchmentError) {
    let memory = share.of(importer.options.memory)
    try check { () throws(DuckDBError) in
      try connection.execute("SET threads = \(threads)")
      try warehouse.room.lend(memory, connection)
    }
  }

  private func link() throws(CatchmentError) {
    try check { () throws(DuckDBError) in
      try Linker(connection: connection, sources: importer.sources).link()
    }
  }

  /// Conversations with different ids that hold the same talk.
  private func findDuplicates(_ run: RunInfo) throws(CatchmentError) -> DuplicateSummary {
    let policy = importer.options.duplicates
    return try connection.atomically(under: run.lease, warehouse.path) {
      () throws(DuckDBError) in
      let verdict = try Deduplicator(connection: connection).decide(policy, run: run.number)
      note(verdict)
      return try DuplicateSummary.of(run.number, connection)
    }
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
    _ run: RunInfo, into report: inout ImportReport
  ) throws(CatchmentError) {
    let expected = report.records.read
    let began = meter.seconds
    report.records = try check { () throws(DuckDBError) in
      try Runs.counts(of: run, connection)
    }
    report.records.read = expected
    guard report.records.isConserved else { throw .notConserved(report.records, run: run.id) }
    let extent = try check { () throws(DuckDBError) in try Runs.extent(of: run, connection) }
    meter.stages.add(meter.seconds - began, to: .reconcile)
    let status: ImportReport.Status =
      report.records.deadLettered > 0 || !report.problems.isEmpty
        || report.duplicates.conflicts > 0 ? .partial : .done
    report.status = status
    var metrics = meter.metrics(
      of: report.records, extent: extent, units: report.unitsCommitted, bytes: report.bytesRead)
    RunMeter.measureRaw(rawStore.path, &metrics)
    RunMeter.measureWarehouse(warehouse.path, &metrics)
    report.metrics = metrics
    let final = metrics
    try check { () throws(DuckDBError) in
      try Runs.end(run, status: status, final, connection)
    }
    var ended = Run(
      id: run.id.text, pipeline: Importer.pipeline, kind: run.kind, status: status, token: 0,
      started: run.startedAt)
    ended.ended = Clock.now()
    try journal.finish(ended)
    report.issues = try check { () throws(DuckDBError) in try Runs.issues(of: run, connection) }
    report.deadLetters = try check { () throws(DuckDBError) in
      try Runs.deadLetters(of: run, limit: ImportReport.deadLetterLimit, connection)
    }
    try note(run, report)
  }

  private func summarize(into report: inout ImportReport) throws(CatchmentError) {
    try summarize(into: &report.platforms)
  }

  /// What each platform has in the tables now.
  func summarize(
    into platforms: inout [String: ImportReport.Platform]
  ) throws(CatchmentError) {
    for name in importer.sources.names {
      let platform = try check { () throws(DuckDBError) in try Runs.platform(name, connection) }
      if platform.conversations > 0 || importer.sources.all.count == 1 {
        platforms[name] = platform
      }
    }
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
    return .unaccounted(
      "the run does not add up: \(counts.read) records were read, and the tables account for "
        + "\(accounted)",
      hint: "roll it back with `catchment rollback \(run.text)` and report this")
  }
}
