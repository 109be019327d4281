internal import Catchment
internal import DuckDB

/// What the warehouse knows of runs.
enum Runs {
  static func nextNumber(_ connection: Connection) throws(DuckDBError) -> Int32 {
    let last = try connection.query("SELECT coalesce(max(run), 0) FROM catchment.runs").scalar()
    return Int32(truncatingIfNeeded: last?.int64 ?? 0) + 1
  }

  /// The token of the last run that took the right to write; 0 before there was one.
  static func newestToken(_ connection: Connection) throws(DuckDBError) -> Int64 {
    let newest = try connection.query("SELECT coalesce(max(token), 0) FROM catchment.runs").scalar()
    return newest?.int64 ?? 0
  }

  /// Whether the last run came to no good end: its units may be committed and not yet linked.
  ///
  /// The last one that was killed counts too: the run that found it so may have been killed before
  /// it was in the list itself.
  static func isUnfinished(_ connection: Connection) throws(DuckDBError) -> Bool {
    let last = try connection.query(
      "SELECT status FROM catchment.runs ORDER BY run DESC LIMIT 1"
    ).scalar()?.text.flatMap(Run.Status.init)
    return [.running, .failed, .interrupted, .killed].contains(last)
  }

  static func begin(_ run: RunInfo, _ connection: Connection) throws(DuckDBError) {
    // A run that still counts as running has been killed: the lock says that no other runs now.
    try endEarly(status: .killed, connection)
    _ = try connection.query(
      """
      INSERT INTO catchment.runs (run, run_id, command, status, started_at, token)
      VALUES (?, ?, ?, 'running', make_timestamptz(?), ?)
      """, .integer(Int64(run.number)), .text(run.id.text), .text(run.kind),
      .integer(run.startedAt), .integer(run.lease?.token ?? 0))
  }

  /// Ends what counts as running, with what it committed until then, as the ledger has it.
  static func endEarly(status: Run.Status, _ connection: Connection) throws(DuckDBError) {
    try connection.execute(
      """
      UPDATE catchment.runs AS k SET status = '\(status.rawValue)', records_read = c.total,
        loaded = c.loaded, updated = c.updated, duplicate = c.duplicate, filtered = c.filtered,
        dead_lettered = c.dead_lettered, units_committed = c.units, bytes_read = c.bytes
      FROM (
        SELECT o.run, count(r.run) AS total, count(DISTINCT r.unit_id) AS units,
          coalesce(sum(r.length + 1), 0)::BIGINT AS bytes,
          count(*) FILTER (outcome = 'loaded') AS loaded,
          count(*) FILTER (outcome = 'updated') AS updated,
          count(*) FILTER (outcome = 'duplicate') AS duplicate,
          count(*) FILTER (outcome = 'filtered') AS filtered,
          count(*) FILTER (outcome = 'dead_lettered') AS dead_lettered
        FROM catchment.runs o LEFT JOIN catchment.raw_records r USING (run)
        WHERE o.status = 'running' GROUP BY o.run) c
      WHERE c.run = k.run
      """)
  }

  static func end(
    _ run: RunInfo, status: Run.Status, _ metrics: RunMetrics, _ connection: Connection
  ) throws(DuckDBError) {
    func value(_ number: Int) -> Value { .integer(Int64(number)) }
    let counts = metrics.records
    _ = try connection.query(
      """
      UPDATE catchment.runs SET status = ?, ended_at = now(), records_read = ?, loaded = ?,
        updated = ?, duplicate = ?, filtered = ?, dead_lettered = ?, units_committed = ?,
        bytes_read = ?, metrics = ?
      WHERE run = ?
      """, .text(status.rawValue), value(counts.read), value(counts.loaded), value(counts.updated),
      value(counts.duplicate), value(counts.filtered), value(counts.deadLettered),
      value(metrics.units), .integer(metrics.bytes), .text(metrics.json),
      .integer(Int64(run.number)))
    try audit(
      operation: run.kind, status: status == .done ? "success" : "warning",
      message: "run \(run.id.text) \(status.rawValue)", details: metrics.counts,
      duration: metrics.seconds, connection)
  }

