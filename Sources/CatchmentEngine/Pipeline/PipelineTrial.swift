public import Catchment
internal import DuckDB
internal import FoundationEssentials

extension Pipeline.Complete {
  /// Runs everything but the loading, and leaves no trace: neither the destination nor a home is
  /// touched.
  ///
  /// All steps and gates see the rows that a run would load now. `toLoad` of the report says how many
  /// they are. Throws what such a run would throw, also when the rows do not fit the destination.
  ///
  /// - Parameter limit: how many records are read at most; nil for all.
  @concurrent
  public func tryOut(
    limit: Int? = nil, all: Bool = false, options: Importer.Options = .init()
  ) async throws(CatchmentError) -> PipelineReport {
    let began = Clock.steady()
    var report = try await PipelineTrial.with(self, options) {
      (trial) async throws(CatchmentError) in
      try await trial.run(limit, all: all)
    }
    report.seconds = Clock.steady() - began
    return report
  }

  /// Says what a run would do now, and does nothing of it: see `PipelinePlan`.
  @concurrent
  public func plan(
    options: Importer.Options = .init()
  ) async throws(CatchmentError) -> PipelinePlan {
    try await PipelineTrial.with(self, options) { (trial) async throws(CatchmentError) in
      try await trial.plan()
    }
  }
}

/// A pipeline with a workbench of its own, and nowhere to write but a folder that goes with it.
struct PipelineTrial {
  let pipeline: Pipeline.Complete
  let bench: Workbench
  let scratch: String
  var steps: PipelineSteps { PipelineSteps(pipeline: pipeline, bench: bench) }

  static func with<R>(
    _ pipeline: Pipeline.Complete, _ options: Importer.Options,
    _ body: (PipelineTrial) async throws(CatchmentError) -> R
  ) async throws(CatchmentError) -> R {
    let scratch = "\(FileManager.default.temporaryDirectory.path)/catchment-\(UUID().uuidString)"
    try Directory.create(scratch)
    defer {
      // What is left in the system's own folder for such things does no harm.
      do { try FileManager.default.removeItem(atPath: scratch) } catch {}
    }
    let bench = try Workbench(
      memory: options.memory, threads: options.threads, spill: scratch)
    return try await body(PipelineTrial(pipeline: pipeline, bench: bench, scratch: scratch))
  }

  func run(_ limit: Int?, all: Bool) async throws(CatchmentError) -> PipelineReport {
    var report = emptyReport()
    let discovery = try pipeline.units()
    report.problems = discovery.problems
    let known = try pipeline.destination.look(for: pipeline.name, in: bench).units
    let units = steps.plan(discovery, known, all: all)
    report.unitsPlanned = discovery.units.count
    report.unitsSkipped = discovery.units.count - units.count
    var toLoad = 0
    try await take(units.map(\.unit), limit, since: all ? [:] : known, &report) {
      (batch) throws(CatchmentError) in
      toLoad += try check(batch)
    }
    report.toLoad = toLoad
    try steps.checkRejects(report)
    let isWhole = report.run.records.deadLettered == 0 && report.problems.isEmpty
    report.run.status = isWhole ? .done : .partial
    report.run.ended = Clock.now()
    return report
  }

  func emptyReport() -> PipelineReport {
    let now = Clock.now()
    return PipelineReport(
      run: Run(
        id: RunID.make(now: now).text, pipeline: pipeline.name, status: .done, token: 0,
        started: now),
      steps: pipeline.transforms.map(\.name))
  }

  /// As a run does: each unit alone, or all together when the table holds a snapshot.
  func take(
    _ units: [Unit], _ limit: Int?, since known: [UUIDBytes: CommittedUnit] = [:],
    _ report: inout PipelineReport, _ body: (Batch) throws(CatchmentError) -> Void
  ) async throws(CatchmentError) {
    let isTogether = pipeline.destination.mode.isSnapshot
    var waiting: [PipelineSteps.Read] = []
    let mark = bench.made
    for unit in units {
      guard !Task.isCancelled else { throw .interrupted }
      bench.rowLimit = limit.map { $0 - report.run.records.read }
      if let left = bench.rowLimit, left <= 0 { break }
      let last = known[unit.id]
      let artifact = try await artifact(of: unit, since: steps.bound(after: last), &report)
      waiting.append(try steps.read(unit, artifact, since: last, &report))
      if isTogether { continue }
      try body(steps.transform(waiting, &report))
      try bench.release(after: mark)
      waiting = []
    }
    if !waiting.isEmpty { try body(steps.transform(waiting, &report)) }
  }

  /// How many rows there are to load; throws when the destination would refuse them.
  private func check(_ batch: Batch) throws(CatchmentError) -> Int {
    guard let rows = batch.rows else { return 0 }
    let state = try pipeline.destination.look(for: pipeline.name, loading: rows, in: bench)
    try DestinationChange(state, pipeline.destination.mode).check()
    return try bench.count(rows)
  }

  /// A unit where it lies; what is on a server, and a table's rows, come into the scratch folder first.
  func artifact(
    of unit: Unit, since bound: CursorBound?, _ report: inout PipelineReport
  ) async throws(CatchmentError) -> Artifacts.Artifact {
    guard let source = pipeline.source as? any SnapshotSource else {
      let (artifact, received) = try await pipeline.source.place(unit, in: scratch)
      report.bytesFetched += received
      return artifact
    }
    let path = "\(scratch)/\(unit.id).parquet"
    return Artifacts.Artifact(
      path: path, sha256: try source.write(unit, since: bound, to: path, in: bench), size: 0)
  }
}
