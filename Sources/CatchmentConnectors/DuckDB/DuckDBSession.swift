internal import Catchment
internal import DuckDB

/// A DuckDB file that is open in a workbench, for one pipeline and one table.
final class DuckDBSession: DestinationSession {
  let bench: Workbench
  let table: String
  let mode: LoadMode
  private let path: String
  private let pipeline: String

  init(bench: Workbench, path: String, table: String, mode: LoadMode, pipeline: String) {
    self.bench = bench
    self.path = path
    self.table = table
    self.mode = mode
    self.pipeline = pipeline
  }

  var connection: Connection { bench.connection }
  private var ours: String { "pipeline = \(SQL.literal(pipeline))" }
  private var ourTable: String { "\(ours) AND table_name = \(SQL.literal(table))" }

  // MARK: What is there

  func runs() throws(CatchmentError) -> [Run] {
    try rows(
      """
      SELECT run_id, status, token, epoch_us(started_at), epoch_us(ended_at), records_read, made,
        loaded, updated, duplicate, filtered, dead_lettered, units_committed, bytes_read
      FROM \(DuckDBTables.runs) WHERE \(ours) ORDER BY started_at, run_id
      """
    ).map(run)
  }

  private func run(_ row: [Value]) -> Run {
    func number(_ column: Int) -> Int { Int(row[column].int64 ?? 0) }
    var run = Run(
      id: row[0].text ?? "", pipeline: pipeline,
      status: row[1].text.flatMap(Run.Status.init) ?? .failed, token: row[2].int64 ?? 0,
      started: row[3].int64 ?? 0)
    run.ended = row[4].int64
    run.records.read = number(5)
    run.made = number(6)
    run.records.loaded = number(7)
    run.records.updated = number(8)
    run.records.duplicate = number(9)
    run.records.filtered = number(10)
    run.records.deadLettered = number(11)
    run.unitsCommitted = number(12)
    run.bytesRead = row[13].int64 ?? 0
    return run
  }

  /// A replaced table holds the units of the last commit alone; any other, each as it was last.
  func committedUnits() throws(CatchmentError) -> [UUIDBytes: CommittedUnit] {
    let last =
      mode == .replace
      ? "QUALIFY commit_number = max(commit_number) OVER ()"
      : "QUALIFY commit_number = max(commit_number) OVER (PARTITION BY unit_id)"
    let found = try rows(
      """
      SELECT source, path, size, modified, sha256, records, run_id
      FROM \(DuckDBTables.units) WHERE \(ourTable) \(last)
      """)
    var units: [UUIDBytes: CommittedUnit] = [:]
    for row in found {
      let unit = Unit(
        source: row[0].text ?? "", path: row[1].text ?? "",
        fingerprint: .init(size: row[2].int64 ?? 0, modified: row[3].int64 ?? 0))
      units[unit.id] = CommittedUnit(
        unit, sha256: row[4].text ?? "", records: Int(row[5].int64 ?? 0), run: row[6].text ?? "")
    }
    return units
  }

  func newestToken() throws(CatchmentError) -> Int64 {
    try rows("SELECT coalesce(max(token), 0) FROM \(DuckDBTables.runs)").first?.first?.int64 ?? 0
  }

  // MARK: A run

  func begin(_ run: Run) throws(CatchmentError) {
    try told { () throws(DuckDBError) in
      try connection.execute(
        "UPDATE \(DuckDBTables.runs) SET status = 'killed' WHERE \(ours) AND status = 'running'")
      _ = try connection.query(
        """
        INSERT INTO \(DuckDBTables.runs) (pipeline, run_id, status, token, started_at)
        VALUES (?, ?, 'running', ?, make_timestamptz(?))
        """, .text(pipeline), .text(run.id), .integer(run.token), .integer(run.started))
    }
  }

  func end(_ run: Run) throws(CatchmentError) {
    func value(_ number: Int) -> Value { .integer(Int64(number)) }
    let records = run.records
    try told { () throws(DuckDBError) in
      _ = try connection.query(
        """
        UPDATE \(DuckDBTables.runs) SET status = ?, ended_at = make_timestamptz(?),
          records_read = ?, made = ?, loaded = ?, updated = ?, duplicate = ?, filtered = ?,
          dead_lettered = ?, units_committed = ?, bytes_read = ?
        WHERE run_id = ?
        """, .text(run.status.rawValue), .integer(run.ended ?? run.started), value(records.read),
        value(run.made), value(records.loaded), value(records.updated), value(records.duplicate),
        value(records.filtered), value(records.deadLettered), value(run.unitsCommitted),
        .integer(run.bytesRead), .text(run.id))
    }
  }

