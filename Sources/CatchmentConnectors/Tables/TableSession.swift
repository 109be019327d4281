internal import Catchment
internal import DuckDB

/// A table that is open for one pipeline, whatever database it is in.
final class TableSession: DestinationSession {
  private let store: any TableStore
  private let mode: LoadMode
  private let pipeline: String
  private var log: TableLog { store.log }

  init(_ store: any TableStore, _ mode: LoadMode, for pipeline: String) {
    self.store = store
    self.mode = mode
    self.pipeline = pipeline
  }

  private var ours: String { "pipeline = \(SQL.literal(pipeline))" }
  private var ourTable: String { "\(ours) AND table_name = \(SQL.literal(store.table))" }

  // MARK: What is there

  func runs() throws(CatchmentError) -> [Run] {
    try store.rows(
      """
      SELECT run_id, status, token, \(log.micros("started_at")), \(log.micros("ended_at")),
        records_read, made, loaded, updated, duplicate, filtered, dead_lettered, units_committed, bytes_read,
        coalesce(deleted, 0)
      FROM \(log.runs) WHERE \(ours) ORDER BY started_at, run_id
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
    run.records.deleted = number(14)
    return run
  }

  /// A table that holds a snapshot has the units of the last commit alone; any other, each as it was last.
  ///
  /// A marker without a SHA-256 says that the unit's rows are no longer there.
  func committedUnits() throws(CatchmentError) -> [UUIDBytes: CommittedUnit] {
    let group = mode.isSnapshot ? "" : "PARTITION BY unit_id"
    let found = try store.rows(
      """
      SELECT source, path, size, modified, sha256, records, run_id, commit_number
      FROM (SELECT *, max(commit_number) OVER (\(group)) AS newest
        FROM \(log.units) WHERE \(ourTable)) AS committed
      WHERE commit_number = newest AND sha256 <> ''
      """)
    let cursors = try cursors()
    var units: [UUIDBytes: CommittedUnit] = [:]
    for row in found {
      let unit = Unit(
        source: row[0].text ?? "", path: row[1].text ?? "",
        fingerprint: .init(size: row[2].int64 ?? 0, modified: row[3].int64 ?? 0))
      units[unit.id] = CommittedUnit(
        unit, sha256: row[4].text ?? "", records: Int(row[5].int64 ?? 0), run: row[6].text ?? "")
      units[unit.id]?.cursor = cursors["\(row[7]) \(unit.id)"]
    }
    return units
  }

  /// Those of every commit, by its number and the unit's id; none where older tables are looked at.
  private func cursors() throws(CatchmentError) -> [String: String] {
    guard try store.columns(of: log.cursors) != nil else { return [:] }
    let found = try store.rows(
      """
      SELECT commit_number, CAST(unit_id AS VARCHAR), position FROM \(log.cursors)
      WHERE \(ourTable)
      """)
    return Dictionary(
      found.map { ("\($0[0]) \($0[1])", $0[2].text ?? "") }, uniquingKeysWith: { $1 })
  }

  /// What is there; the tables of ours need not be.
  func state(loading rows: Relation?) throws(CatchmentError) -> DestinationState {
    DestinationState(
      units: try store.columns(of: log.units) == nil ? [:] : try committedUnits(),
      columns: try store.columns(), shape: rows.map { store.shape(of: mode.columns(of: $0)) })
  }

  func newestToken() throws(CatchmentError) -> Int64 {
    try store.rows("SELECT coalesce(max(token), 0) FROM \(log.runs)").first?.first?.int64 ?? 0
  }

  // MARK: A run

  func begin(_ run: Run) throws(CatchmentError) {
    try store.execute(
      "UPDATE \(log.runs) SET status = 'killed' WHERE \(ours) AND status = 'running'")
    try store.execute(
      """
      INSERT INTO \(log.runs) (pipeline, run_id, status, token, started_at)
      VALUES ($1, $2, 'running', $3, \(log.moment("$4")))
      """, [.text(pipeline), .text(run.id), .integer(run.token), .integer(run.started)])
  }

  func end(_ run: Run) throws(CatchmentError) {
    func value(_ number: Int) -> Value { .integer(Int64(number)) }
    let records = run.records
    try store.execute(
      """
      UPDATE \(log.runs) SET status = $1, ended_at = \(log.moment("$2")), records_read = $3,
        made = $4, loaded = $5, updated = $6, duplicate = $7, filtered = $8, dead_lettered = $9,
        units_committed = $10, bytes_read = $11, deleted = $12
      WHERE run_id = $13
      """,
      [
        .text(run.status.rawValue), .integer(run.ended ?? run.started), value(records.read),
        value(run.made), value(records.loaded), value(records.updated), value(records.duplicate),
        value(records.filtered), value(records.deadLettered), value(run.unitsCommitted),
        .integer(run.bytesRead), value(records.deleted), .text(run.id),
      ])
  }

  func readsOnce() throws(CatchmentError) -> Bool {
    switch mode {
    case .append:
      guard store.hashesAppended else { return true }
      return try store.columns() == nil
    case .replace: return true
    // Of a table that is there, rows are looked for by the key.
    case .merge: return try store.columns() == nil
    case .scd2: return false
    }
  }

  func load(
    _ batch: Batch, of run: Run, mayCommit: () throws(CatchmentError) -> Void
  ) throws(CatchmentError) -> RecordCounts {
    try load([batch], of: run, mayCommit: mayCommit)
  }

  /// Each batch has a number of its own in the undo log.
  func load(
    _ batches: [Batch], of run: Run, mayCommit: () throws(CatchmentError) -> Void
  ) throws(CatchmentError) -> RecordCounts {
    var number: Int64 = 0
    return try atomically { () throws(CatchmentError) in
      number = Int64(
        try store.number("SELECT coalesce(max(commit_number), 0) FROM \(log.commits)"))
      var counts = RecordCounts()
      for batch in batches {
        number += 1
        let load = TableLoad(store, commit: number)
        if let rows = batch.rows { counts += try load.load(rows, mode, isWhole: batch.isWhole) }
        try note(batch.settled(in: store.bench), run, number, load)
      }
      try mayCommit()
      return counts
    } proof: {
      """
      SELECT 1 FROM \(log.commits)
      WHERE commit_number = \(number) AND run_id = \(SQL.literal(run.id))
      """
    }
  }

  private func note(
    _ batch: Batch, _ run: Run, _ number: Int64, _ load: TableLoad
  ) throws(CatchmentError) {
    try store.execute(
      "INSERT INTO \(log.commits) VALUES ($1, $2, $3, $4, $5, $6, $7)",
      [
        .integer(number), .text(pipeline), .text(run.id), .text(store.table),
        .boolean(load.isCreated), .integer(Int64(load.added)), .integer(Int64(load.removed)),
      ])
    for marker in batch.units {
      let unit = marker.unit
      try store.execute(
        "INSERT INTO \(log.units) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        [
          .text(pipeline), .text(store.table), .integer(number), .text(run.id), .uuid(unit.id),
          .text(unit.source), .text(unit.path), .integer(unit.fingerprint.size),
          .integer(unit.fingerprint.modified), .text(marker.sha256),
          .integer(Int64(marker.records)),
        ])
      guard let cursor = marker.cursor else { continue }
      try store.execute(
        "INSERT INTO \(log.cursors) VALUES ($1, $2, $3, $4, $5, $6)",
        [
          .text(pipeline), .text(store.table), .integer(number), .text(run.id), .uuid(unit.id),
          .text(cursor),
        ])
    }
    if mode == .replace, batch.rows != nil { try noteGone(run, number) }
    try noteDeadLetters(batch, run)
  }

  /// Whatever was in the table before, of this pipeline or another, is no longer.
  private func noteGone(_ run: Run, _ number: Int64) throws(CatchmentError) {
    try store.execute(
      """
      INSERT INTO \(log.units)
      SELECT pipeline, table_name, \(number), \(SQL.literal(run.id)), unit_id, source, path, size,
        modified, '', 0
      FROM (SELECT *, max(commit_number) OVER (PARTITION BY pipeline, unit_id) AS newest
        FROM \(log.units) WHERE table_name = \(SQL.literal(store.table))) AS marked
      WHERE commit_number = newest AND newest < \(number) AND sha256 <> ''
      """)
  }

  private func noteDeadLetters(_ batch: Batch, _ run: Run) throws(CatchmentError) {
    let paths = Dictionary(
      batch.units.map { ($0.unit.id, $0.unit.path) }, uniquingKeysWith: { first, _ in first })
    for (unit, letter) in batch.deadLetters {
      try store.execute(
        """
        INSERT INTO \(log.deadLetters)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'read', $10, $11)
        """,
        [
          .text(pipeline), .text(run.id), .uuid(unit), .text(paths[unit] ?? ""),
        ] + Self.place(of: letter) + [
          .text(letter.code), .text(letter.message), .text(letter.record),
          letter.column.map(Value.text) ?? .null, letter.value.map(Value.text) ?? .null,
        ])
    }
    func word(_ text: String?) -> String { text.map(SQL.literal) ?? "NULL" }
    for rejects in batch.rejects {
      let path = rejects.unit.flatMap { paths[$0] }
      try store.copy(
        """
        SELECT \(word(pipeline))::VARCHAR AS pipeline, \(word(run.id))::VARCHAR AS run_id,
          \(word(rejects.unit?.description))::UUID AS unit_id, \(word(path))::VARCHAR AS path,
          NULL::BIGINT AS line, NULL::BIGINT AS byte_offset, code AS error_code,
          message AS error_message, record, \(word(rejects.step))::VARCHAR AS stage,
          "column" AS column_name, "value" AS column_value
        FROM \(rejects.rows.sql)
        """, into: log.deadLetters)
    }
  }

  private static func place(of letter: DeadLetter) -> [Value] {
    guard letter.line > 0 else { return [.null, .null] }
    return [.integer(Int64(letter.line)), .integer(Int64(letter.byte))]
  }

  func deadLetters() throws(CatchmentError) -> Int {
    try store.number("SELECT count(*) FROM \(log.deadLetters) WHERE \(ours)")
  }

  func rollBack(_ run: String, cascade: Bool) throws(CatchmentError) -> [String] {
    try atomically { () throws(CatchmentError) in
      try TableUndo(store).undo(run, cascade: cascade)
    } proof: {
      "SELECT 1 FROM \(log.runs) WHERE run_id = \(SQL.literal(run)) AND status = 'rolled_back'"
    }
  }

  func close() { store.close() }

  /// All of `body` happens in the database, or nothing.
  private func atomically<R>(
    _ body: () throws(CatchmentError) -> R, proof: () -> String
  ) throws(CatchmentError) -> R {
    try store.begin()
    do throws(CatchmentError) {
      let result = try body()
      try store.commit(proof: proof())
      return result
    } catch {
      try store.rollBack()
      throw error
    }
  }
}
