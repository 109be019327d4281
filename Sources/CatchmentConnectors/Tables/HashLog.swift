internal import Catchment
internal import DuckDB

/// An undo log of what rows hash to, for databases whose rows have no identity.
///
/// Of rows that came into an empty table it is enough to know what they hash to together: they are all
/// that there are, or the first.
struct HashLog {
  let store: any TableStore
  /// SQL for a hash of columns, of 64 bits.
  let hash: (_ columns: [String]) -> String
  /// SQL for a text that says what many such hashes come to, whatever their order.
  let sum: (_ hash: String) -> String

  private static func whole(_ log: TableLog) -> String { log.name("pipeline_whole") }
  private var whole: String { Self.whole(store.log) }

  static func creation(_ log: TableLog) -> String {
    """
    CREATE TABLE IF NOT EXISTS \(log.added) (commit_number BIGINT, row_hash UBIGINT, rows BIGINT);
    CREATE TABLE IF NOT EXISTS \(whole(log)) (commit_number BIGINT, checksum VARCHAR, rows BIGINT)
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

  /// Notes the rows of a table that was empty before.
  func noteWhole(_ checksum: String, commit: Int64) throws(CatchmentError) {
    try store.execute(
      """
      INSERT INTO \(whole) SELECT \(commit), \(SQL.literal(checksum)), count(*) FROM \(store.target)
      """)
  }

  func checksum(of rows: String) throws(CatchmentError) -> String {
    try store.rows("SELECT \(sum(rowHash())) FROM \(rows)").first?.first?.text ?? ""
  }

  func removeAdded(_ commit: Int64) throws(CatchmentError) -> Int {
    let known = try store.rows(
      "SELECT checksum, rows FROM \(whole) WHERE commit_number = \(commit)")
    if let row = known.first {
      return try removeWhole(commit, row[0].text ?? "", rows: row[1].int64 ?? 0)
    }
    return try removeEach(commit)
  }

  /// Of rows that are alike as many go as came, the newest first.
  private func removeEach(_ commit: Int64) throws(CatchmentError) -> Int {
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

  /// All rows or the first ones, which must still be those that came.
  private func removeWhole(
    _ commit: Int64, _ checksum: String, rows: Int64
  ) throws(CatchmentError) -> Int {
    let (target, id) = (store.target, store.rowID)
    let first = "(SELECT \(id) FROM \(target) ORDER BY \(id) LIMIT \(rows))"
    let areAll = try store.number("SELECT count(*) FROM \(target)") == Int(rows)
    let ours = areAll ? target : "\(target) WHERE \(id) IN \(first)"
    if rows > 0, try self.checksum(of: ours) != checksum { throw changed(rows) }
    try store.execute(
      "DELETE FROM \(ours); DELETE FROM \(whole) WHERE commit_number = \(commit)")
    return Int(rows)
  }

  private func changed(_ rows: Int64) -> CatchmentError {
    CatchmentError(
      .refused,
      "some of the \(rows) rows that the run loaded are no longer as they were; nothing was changed",
      hint: "undo what was changed in the table \(store.table) since, then roll back")
  }
}
