internal import Catchment
internal import DuckDB

/// A merge with the warehouse open.
struct MergeSession {
  static let kind = "merge"

  let session: ImportSession
  /// What the others' own machine is called, when the user says it.
  let machine: String?

  private var rawStore: RawStore { session.rawStore }
  private var connection: Connection { session.connection }
  private var sources: SourceSet { session.importer.sources }

  func run(_ others: [Home]) async throws(CatchmentError) -> MergeReport {
    var report = MergeReport(runID: session.run.id.text)
    report.notes = try session.journal.reconcile()
    for name in sources.names {
      try Segments(rawStore: rawStore, source: name, connection: connection).settle()
    }
    session.importer.progress.enter(.reading)
    var taken: [String] = []
    for other in others { taken += try take(other, after: taken, into: &report) }
    let pending = try PendingUnits(session: session, beside: taken).all()
    // A run that was ended may have derived everything and not linked it yet.
    let isUnfinished = try session.check { () throws(DuckDBError) in
      try Runs.isUnfinished(connection)
    }
    if pending.records > 0 || isUnfinished { try await derive(pending, taken, into: &report) }
    try session.summarize(into: &report.platforms)
    return report
  }

  // MARK: The raw records

  /// Copies what this home lacks of another; the result is the files that hold it now.
  ///
  /// They belong to no run yet: should this one be killed, the next sets them aside.
  private func take(
    _ other: Home, after taken: [String], into report: inout MergeReport
  ) throws(CatchmentError) -> [String] {
    let theirs = try OtherHome(other, named: machine)
    var found = MergeReport.Other(path: other.path, machine: theirs.machine.name)
    found.machine = theirs.machine.name(in: session.own) ?? session.own.name
    found.artifacts = try Artifacts(home: session.importer.home).take(from: other)
    var files: [String] = []
    for source in sources.names {
      for (machine, segments) in try theirs.segments(source: source, in: session.own) {
        let takeover = RawTakeover(
          session: session, source: source, machine: machine,
          number: taken.count + files.count)
        let outcome = try takeover.take(segments, beside: taken + files)
        found.records += outcome.records
        found.known += outcome.known
        found.bytes += outcome.bytes
        files += outcome.files
      }
    }
    report.homes.append(found)
    return files
  }

  // MARK: The rows

  private func derive(
    _ pending: PendingUnits.Found, _ taken: [String], into report: inout MergeReport
  ) async throws(CatchmentError) {
    let run = try session.begin(
      Self.kind,
      pending.new.map { PlannedUnit($0.unit, .new) }
        + pending.changed.map { PlannedUnit($0.unit, .changed) })
    try register(taken + pending.left, run)
    var outcome = ImportReport(runID: run.id.text, status: .done)
    outcome.bytesRead = report.homes.reduce(0) { $0 + $1.bytes }
    session.importer.progress.expect(
      bytes: pending.all.reduce(0) { $0 + $1.unit.fingerprint.size }, units: pending.all.count)
    try await session.concluding(run, into: &outcome) { (outcome) throws(CatchmentError) in
      for source in sources.ranked {
        try await derive(pending.of(source.name), of: source, run, into: &outcome)
      }
      outcome.records.read = pending.records
    }
    report.records = outcome.records
    report.status = outcome.status
    report.unitsCommitted = outcome.unitsCommitted
  }

  /// New units are loaded like those of a rebuild; units that have more records now are derived again
  /// with their families.
  private func derive(
    _ pending: PendingUnits.Found, of source: any Source, _ run: RunInfo,
    into outcome: inout ImportReport
  ) async throws(CatchmentError) {
    guard !pending.all.isEmpty else { return }
    let shared = ImportShared(
      warehouse: session.warehouse, rawStore: rawStore, source: source, run: run,
      spill: session.importer.home.spill, groups: [], batches: RawBatch.covering(pending.new),
      origin: .rawStore(pending.all), importer: session.importer)
    shared.note { outcome in
      outcome.deferred += pending.changed.map { ImportShared.Deferred(unit: $0.unit) }
    }
    try await session.derive(shared, changed: [], vanished: [], into: &outcome)
  }

  /// Notes that the tables rest on these files, before any row does.
  ///
  /// The note in the undo log makes a run that completes what a killed one took over depend on it: the
  /// files go with the run that they are registered for.
  private func register(_ paths: [String], _ run: RunInfo) throws(CatchmentError) {
    let registered = Set(
      try session.check { () throws(DuckDBError) in try Segments.registered(connection) }.keys)
    try connection.atomically(under: run.lease, session.warehouse.path) { () throws(DuckDBError) in
      for path in paths {
        let name = Segments.name(path)
        if !registered.contains(name) {
          try Segments.register(path: path, run: run.number, connection)
        }
        _ = try connection.query(
          "INSERT INTO catchment.undo_log SELECT ?, 'segments', ?, '\(UndoLog.scopeAction)'",
          .integer(Int64(run.number)), .uuid(StableID(platform: "catchment")("segment", name)))
      }
    }
  }
}
