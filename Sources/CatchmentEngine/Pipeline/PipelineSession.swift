internal import Catchment
internal import DuckDB
internal import Logging

/// One run of a pipeline with everything open.
struct PipelineSession {
  let pipeline: Pipeline.Complete
  let home: Home
  let bench: Workbench
  let destination: any DestinationSession
  let journal: RunJournal
  /// What the process may hold, in bytes, and how many units may share a transaction.
  let memory: Int
  let batchSize: Int
  /// Whether every unit is read again, as if none had been loaded.
  var isFullRefresh = false
  /// Where it tells how far it is.
  var progress = RunProgress()
  /// Where it tells what it takes, and what was committed when it fails.
  var recorder = AttemptRecorder(.silent, "", number: 1)
  private var steps: PipelineSteps { PipelineSteps(pipeline: pipeline, bench: bench) }

  func run() async throws(CatchmentError) -> PipelineReport {
    let startedAt = Clock.now()
    var report = PipelineReport(
      run: Run(
        id: RunID.make(now: startedAt).text, pipeline: pipeline.name, status: .done, token: 0,
        started: startedAt),
      steps: pipeline.transforms.map(\.name))
    recorder.note(report)
    let (units, committed) = try recorder.measure(.plan) { () throws(CatchmentError) in
      try plan(&report)
    }
    recorder.note(report)
    guard !units.isEmpty else {
      if !report.problems.isEmpty { report.run.status = .partial }
      return report
    }
    progress.expect(
      bytes: units.reduce(0) { $0 + $1.unit.fingerprint.size }, units: units.count)
    let lease = try begin(&report.run, units)
    progress.note(report.run)
    do throws(CatchmentError) {
      let fetched = try await fetch(units.map(\.unit), committed, &report)
      try load(units.map(\.unit), fetched, committed, under: lease, into: &report)
      try recorder.measure(.reconcile) { () throws(CatchmentError) in try finish(&report) }
    } catch {
      recorder.note(report)
      try noteFailure(report.run)
      throw error
    }
    return report
  }

  private func plan(
    _ report: inout PipelineReport
  ) throws(CatchmentError) -> ([PipelineSteps.Planned], [UUIDBytes: CommittedUnit]) {
    report.notes = try journal.reconcile()
    progress.enter(.planning)
    let discovery = try pipeline.units()
    report.problems = discovery.problems
    let committed = try destination.committedUnits()
    let units = steps.plan(discovery, committed, all: isFullRefresh)
    report.unitsPlanned = discovery.units.count
    report.unitsSkipped = discovery.units.count - units.count
    return (units, committed)
  }

