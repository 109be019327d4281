internal import Catchment
internal import DuckDB

/// Gives a table back as it was, from the undo log; inside the transaction that is open.
struct TableUndo {
  private let store: any TableStore
  private var log: TableLog { store.log }

  init(_ store: any TableStore) { self.store = store }

  private struct Commit {
    var number: Int64
    var isCreated: Bool
    var added: Int
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
    try store.execute(
      """
      DELETE FROM \(log.units) WHERE run_id = \(id);
      DELETE FROM \(log.cursors) WHERE run_id = \(id);
      DELETE FROM \(log.deadLetters) WHERE run_id = \(id);
      DELETE FROM \(log.commits) WHERE run_id = \(id);
      UPDATE \(log.runs) SET status = 'rolled_back' WHERE run_id = \(id)
      """)
  }

  private func commits(of run: String) throws(CatchmentError) -> [Commit] {
    try store.rows(
      """
      SELECT commit_number, is_created, added FROM \(log.commits)
      WHERE run_id = \(SQL.literal(run)) ORDER BY commit_number DESC
      """
    ).map {
      Commit(
        number: $0[0].int64 ?? 0, isCreated: $0[1].boolean ?? ($0[1].int64 == 1),
        added: Int($0[2].int64 ?? 0))
    }
  }

  /// Whoever loaded into the same table since, the first first.
  private func laterRuns(than run: String) throws(CatchmentError) -> [String] {
    let known = try store.rows(
      "SELECT status FROM \(log.runs) WHERE run_id = \(SQL.literal(run))")
    guard let status = known.first?.first?.text else {
      throw CatchmentError(.usage, "there is no run \"\(run)\"")
    }
    guard status != Run.Status.rolledBack.rawValue else {
      throw CatchmentError(.refused, "run \(run) has been rolled back already")
    }
    return try store.rows(
      """
      SELECT run_id FROM \(log.commits)
      WHERE table_name = \(SQL.literal(store.table)) AND run_id <> \(SQL.literal(run))
      GROUP BY run_id HAVING max(commit_number) >
        (SELECT min(commit_number) FROM \(log.commits)
         WHERE run_id = \(SQL.literal(run)))
      ORDER BY max(commit_number)
      """
    ).compactMap { $0.first?.text }
  }

  private func undo(_ commit: Commit) throws(CatchmentError) {
    guard try store.columns() != nil else {
      throw CatchmentError(.refused, "the table \(store.table) is gone: nothing was changed")
    }
    let gone = try store.removeAdded(commit.number)
    guard gone == commit.added else {
      throw CatchmentError(
        .refused,
        "\(commit.added - gone) of the \(commit.added) rows that the run loaded are no longer as"
          + " they were; nothing was changed",
        hint: "undo what was changed in the table \(store.table) since, then roll back")
    }
    try store.restore(commit.number)
    let left = try store.number("SELECT count(*) FROM \(store.target)")
    if commit.isCreated, left == 0 { try store.execute("DROP TABLE \(store.target)") }
  }
}
