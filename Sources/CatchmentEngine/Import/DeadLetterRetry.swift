public import Catchment
internal import DuckDB

/// Tries dead letters again, from the raw store: what a newer reader understands becomes rows.
public struct DeadLetterRetry: Sendable {
  /// What came of trying again.
  public struct Report: Sendable, Equatable {
    /// The run's id, also when there was nothing to try and no run is listed.
    public var runID: String
    /// What became of the dead letters that were tried: `read` is their number.
    public var records = RecordCounts()

    /// How many dead letters there were.
    public var tried: Int { records.read }
    /// Those that are rows, or known to be nothing, now.
    public var resolved: Int { records.read - records.deadLettered }
    /// What was found out of order at the start, and put right.
    public var notes: [String] = []
  }

  private let importer: Importer

  /// Reads with the sources that are given; a dead letter of another source stays one.
  public init(home: Home, sources: SourceSet, options: Importer.Options = .init()) {
    importer = Importer(home: home, sources: sources, options: options)
  }

  /// Derives every unit that has dead letters again, in one run.
  ///
  /// It is listed as `deadletters retry`, unless there is nothing to try. Throws `locked` while
  /// another run writes to the home, and `failed` when the counts do not add up.
  public func run() throws(CatchmentError) -> Report {
    let lock = try HomeLock(importer.home)
    defer { lock.release() }
    let warehouse = try importer.openWarehouse()
    defer { warehouse.close() }
    let now = Clock.now()
    let session = try ImportSession(
      importer: importer, warehouse: warehouse, runID: .make(now: now), startedAt: now)
    let notes = try session.journal.reconcile()
    var report = try session.retryDeadLetters()
    try session.journal.settle()
    try session.journal.close()
    report.notes = notes
    return report
  }
}

extension ImportSession {
  /// Derives every unit that has dead letters again, as a family, from what the raw store keeps.
  func retryDeadLetters() throws(CatchmentError) -> DeadLetterRetry.Report {
    let units = try noteTried()
    guard !units.isEmpty else { return .init(runID: run.id.text) }
    let run = try begin("deadletters retry", [])
    do throws(CatchmentError) {
      return try retry(units, run)
    } catch {
      noteEnd(by: error)
      throw error
    }
  }

  private func retry(
    _ units: Set<UUIDBytes>, _ run: RunInfo
  ) throws(CatchmentError) -> DeadLetterRetry.Report {
    var retried = 0
    for source in importer.sources.all { retried += try retry(units, of: source, run) }
    let counts = try check { () throws(DuckDBError) in
      try connection.execute(
        """
        UPDATE main.dead_letters SET attempts = attempts + 1
        WHERE record_id IN (SELECT record_id FROM tried)
        """)
      try Linker(connection: connection).link()
      return try countTried()
    }
    guard counts.isConserved else {
      throw .notConserved(counts, run: run.id)
    }
    try check { () throws(DuckDBError) in
      try Runs.end(
        run, status: counts.deadLettered > 0 ? .partial : .done, counts: counts,
        units: retried, bytes: 0, connection)
    }
    return .init(runID: run.id.text, records: counts)
  }

  /// Derives a source's units again; tells how many there were.
  private func retry(
    _ units: Set<UUIDBytes>, of source: any Source, _ run: RunInfo
  ) throws(CatchmentError) -> Int {
    let kept = try RawUnits(rawStore: rawStore, source: source.name, connection: connection).all()
    let concerned = kept.filter { units.contains($0.unit.id) }
      .map { ImportShared.Deferred(unit: $0.unit) }
    guard !concerned.isEmpty else { return 0 }
    let shared = ImportShared(
      warehouse: warehouse, rawStore: rawStore, source: source, run: run,
      spill: importer.home.spill, groups: [], origin: .rawStore(kept),
      importer: importer)
    _ = try FamilyPass(session: self, shared: shared).run(
      changed: [], deferred: concerned, vanished: [])
    return concerned.count
  }

  /// Remembers the dead letters there are, and tells which units have them.
  private func noteTried() throws(CatchmentError) -> Set<UUIDBytes> {
    try check { () throws(DuckDBError) in
      try connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE tried AS SELECT record_id, unit_id FROM main.dead_letters
        WHERE platform IN (\(importer.sources.names.map(SQL.literal).joined(separator: ", ")))
        """)
      let rows = try connection.query("SELECT DISTINCT unit_id FROM tried").rows()
      return Set(rows.compactMap(\.first?.uuid))
    }
  }

  /// What became of each of them, read back from the ledger.
  private func countTried() throws(DuckDBError) -> RecordCounts {
    var counts = try Runs.counts(
      """
      SELECT outcome, count(*) FROM catchment.raw_records JOIN tried USING (record_id) GROUP BY 1
      """, connection)
    counts.read = Int(try connection.query("SELECT count(*) FROM tried").scalar()?.int64 ?? 0)
    return counts
  }
}