  private func begin(_ run: inout Run, _ units: [PipelineSteps.Planned]) throws(CatchmentError)
    -> Lease
  {
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

  /// A table that is replaced needs units again that are as they were: those are kept already.
  private func fetch(
    _ units: [Unit], _ committed: [UUIDBytes: CommittedUnit], _ report: inout PipelineReport
  ) async throws(CatchmentError) -> FetchStage? {
    guard var stage = FetchStage(pipeline.source, into: home.downloads) else { return nil }
    progress.enter(.fetching)
    let wanted = units.filter { kept($0, committed) == nil }
    try await recorder.measure(.fetch) { () async throws(CatchmentError) in
      try await stage.run(wanted)
    }
    report.bytesFetched = stage.received
    return stage
  }

  /// What the raw store has of a unit on a server that is as it was when it was loaded.
  private func kept(
    _ unit: Unit, _ committed: [UUIDBytes: CommittedUnit]
  ) -> Artifacts.Artifact? {
    guard !isFullRefresh, let marker = committed[unit.id],
      marker.unit.fingerprint == unit.fingerprint
    else { return nil }
    return Artifacts(home: home).find(marker.sha256)
  }

  /// With a gate or a limit of rejects nothing is committed before every unit is ready, since the
  /// last may be the one that does not pass.
  private func load(
    _ units: [Unit], _ fetched: FetchStage?, _ committed: [UUIDBytes: CommittedUnit],
    under lease: Lease, into report: inout PipelineReport
  ) throws(CatchmentError) {
    let isSnapshot = pipeline.destination.mode.isSnapshot
    // Of several, all would have to be kept before the first is read.
    let isAlone =
      pipeline.destination.mode == .replace && units.count == 1
      && Set(committed.keys) == Set(units.map(\.id))
    let isGated = pipeline.maxRejects != nil || pipeline.transforms.contains(where: \.isGate)
    var waiting: [PipelineSteps.Read] = []
    var empty: [CommittedUnit] = []
    var ready = SharedCommit(most: batchSize, memory: memory)
    let mark = bench.made
    for unit in units {
      report.commitLatency.begin()
      progress.enter(.reading)
      defer { progress.add(bytes: unit.fingerprint.size, units: 1) }
      guard !Task.isCancelled else { throw CatchmentError(.interrupted, "interrupted") }
      let last = isFullRefresh || isSnapshot ? nil : committed[unit.id]
      let isRead = isFullRefresh || pipeline.cursor?.since != nil || (isSnapshot && !isAlone)
      let known = isRead ? nil : committed[unit.id]
      guard
        let artifact = try recorder.measure(
          .extract,
          { () throws(CatchmentError) in
            try keep(unit, fetched, committed, unless: known?.sha256, since: last, &report)
          })
      else {
        continue
      }
      if var marker = known, marker.sha256 == artifact.sha256 {
        // Only touched: the marker learns the new time.
        marker.unit = unit
        try artifact.forget()
        ready.add(Batch(rows: nil, units: [marker]))
      } else if artifact.size == 0, pipeline.source.findsColumns {
        report.notes.append("\(unit.path) is empty: it has neither rows nor columns")
        empty.append(CommittedUnit(unit, sha256: artifact.sha256, records: 0, run: report.run.id))
      } else if units.count == 1 || !(isSnapshot || ready.isShared(artifact.size)),
        try pass(unit, artifact, lease, &report)
      {
        if isSnapshot { return }
      } else {
        waiting.append(try read(unit, artifact, since: last, &report))
        if isSnapshot { continue }
        ready.add(try transform(waiting, &report), of: artifact.size)
        waiting = []
      }
      if !isGated, ready.isFull {
        try commit(&ready, under: lease, &report)
        try bench.release(after: mark)
      }
    }
    // The one that replaces the table may be as it was.
    if isSnapshot, !isAlone || !waiting.isEmpty || !empty.isEmpty {
      for batch in try snapshot(of: waiting, isAll: empty.isEmpty, &report) { ready.add(batch) }
    }
    if !empty.isEmpty { ready.add(Batch(rows: nil, units: empty)) }
    try recorder.measure(.transform) { () throws(CatchmentError) in
      try steps.checkRejects(report)
    }
    try commit(&ready, under: lease, &report)
  }

  /// All units' rows as one batch; it is whole when every record of every unit is among them.
  private func snapshot(
    of reads: [PipelineSteps.Read], isAll: Bool, _ report: inout PipelineReport
  ) throws(CatchmentError) -> [Batch] {
    // Of a table that is replaced, that there is nothing to replace it by is an error.
    guard !reads.isEmpty || pipeline.destination.mode == .replace else { return [] }
    var batch = try transform(reads, &report)
    batch.isWhole = isAll && report.run.records.deadLettered == 0 && report.problems.isEmpty
    if !batch.isWhole, pipeline.destination.mode != .replace {
      report.notes.append(
        "rows whose key is no longer in the source were not looked for: what could not be read or "
          + "taken may hold it")
    }
    return [batch]
  }

  private func read(
    _ unit: Unit, _ artifact: Artifacts.Artifact, since last: CommittedUnit?,
    _ report: inout PipelineReport
  ) throws(CatchmentError) -> PipelineSteps.Read {
    try recorder.measure(.extract) { () throws(CatchmentError) in
      try steps.read(unit, artifact, since: last, &report)
    }
  }

  private func transform(
    _ reads: [PipelineSteps.Read], _ report: inout PipelineReport
  ) throws(CatchmentError) -> Batch {
    try recorder.measure(.transform) { () throws(CatchmentError) in
      try steps.transform(reads, &report)
    }
  }

  /// Loads a unit while it is read, when nothing else needs its rows; false when that cannot be done.
  ///
  /// What stands against it is found out on the way, as is anything wrong with the file: nothing was
  /// committed then, and the way by which rows are held first says exactly what it is.
  private func pass(
    _ unit: Unit, _ artifact: Artifacts.Artifact, _ lease: Lease, _ report: inout PipelineReport
  ) throws(CatchmentError) -> Bool {
    guard steps.areNone, pipeline.source.passesRows, try destination.readsOnce() else {
      return false
    }
    let mark = bench.made
    var isCommitting = false
    do throws(CatchmentError) {
      guard let batch = try steps.passing(unit, artifact, report.run), let rows = batch.rows,
        let passage = bench.passage(of: rows)
      else { return false }
      let interrupter = bench.connection.interrupter
      progress.follow(bytes: unit.fingerprint.size) { (interrupter.progress ?? 0) / 100 }
      try load([batch], under: lease, &report) { isCommitting = true }
      let letters = try passage.deadLetters(in: bench)
      report.add(letters, of: unit)
      report.run.records.read += passage.rows + letters.count
      report.run.records.deadLettered += letters.count
      report.run.bytesRead += artifact.size
      try artifact.forget()
      try bench.release(after: mark)
      return true
    } catch  where !isCommitting && error.code != .interrupted {
      let reason = (error.cause ?? error.message).prefix { !$0.isNewline }
      report.notes.append("\(unit.path) was read before it was loaded, not on the way: \(reason)")
      try bench.release(after: mark)
      return false
    }
  }

  /// A file that cannot be read is left for the next run, unless the table would lack its rows.
  ///
  /// - Parameters:
  ///   - known: what it hashed to, when the same need not be loaded again.
  ///   - last: its marker, behind which its cursor goes on.
  private func keep(
    _ unit: Unit, _ fetched: FetchStage?, _ committed: [UUIDBytes: CommittedUnit],
    unless known: String?, since last: CommittedUnit?, _ report: inout PipelineReport
  ) throws(CatchmentError) -> Artifacts.Artifact? {
    let artifacts = Artifacts(home: home)
    if let source = pipeline.source as? any SnapshotSource {
      return try keep(
        unit, of: source, unless: known, since: steps.bound(after: last), in: artifacts)
    }
    if unit.isStandardInput {
      recorder.noteUnrepeatable()
      return try artifacts.keepStandardInput()
    }
    do throws(CatchmentError) {
      let kept = try fetchedOrKept(unit, fetched, committed)
      return try Unpacking(of: pipeline.source, into: bench.spill)
        .unpack(unit, keptAt: kept, unless: known)
    } catch  where error.code == .sourceUnavailable && pipeline.destination.mode != .replace {
      report.problems.append(error)
      return nil
    }
  }

  /// A file's bytes in the raw store: what came of it from its server, what the store has of it, or what
  /// lies on this machine.
  private func fetchedOrKept(
    _ unit: Unit, _ fetched: FetchStage?, _ committed: [UUIDBytes: CommittedUnit]
  ) throws(CatchmentError) -> Artifacts.Artifact {
    let artifacts = Artifacts(home: home)
    if let fetched, let (file, path) = try fetched.unit(unit) {
      let artifact = try artifacts.adopt(file, at: path)
      try fetched.remove(unit)
      return artifact
    }
    if fetched != nil, let artifact = kept(unit, committed) { return artifact }
    return try artifacts.keep(
      unit.archive ?? unit.path, perhaps: unit.archive == nil ? committed[unit.id]?.sha256 : nil)
  }

  /// Rows that are those that are loaded already are not kept again: they may come in another order.
  private func keep(
    _ unit: Unit, of source: any SnapshotSource, unless known: String?, since bound: CursorBound?,
    in artifacts: Artifacts
  ) throws(CatchmentError) -> Artifacts.Artifact {
    let path = "\(bench.spill)/\(unit.id).parquet"
    var artifact = Artifacts.Artifact(
      path: path, sha256: try source.write(unit, since: bound, to: path, in: bench),
      size: 0)
    if artifact.sha256 != known {
      let kept = try artifacts.keep(path)
      (artifact.path, artifact.size) = (kept.path, kept.size)
    }
    try Directory.remove(path)
    return artifact
  }

  private func commit(
    _ ready: inout SharedCommit, under lease: Lease, _ report: inout PipelineReport
  ) throws(CatchmentError) {
    for shared in ready.take() { try load(shared, under: lease, &report) {} }
  }

  /// - Parameter willCommit: called when nothing is left but the commit, of which a failure may not tell
  ///   whether it was done.
  private func load(
    _ shared: [Batch], under lease: Lease, _ report: inout PipelineReport, willCommit: () -> Void
  ) throws(CatchmentError) {
    progress.enter(.loading)
    let counts = try recorder.measure(.load) { () throws(CatchmentError) in
      try destination.load(shared, of: report.run) { () throws(CatchmentError) in
        try lease.check(newest: destination.newestToken())
        willCommit()
      }
    }
    report.run.records.loaded += counts.loaded
    report.run.records.updated += counts.updated
    report.run.records.duplicate += counts.duplicate
    report.run.records.deleted += counts.deleted
    progress.count(rows: report.run.records.loaded + report.run.records.updated)
    report.run.unitsCommitted += shared.reduce(0) { $0 + $1.units.count }
    report.commitLatency.end()
  }

  // MARK: The end

  private func finish(_ report: inout PipelineReport) throws(CatchmentError) {
    guard report.run.isConserved else {
      throw CatchmentError.unaccounted(
        "the run does not add up: \(report.run.records)",
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
    progress.note(run)
    do throws(CatchmentError) {
      try destination.end(run)
      try journal.finish(run)
    } catch  where error.code != .damaged {
      // The next start finds a run that did not come to its end, and says so.
    }
  }
}
