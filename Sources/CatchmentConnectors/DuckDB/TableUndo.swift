internal import Catchment
internal import DuckDB

/// Gives a table back as it was, from the undo log; inside the transaction that is open.
struct TableUndo {
  private let session: DuckDBSession
  private var target: String { session.target }

  init(_ session: DuckDBSession) { self.session = session }

  private struct Commit {
    var number: Int64
    var isCreated: Bool
  }

  func undo(_ run: String, cascade: Bool) throws(CatchmentError) -> [String] {
    let later = try laterRuns(than: run)
    guard cascade || later.isEmpty else {
      throw CatchmentError(
        .refused,
        "run \(run) cannot be rolled back alone: \(later.joined(separator: ", ")) loaded after it",
        hint: "roll those back first, or give --cascade to undo them all")
    }
    let undone = later.reversed() + [run]
    for run in undone { try undo(run) }
    return Array(undone)
  }

  private func undo(_ run: String) throws(CatchmentError) {
    let id = SQL.literal(run)
    for commit in try commits(of: run) { try undo(commit) }
    try session.execute(
      """
      DELETE FROM \(DuckDBTables.units) WHERE run_id = \(id);
      DELETE FROM \(DuckDBTables.deadLetters) WHERE run_id = \(id);
      DELETE FROM \(DuckDBTables.commits) WHERE run_id = \(id);
      UPDATE \(DuckDBTables.runs) SET status = 'rolled_back' WHERE run_id = \(id)
      """)
  }

  private func commits(of run: String) throws(CatchmentError) -> [Commit] {
    try session.rows(
      """
      SELECT commit_number, is_created FROM \(DuckDBTables.commits)
      WHERE run_id = \(SQL.literal(run)) ORDER BY commit_number DESC
      """
    ).map {
      Commit(number: $0[0].int64 ?? 0, isCreated: $0[1].boolean ?? false)
    }
  }

  /// Whoever loaded into the same table since, the first first.
  private func laterRuns(than run: String) throws(CatchmentError) -> [String] {
    let known = try session.rows(
      "SELECT status FROM \(DuckDBTables.runs) WHERE run_id = \(SQL.literal(run))")
    guard let status = known.first?.first?.text else {
      throw CatchmentError(.usage, "there is no run \"\(run)\"")
    }
    guard status != Run.Status.rolledBack.rawValue else {
      throw CatchmentError(.refused, "run \(run) has been rolled back already")
    }
    return try session.rows(
      """
      SELECT run_id FROM \(DuckDBTables.commits)
      WHERE table_name = \(SQL.literal(session.table)) AND run_id <> \(SQL.literal(run))
      GROUP BY run_id HAVING max(commit_number) >
        (SELECT min(commit_number) FROM \(DuckDBTables.commits)
         WHERE run_id = \(SQL.literal(run)))
      ORDER BY max(commit_number)
      """
    ).compactMap { $0.first?.text }
  }

  private func undo(_ commit: Commit) throws(CatchmentError) {
    try removeAdded(commit.number)
    let removed = DuckDBTables.removed(commit.number)
    if try session.hasTable(named: "pipeline_removed_\(commit.number)", in: "catchment") {
      let columns = try session.columns()
      if try session.columns(of: removed) == columns {
        try session.execute("INSERT INTO \(target) SELECT * FROM \(removed)")
      } else {
        try session.execute(
          "DROP TABLE \(target); CREATE TABLE \(target) AS SELECT * FROM \(removed)")
      }
    }
    try session.execute(
      """
      DROP TABLE IF EXISTS \(removed);
      DELETE FROM \(DuckDBTables.added) WHERE commit_number = \(commit.number)
      """)
    let left = try session.number("SELECT count(*) FROM \(target)")
    if commit.isCreated, left == 0 { try session.execute("DROP TABLE \(target)") }
  }

  /// Rows have no identity of their own: of those that are alike, as many go as came, the newest
  /// first.
  private func removeAdded(_ commit: Int64) throws(CatchmentError) {
    guard try session.columns() != nil else {
      throw CatchmentError(.refused, "the table \(session.table) is gone: nothing was changed")
    }
    let columns = try session.columnList()
    let expected = try session.number(
      """
      SELECT coalesce(sum(rows), 0)::BIGINT FROM \(DuckDBTables.added)
      WHERE commit_number = \(commit)
      """)
    let before = try session.number("SELECT count(*) FROM \(target)")
    try session.execute(
      """
      DELETE FROM \(target) WHERE rowid IN (
        SELECT t.id FROM (
          SELECT rowid AS id, hash(\(columns)) AS row_hash,
            row_number() OVER (PARTITION BY hash(\(columns)) ORDER BY rowid DESC) AS place
          FROM \(target)) t
        JOIN \(DuckDBTables.added) a USING (row_hash)
        WHERE a.commit_number = \(commit) AND t.place <= a.rows)
      """)
    let gone = before - (try session.number("SELECT count(*) FROM \(target)"))
    guard gone == expected else {
      throw CatchmentError(
        .refused,
        "\(expected - gone) of the \(expected) rows that the run loaded are no longer as they were;"
          + " nothing was changed",
        hint: "undo what was changed in the table \(session.table) since, then roll back")
    }
  }
}

extension DuckDBSession {
  /// How SQL names the user's table.
  var target: String { "\(DuckDBTables.catalog).main.\(SQL.identifier(table))" }

  /// The table's columns; nil when there is no such table.
  func columns() throws(CatchmentError) -> [Relation.Column]? {
    try hasTable(named: table, in: "main") ? columns(of: target) : nil
  }

  func hasTable(named name: String, in schema: String) throws(CatchmentError) -> Bool {
    // As the engine compares names: without regard to case.
    try number(
      """
      SELECT count(*) FROM duckdb_tables() WHERE database_name = '\(DuckDBTables.catalog)'
        AND schema_name = '\(schema)' AND lower(table_name) = lower(\(SQL.literal(name)))
      """) > 0
  }

  func columns(of table: String) throws(CatchmentError) -> [Relation.Column] {
    try columns(ofQuery: "SELECT * FROM \(table) LIMIT 0")
  }

  func columnList() throws(CatchmentError) -> String {
    SQL.identifiers(try columns(of: target).map(\.name))
  }

  /// Makes the table, empty, with the columns of a relation.
  func create(like rows: Relation) throws(CatchmentError) {
    try execute("CREATE TABLE \(target) AS SELECT * FROM \(rows.sql) LIMIT 0")
  }
}