  func load(
    _ batch: Batch, of run: Run, mayCommit: () throws(CatchmentError) -> Void
  ) throws(CatchmentError) -> RecordCounts {
    try atomically { () throws(CatchmentError) in
      let number =
        try rows(
          "SELECT coalesce(max(commit_number), 0) + 1 FROM \(DuckDBTables.commits)"
        ).first?.first?.int64 ?? 1
      let load = TableLoad(self, commit: number)
      var counts = RecordCounts()
      if let rows = batch.rows { counts = try load.load(rows) }
      try note(batch, run, number, load)
      try mayCommit()
      return counts
    }
  }

  private func note(
    _ batch: Batch, _ run: Run, _ number: Int64, _ load: TableLoad
  ) throws(CatchmentError) {
    try told { () throws(DuckDBError) in
      _ = try connection.query(
        "INSERT INTO \(DuckDBTables.commits) VALUES (?, ?, ?, ?, ?, ?, ?)", .integer(number),
        .text(pipeline), .text(run.id), .text(table), .boolean(load.isCreated),
        .integer(Int64(load.added)), .integer(Int64(load.removed)))
      for marker in batch.units {
        let unit = marker.unit
        _ = try connection.query(
          "INSERT INTO \(DuckDBTables.units) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          .text(pipeline), .text(table), .integer(number), .text(run.id), .uuid(unit.id),
          .text(unit.source), .text(unit.path), .integer(unit.fingerprint.size),
          .integer(unit.fingerprint.modified), .text(marker.sha256),
          .integer(Int64(marker.records)))
      }
    }
    try noteDeadLetters(batch, run)
  }

  private func noteDeadLetters(_ batch: Batch, _ run: Run) throws(CatchmentError) {
    let paths = Dictionary(
      batch.units.map { ($0.unit.id, $0.unit.path) }, uniquingKeysWith: { first, _ in first })
    try told { () throws(DuckDBError) in
      for (unit, letter) in batch.deadLetters {
        _ = try connection.query(
          "INSERT INTO \(DuckDBTables.deadLetters) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'read', NULL, NULL)",
          .text(pipeline), .text(run.id), .uuid(unit), .text(paths[unit] ?? ""),
          .integer(Int64(letter.line)), .integer(Int64(letter.byte)), .text(letter.code),
          .text(letter.message), .text(letter.record))
      }
      for rejects in batch.rejects {
        let path = rejects.unit.flatMap { paths[$0] }
        _ = try connection.query(
          """
          INSERT INTO \(DuckDBTables.deadLetters)
          SELECT ?, ?, ?, ?, NULL, NULL, code, message, record, ?, "column", "value"
          FROM \(rejects.rows.sql)
          """, .text(pipeline), .text(run.id), rejects.unit.map(Value.uuid) ?? .null,
          path.map(Value.text) ?? .null, .text(rejects.step))
      }
    }
  }

  func deadLetters() throws(CatchmentError) -> Int {
    try number("SELECT count(*) FROM \(DuckDBTables.deadLetters) WHERE \(ours)")
  }

  func rollBack(_ run: String, cascade: Bool) throws(CatchmentError) -> [String] {
    try atomically { () throws(CatchmentError) in
      try TableUndo(self).undo(run, cascade: cascade)
    }
  }

  func close() {
    // What was committed is durable; a file that stays attached goes with the workbench.
    do throws(DuckDBError) {
      try connection.execute("DETACH \(DuckDBTables.catalog)")
    } catch {}
  }

  // MARK: Asking

  func rows(_ sql: String) throws(CatchmentError) -> [[Value]] {
    try told { () throws(DuckDBError) in try connection.query(sql).rows() }
  }

  func execute(_ sql: String) throws(CatchmentError) {
    try told { () throws(DuckDBError) in try connection.execute(sql) }
  }

  func number(_ sql: String) throws(CatchmentError) -> Int {
    Int(try rows(sql).first?.first?.int64 ?? 0)
  }

  func columns(ofQuery sql: String) throws(CatchmentError) -> [Relation.Column] {
    try told { () throws(DuckDBError) in
      let result = try connection.query(sql)
      return zip(result.columnNames, result.columnTypes).map(Relation.Column.init)
    }
  }

  private func told<R>(_ body: () throws(DuckDBError) -> R) throws(CatchmentError) -> R {
    do throws(DuckDBError) { return try body() } catch { throw .destination(error, path) }
  }

  /// All of `body` happens in the file, or nothing.
  private func atomically<R>(_ body: () throws(CatchmentError) -> R) throws(CatchmentError) -> R {
    try execute("BEGIN")
    do throws(CatchmentError) {
      let result = try body()
      try execute("COMMIT")
      return result
    } catch {
      // A failed COMMIT has ended the transaction itself; what went wrong first is what counts.
      try told { () throws(DuckDBError) in
        do throws(DuckDBError) {
          try connection.execute("ROLLBACK")
        } catch  where error.code == .misuse {}
      }
      throw error
    }
  }
}
