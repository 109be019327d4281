internal import Catchment

/// An undo log of what rows hash to, for databases whose rows have no identity.
struct HashLog {
  let store: any TableStore
  /// SQL for a hash of columns, of 64 bits.
  let hash: (_ columns: [String]) -> String

  static func creation(_ log: TableLog) -> String {
    """
    CREATE TABLE IF NOT EXISTS \(log.added) (commit_number BIGINT, row_hash UBIGINT, rows BIGINT)
    """
  }

  private func rowHash() throws(CatchmentError) -> String {
    hash(try store.columns()?.map(\.name) ?? [])
  }

  func note(_ rows: String, commit: Int64) throws(CatchmentError) {
    try store.execute(
      """
      INSERT INTO \(store.log.added)
      SELECT \(commit), \(rowHash()), count(*) FROM \(rows) AS r GROUP BY 2
      """)
  }

  /// Of rows that are alike as many go as came, the newest first.
  func removeAdded(_ commit: Int64) throws(CatchmentError) -> Int {
    let (target, id, hash) = (store.target, store.rowID, try rowHash())
    let before = try store.number("SELECT count(*) FROM \(target)")
    try store.execute(
      """
      DELETE FROM \(target) WHERE \(id) IN (
        SELECT t.id FROM (
          SELECT \(id) AS id, \(hash) AS row_hash,
            row_number() OVER (PARTITION BY \(hash) ORDER BY \(id) DESC) AS place
          FROM \(target)) t
        JOIN \(store.log.added) a ON a.row_hash = t.row_hash
        WHERE a.commit_number = \(commit) AND t.place <= a.rows);
      DELETE FROM \(store.log.added) WHERE commit_number = \(commit)
      """)
    return before - (try store.number("SELECT count(*) FROM \(target)"))
  }
}
