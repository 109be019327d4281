internal import Catchment
internal import DuckDB

/// One run of a pipeline with everything open.
struct PipelineSession {
  let pipeline: Pipeline.Complete
  let home: Home
  let bench: Workbench
  let destination: any DestinationSession
  let journal: RunJournal

  func run() throws(CatchmentError) -> PipelineReport {
    let startedAt = Clock.now()
    var report = PipelineReport(
      run: Run(
        id: RunID.make(now: startedAt).text, pipeline: pipeline.name, status: .done, token: 0,
        started: startedAt),
      steps: pipeline.transforms.map(\.name))
    report.notes = try journal.reconcile()
    let discovery = try pipeline.source.discover()
    report.problems = discovery.problems
    let committed = try destination.committedUnits()
    let units = plan(discovery, committed)
    report.unitsPlanned = discovery.units.count
    report.unitsSkipped = discovery.units.count - units.count
    guard !units.isEmpty else { return report }
    let lease = try begin(&report.run, units)
    do throws(CatchmentError) {
      try load(units.map(\.unit), committed, under: lease, into: &report)
      try finish(&report)
    } catch {
      try noteFailure(report.run)
      throw error
    }
    return report
  }

  // MARK: Planning

  private typealias Planned = (unit: Unit, reason: PlannedUnit.Reason)

  /// A table that is replaced needs every unit again when one of them is not as it was.
  private func plan(
    _ discovery: Discovery, _ committed: [UUIDBytes: CommittedUnit]
  ) -> [Planned] {
    let plan = ImportPlan(
      discovery, markers: committed.mapValues(ImportPlan.Marker.init), roots: [])
    guard pipeline.destination.mode == .replace else {
      return plan.new.map { ($0, .new) } + plan.changed.map { ($0.unit, .changed) }
    }
    let isComplete = Set(committed.keys).isSubset(of: discovery.units.map(\.id))
    guard !plan.isEmpty || !isComplete else { return [] }
    return discovery.units.map { ($0, committed[$0.id] == nil ? .new : .changed) }
  }

  private func begin(_ run: inout Run, _ units: [Planned]) throws(CatchmentError) -> Lease {
    let info = try journal.begin(
      RunInfo(id: RunID(text: run.id), number: 0, startedAt: run.started), "pipeline",
      units.map { PlannedUnit($0.unit, $0.reason) })
    guard let lease = info.lease else {
      throw CatchmentError(.failed, "the run began without a lease")
    }
    run.token = lease.token
    run.status = .running
    try destination.begin(run)
    return lease
  }

  // MARK: Loading

  /// A unit that has been read, and not yet transformed.
  private struct Read {
    var marker: CommittedUnit
    var extracted: Extracted
  }

  /// With a gate or a limit of rejects nothing is committed before every unit is ready, since the
  /// last may be the one that does not pass.
  private func load(
    _ units: [Unit], _ committed: [UUIDBytes: CommittedUnit], under lease: Lease,
    into report: inout PipelineReport
  ) throws(CatchmentError) {
    let isReplaced = pipeline.destination.mode == .replace
    let isGated = pipeline.maxRejects != nil || pipeline.transforms.contains(where: \.isGate)
    var waiting: [Read] = []
    var ready: [Batch] = []
    let mark = bench.made
    for unit in units {
      guard !Task.isCancelled else { throw CatchmentError(.interrupted, "interrupted") }
      guard let artifact = try keep(unit, isNeeded: isReplaced, &report) else { continue }
      if !isReplaced, var marker = committed[unit.id], marker.sha256 == artifact.sha256 {
        // Only touched: the marker learns the new time.
        marker.unit = unit
        ready.append(Batch(rows: nil, units: [marker]))
      } else {
        waiting.append(try read(unit, artifact, &report))
        if isReplaced { continue }
        ready.append(try transform(waiting, &report))
        waiting = []
      }
      if !isGated {
        try commit(&ready, under: lease, &report)
        try bench.release(after: mark)
      }
    }
    if isReplaced { ready.append(try transform(waiting, &report)) }
    try checkRejects(report)
    try commit(&ready, under: lease, &report)
  }

  /// A file that cannot be read is left for the next run, unless the table would lack its rows.
  private func keep(
    _ unit: Unit, isNeeded: Bool, _ report: inout PipelineReport
  ) throws(CatchmentError) -> Artifacts.Artifact? {
    do throws(CatchmentError) {
      return try Artifacts(home: home).keep(unit.path)
    } catch  where error.code == .sourceUnavailable && !isNeeded {
      report.problems.append(error)
      return nil
    }
  }

  private func read(
    _ unit: Unit, _ artifact: Artifacts.Artifact, _ report: inout PipelineReport
  ) throws(CatchmentError) -> Read {
    let extracted = try pipeline.source.read(unit, keptAt: artifact.path, in: bench)
    let records = try bench.count(extracted.rows) + extracted.deadLetters.count
    report.run.records.read += records
    report.run.records.deadLettered += extracted.deadLetters.count
    report.run.bytesRead += artifact.size
    return Read(
      marker: CommittedUnit(
        unit, sha256: artifact.sha256, records: records, run: report.run.id),
      extracted: extracted)
  }