  /// What became of the records that a run read, counted where they are committed.
  static func counts(
    of run: RunInfo, _ connection: Connection
  ) throws(DuckDBError) -> RecordCounts {
    try counts(
      "SELECT outcome, count(*) FROM catchment.raw_records WHERE run = \(run.number) GROUP BY 1",
      connection)
  }

  /// The counts that a query gives: names of outcomes, and how many there are of each.
  static func counts(
    _ query: String, _ connection: Connection
  ) throws(DuckDBError) -> RecordCounts {
    let result = try connection.query(query)
    var counts = RecordCounts()
    for row in try result.rows() {
      let outcome = RecordOutcome.allCases.first { $0.name == row[0].text }
      if let outcome { counts[outcome] = Int(row[1].int64 ?? 0) }
    }
    return counts
  }

  /// The first dead letters of a run, by file and line.
  static func deadLetters(
    of run: RunInfo, limit: Int, _ connection: Connection
  ) throws(DuckDBError) -> [ImportReport.DeadLetter] {
    let result = try connection.query(
      """
      SELECT path, line, error_column + 1, byte_offset, error_code, error_message
      FROM main.dead_letters WHERE run = ? ORDER BY path, line LIMIT \(limit)
      """, .integer(Int64(run.number)))
    return try result.rows().map { row in
      ImportReport.DeadLetter(
        place: .init(
          file: row[0].text ?? "", line: row[1].int64.map(Int.init),
          column: row[2].int64.map(Int.init), byte: row[3].int64.map(Int.init)),
        code: row[4].text ?? "", message: row[5].text ?? "")
    }
  }

  /// What was remarkable about the records that a run read and took, most frequent first.
  static func issues(
    of run: RunInfo, _ connection: Connection
  ) throws(DuckDBError) -> [ImportReport.Issue] {
    let result = try connection.query(
      """
      WITH remarked AS (
        SELECT r.*, u.path,
          row_number() OVER (PARTITION BY r.issue ORDER BY u.path, r.line) AS place,
          count(*) OVER (PARTITION BY r.issue) AS total
        FROM catchment.raw_records r JOIN catchment.units u USING (unit_id)
        WHERE r.run = ? AND r.issue IS NOT NULL AND r.outcome <> 'dead_lettered')
      SELECT issue, total, issue_message, path, line, issue_column, byte_offset
      FROM remarked WHERE place = 1 ORDER BY total DESC, issue
      """, .integer(Int64(run.number)))
    return try result.rows().map { row in
      ImportReport.Issue(
        code: row[0].text ?? "", count: Int(row[1].int64 ?? 0), message: row[2].text ?? "",
        place: .init(
          file: row[3].text ?? "", line: row[4].int64.map(Int.init),
          column: row[5].int64.map { Int($0) + 1 }, byte: row[6].int64.map(Int.init)))
    }
  }

  /// What a platform has in the tables.
  static func platform(
    _ name: String, _ connection: Connection
  ) throws(DuckDBError) -> ImportReport.Platform {
    let result = try connection.query(
      """
      SELECT count(*), coalesce(sum(total_messages), 0), coalesce(sum(total_tool_calls), 0),
        sum(total_input_tokens)::BIGINT, sum(total_output_tokens)::BIGINT,
        sum(total_cache_read_tokens)::BIGINT, sum(total_cache_write_tokens)::BIGINT, sum(total_cost)
      FROM main.conversations
      WHERE platform = ?
      """, .text(name))
    var platform = ImportReport.Platform()
    guard let row = try result.rows().first else { return platform }
    platform.conversations = Int(row[0].int64 ?? 0)
    platform.messages = Int(row[1].int64 ?? 0)
    platform.toolCalls = Int(row[2].int64 ?? 0)
    platform.inputTokens = row[3].int64
    platform.outputTokens = row[4].int64
    platform.cacheReadTokens = row[5].int64
    platform.cacheWriteTokens = row[6].int64
    platform.cost = row[7].double
    return platform
  }
}
