internal import Catchment
internal import DuckDB

/// What a run does between reading and loading: the same whether the rows are then published or not.
struct PipelineSteps {
  let pipeline: Pipeline.Complete
  let bench: Workbench

  typealias Planned = (unit: Unit, reason: PlannedUnit.Reason)

  /// A table that holds a snapshot needs every unit again when one of them is not as it was.
  ///
  /// - Parameter all: whether every unit is to be read, whatever was loaded.
  func plan(
    _ discovery: Discovery, _ committed: [UUIDBytes: CommittedUnit], all: Bool = false
  ) -> [Planned] {
    let plan = ImportPlan(
      discovery, markers: committed.mapValues(ImportPlan.Marker.init), roots: [])
    let all = all || pipeline.cursor?.since != nil
    if !all, !pipeline.destination.mode.isSnapshot {
      return plan.new.map { ($0, .new) } + plan.changed.map { ($0.unit, .changed) }
    }
    let isComplete = Set(committed.keys).isSubset(of: discovery.units.map(\.id))
    guard all || !plan.isEmpty || !isComplete else { return [] }
    return discovery.units.map { ($0, committed[$0.id] == nil ? .new : .changed) }
  }

  /// Which rows a source need read, after the marker of the last load.
  func bound(after known: CommittedUnit?) throws(CatchmentError) -> CursorBound? {
    try pipeline.cursor?.bound(after: CursorMark(of: known))
  }

  /// A unit that has been read, and not yet transformed.
  struct Read {
    var marker: CommittedUnit
    var extracted: Extracted
  }

  /// - Parameters:
  ///   - artifact: the unit's bytes, in the raw store or where they lie.
  ///   - known: the unit's marker of the last load, when its cursor goes on from there.
  func read(
    _ unit: Unit, _ artifact: Artifacts.Artifact, since known: CommittedUnit?,
    _ report: inout PipelineReport
  ) throws(CatchmentError) -> Read {
    var extracted = try pipeline.source.read(unit, keptAt: artifact.path, in: bench)
    try artifact.forget()
    if let limit = bench.rowLimit {
      extracted.rows = try bench.view(
        "SELECT * FROM \(extracted.rows.sql) LIMIT \(limit)", of: extracted.rows)
    }
    var cursor: String?
    if let step = pipeline.cursor {
      let new = try CursorStep(
        cursor: step, mark: CursorMark(of: known),
        isAdding: pipeline.destination.mode == .append, bench: bench
      ).apply(to: extracted.rows)
      (extracted.rows, cursor) = (new.rows, try new.mark.text())
    }
    let records = try bench.count(extracted.rows) + extracted.deadLetters.count
    report.run.records.read += records
    report.run.records.deadLettered += extracted.deadLetters.count
    report.add(extracted.deadLetters, of: unit)
    report.run.bytesRead += artifact.size
    var marker = CommittedUnit(
      unit, sha256: artifact.sha256, records: records, run: report.run.id)
    marker.cursor = cursor
    return Read(marker: marker, extracted: extracted)
  }

  /// Whether nothing but the destination needs a unit's rows.
  var areNone: Bool {
    pipeline.transforms.isEmpty && pipeline.cursor == nil && pipeline.maxRejects == nil
  }

  /// A unit whose rows will be read by the destination alone, straight from the kept file.
  func passing(
    _ unit: Unit, _ artifact: Artifacts.Artifact, _ run: Run
  ) throws(CatchmentError) -> Batch? {
    bench.readsOnce = true
    defer { bench.readsOnce = false }
    let extracted = try pipeline.source.read(unit, keptAt: artifact.path, in: bench)
    guard extracted.rows.isPassing else { return nil }
    let marker = CommittedUnit(unit, sha256: artifact.sha256, records: 0, run: run.id)
    return Batch(rows: extracted.rows, units: [marker])
  }

  /// Takes rows through the steps, and forgets what each was given once its result is computed.
  func transform(
    _ reads: [Read], _ report: inout PipelineReport
  ) throws(CatchmentError) -> Batch {
    let mark = bench.made
    let unit = reads.count == 1 ? reads[0].marker.unit : nil
    var rows = try together(reads)
    var rejects: [Rejects] = []
    for (place, transform) in pipeline.transforms.enumerated() {
      let step = try transform.apply(to: rows, in: bench)
      try check(step, of: transform)
      report.add(step, toStep: place)
      rows = step.rows
      if let refused = step.rejects {
        let rejected = Rejects(step: transform.name, rows: refused, unit: unit?.id)
        try report.add(rejected, of: unit, in: bench)
        rejects.append(rejected)
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
      throw CatchmentError.unaccounted(
        "the step \(transform.name) does not add up: \(step.counts)",
        hint: "report this: every row must be accounted for")
    }
  }

  func checkRejects(_ report: PipelineReport) throws(CatchmentError) {
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
}