  /// Takes rows through the steps, and forgets what each was given once its result is computed.
  private func transform(
    _ reads: [Read], _ report: inout PipelineReport
  ) throws(CatchmentError) -> Batch {
    let mark = bench.made
    let unit = reads.count == 1 ? reads[0].marker.unit.id : nil
    var rows = try together(reads)
    var rejects: [Rejects] = []
    for (place, transform) in pipeline.transforms.enumerated() {
      let step = try transform.apply(to: rows, in: bench)
      try check(step, of: transform)
      report.add(step, toStep: place)
      rows = step.rows
      if let refused = step.rejects {
        rejects.append(Rejects(step: transform.name, rows: refused, unit: unit))
      }
      if rows.isHeld { try bench.release(after: mark, keeping: rejects.map(\.rows) + [rows]) }
    }
    // It is read more than once from here on.
    if !rows.isDirect { rows = try bench.hold(rows) }
    let letters = reads.flatMap { read in
      read.extracted.deadLetters.map { (unit: read.marker.unit.id, letter: $0) }
    }
    return Batch(
      rows: rows, units: reads.map(\.marker), deadLetters: letters, rejects: rejects)
  }

  private func check(_ step: Transformed, of transform: any Transform) throws(CatchmentError) {
    let refused = try step.rejects.map(bench.count) ?? 0
    let passed = try bench.count(step.rows)
    guard step.counts.isConserved, passed == step.counts.passed, refused == step.counts.deadLettered
    else {
      throw CatchmentError(
        .failed, "the step \(transform.name) does not add up: \(step.counts)",
        hint: "report this: every row must be accounted for")
    }
  }

  private func checkRejects(_ report: PipelineReport) throws(CatchmentError) {
    guard let limit = pipeline.maxRejects, !limit.allows(report.run.records) else { return }
    let records = report.run.records
    let steps = report.steps.filter { $0.counts.deadLettered > 0 }
      .map { "\($0.counts.deadLettered) by \($0.name)" }
    let inReading = records.deadLettered - report.steps.reduce(0) { $0 + $1.counts.deadLettered }
    let reasons = (inReading > 0 ? ["\(inReading) in reading"] : []) + steps
    throw CatchmentError(
      .validation,
      "\(records.deadLettered) of \(records.read) records could not be taken, more than "
        + "max_rejects: \(limit); nothing was published",
      hint: "run it without max_rejects to see them among the dead letters of the destination",
      cause: "refused: \(reasons.joined(separator: ", "))")
  }

  /// The rows of several units as one relation; they must have the same columns.
  private func together(_ reads: [Read]) throws(CatchmentError) -> Relation {
    guard let first = reads.first else {
      throw CatchmentError(.sourceUnavailable, "there is nothing to replace the table by")
    }
    guard reads.count > 1 else { return first.extracted.rows }
    let names = Set(first.extracted.rows.columns.map(\.name))
    for read in reads where Set(read.extracted.rows.columns.map(\.name)) != names {
      throw CatchmentError(
        .validation,
        "\(read.marker.unit.path) has other columns than \(first.marker.unit.path)",
        hint: "load them into tables of their own")
    }
    return try bench.view(
      reads.map { "SELECT * FROM \($0.extracted.rows.sql)" }
        .joined(separator: " UNION ALL BY NAME "), of: first.extracted.rows)
  }

  private func commit(
    _ batches: inout [Batch], under lease: Lease, _ report: inout PipelineReport
  ) throws(CatchmentError) {
    for batch in batches {
      let counts = try destination.load(batch, of: report.run) { () throws(CatchmentError) in
        try lease.check(newest: destination.newestToken())
      }
      report.run.records.loaded += counts.loaded
      report.run.records.updated += counts.updated
      report.run.records.duplicate += counts.duplicate
      report.run.unitsCommitted += batch.units.count
    }
    batches = []
  }

  // MARK: The end

  private func finish(_ report: inout PipelineReport) throws(CatchmentError) {
    guard report.run.isConserved else {
      throw CatchmentError(
        .failed, "the run does not add up: \(report.run.records)",
        hint: "roll it back and report this")
    }
    let isWhole = report.run.records.deadLettered == 0 && report.problems.isEmpty
    report.run.status = isWhole ? .done : .partial
    report.run.ended = Clock.now()
    try destination.end(report.run)
    try journal.finish(report.run)
  }

  /// What went wrong first is what the caller must hear, whatever happens here.
  private func noteFailure(_ run: Run) throws(CatchmentError) {
    var run = run
    run.status = .failed
    run.ended = Clock.now()
    do throws(CatchmentError) {
      try destination.end(run)
      try journal.finish(run)
    } catch  where error.code != .damaged {
      // The next start finds a run that did not come to its end, and says so.
    }
  }
}
