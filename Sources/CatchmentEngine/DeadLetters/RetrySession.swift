internal import Catchment
internal import DuckDB

/// One retry of dead letters with the warehouse open.
struct RetrySession {
  let session: ImportSession
  let limits: DeadLetterRetry.Limits

  private var connection: Connection { session.connection }
  private var importer: Importer { session.importer }

  func run() throws(CatchmentError) -> DeadLetterRetry.Report {
    let selection = RetrySelection(
      limits: limits, sources: importer.sources.names, now: session.run.startedAt)
    let (units, left) = try session.check { () throws(DuckDBError) in
      try selection.select(connection)
    }
    var report = DeadLetterRetry.Report(runID: session.run.id.text)
    report.left = left
    guard !units.isEmpty else { return report }
    let run = try session.begin("deadletters retry", [])
    do throws(CatchmentError) {
      try retry(units, run, into: &report)
    } catch {
      session.noteEnd(by: error)
      throw error
    }
    return report
  }

  /// Derives the units again, as families, from what the raw store keeps.
  private func retry(
    _ units: Set<UUIDBytes>, _ run: RunInfo, into report: inout DeadLetterRetry.Report
  ) throws(CatchmentError) {
    var retried = 0
    for source in importer.sources.ranked { retried += try retry(units, of: source, run) }
    try connection.atomically(under: run.lease, session.warehouse.path) {
      () throws(DuckDBError) in
      try noteAttempt()
      try Linker(connection: connection, sources: importer.sources).link()
      _ = try Deduplicator(connection: connection).decide(nil, run: run.number)
      report.records = try countTried()
      report.alsoResolved = try countAlsoResolved()
    }
    let counts = report.records
    guard counts.isConserved else { throw .notConserved(counts, run: run.id) }
    let metrics = session.meter.metrics(of: counts, units: retried, bytes: 0)
    report.metrics = metrics
    let status: Run.Status = counts.deadLettered > 0 ? .partial : .done
    try session.check { () throws(DuckDBError) in
      try Runs.end(run, status: status, metrics, connection)
    }
    session.noteEnd(status, metrics)
  }

  /// Derives a source's units again; tells how many there were.
  private func retry(
    _ units: Set<UUIDBytes>, of source: any Source, _ run: RunInfo
  ) throws(CatchmentError) -> Int {
    let kept = try RawUnits(
      rawStore: session.rawStore, source: source.name, connection: connection
    ).all()
    let concerned = kept.filter { units.contains($0.unit.id) }
      .map { ImportShared.Deferred(unit: $0.unit) }
    guard !concerned.isEmpty else { return 0 }
    let shared = ImportShared(
      warehouse: session.warehouse, rawStore: session.rawStore, source: source, run: run,
      spill: importer.home.spill, groups: [], origin: .rawStore(kept), importer: importer)
    _ = try FamilyPass(session: session, shared: shared).run(
      changed: [], deferred: concerned, vanished: [])
    return concerned.count
  }

  private func noteAttempt() throws(DuckDBError) {
    try connection.execute(
      """
      UPDATE main.dead_letters
      SET attempts = attempts + 1, attempted_at = make_timestamptz(\(session.run.startedAt))
      WHERE record_id IN (SELECT record_id FROM tried)
      """)
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

  private func countAlsoResolved() throws(DuckDBError) -> Int {
    let count = try connection.query(
      """
      SELECT count(*) FROM untried JOIN catchment.raw_records USING (record_id)
      WHERE outcome <> 'dead_lettered'
      """
    ).scalar()?.int64
    return Int(count ?? 0)
  }
}

/// Decides which dead letters are tried.
struct RetrySelection {
  /// The pause after the second attempt, in seconds; after each more it is twice as long.
  ///
  /// The first attempt was the import's, and the one after it waits for nothing.
  private static let firstPause = 600
  private static let longestPause = 86_400

  let limits: DeadLetterRetry.Limits
  let sources: [String]
  /// Microseconds since 1970.
  let now: Int64

  /// Remembers them in `tried` and the others in `untried`; gives the units that have them.
  func select(
    _ connection: Connection
  ) throws(DuckDBError) -> (units: Set<UUIDBytes>, left: DeadLetterRetry.Left) {
    try connection.execute(
      """
      CREATE OR REPLACE TEMP TABLE judged AS \(judgement);
      CREATE OR REPLACE TEMP TABLE tried AS
      SELECT record_id, unit_id FROM judged WHERE verdict = 'eligible' AND \(isWithinCount);
      CREATE OR REPLACE TEMP TABLE untried AS
      SELECT record_id FROM judged ANTI JOIN tried USING (record_id)
      """)
    let rows = try connection.query("SELECT DISTINCT unit_id FROM tried").rows()
    return (Set(rows.compactMap(\.first?.uuid)), try left(connection))
  }

  private var isWithinCount: String { limits.count.map { "place <= \($0)" } ?? "true" }

  private var judgement: String {
    let names = sources.map(SQL.literal).joined(separator: ", ")
    let tooOften = limits.attempts.map { "attempts >= \($0)" } ?? "false"
    let oldest = limits.age.map { now - Int64($0 * 1e6) }
    let tooOld = oldest.map { "created_at < make_timestamptz(\($0))" } ?? "false"
    let notDue = limits.isPatient ? "due > make_timestamptz(\(now))" : "false"
    return """
      SELECT *, row_number() OVER (PARTITION BY verdict ORDER BY created_at, path, line) AS place
      FROM (
        SELECT record_id, unit_id, created_at, path, line, due,
          CASE WHEN \(tooOften) THEN 'attempts' WHEN \(tooOld) THEN 'age'
            WHEN \(notDue) THEN 'due' ELSE 'eligible' END AS verdict
        FROM (
          SELECT *, coalesce(attempted_at, created_at) + to_seconds(\(Self.pause)) AS due
          FROM main.dead_letters WHERE platform IN (\(names))))
      """
  }

  /// Of a row of `dead_letters`, in seconds.
  private static let pause = """
    CASE WHEN attempts < 2 THEN 0
      ELSE least(\(firstPause) * pow(2, least(attempts - 2, 20)), \(longestPause)) END
    """

  private func left(_ connection: Connection) throws(DuckDBError) -> DeadLetterRetry.Left {
    let row = try connection.query(
      """
      SELECT count(*) FILTER (verdict = 'attempts'), count(*) FILTER (verdict = 'age'),
        count(*) FILTER (verdict = 'due'),
        count(*) FILTER (verdict = 'eligible') - (SELECT count(*) FROM tried),
        epoch_us(min(due) FILTER (verdict = 'due'))
      FROM judged
      """
    ).rows().first
    func number(_ column: Int) -> Int { Int(row?[column].int64 ?? 0) }
    return DeadLetterRetry.Left(
      tooOften: number(0), tooOld: number(1), notDue: number(2), overLimit: number(3),
      nextDue: row?[4].int64)
  }
}
