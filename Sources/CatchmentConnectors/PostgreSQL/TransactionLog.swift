internal import Catchment
internal import DuckDB

/// An undo log of PostgreSQL's own knowledge: every row says in `xmin` which transaction wrote it.
///
/// It costs a load nothing, and a row that anyone touched since says another transaction. A row that
/// a rollback brings back is written anew, so `pipeline_restored` notes whose it is and where it lies.
struct TransactionLog {
  let store: PostgreSQLStore
  private static let origin = "\"catchment origin\""

  private static func restored(_ log: TableLog) -> String { log.name("pipeline_restored") }
  private var log: TableLog { store.log }
  private var restored: String { Self.restored(log) }
  private var table: String { SQL.literal(store.table) }

  static func creation(_ log: TableLog) -> String {
    """
    CREATE TABLE IF NOT EXISTS \(log.added) (commit_number bigint, transaction_id bigint);
    CREATE TABLE IF NOT EXISTS \(restored(log)) (
      table_name varchar, origin xid, restorer xid, place tid);
    CREATE INDEX IF NOT EXISTS catchment_pipeline_restored_place ON \(restored(log)) (place)
    """
  }

  func note(_ commit: Int64) throws(CatchmentError) {
    try store.execute("INSERT INTO \(log.added) VALUES (\(commit), txid_current())")
  }

  // MARK: Removing what was added

  func remove(_ commit: Int64) throws(CatchmentError) -> Int {
    guard let writer = try writer(of: commit) else { return 0 }
    var gone = try store.change("DELETE FROM \(store.target) WHERE xmin = \(writer)")
    gone += try store.change(
      """
      DELETE FROM \(store.target) t USING \(restored) r
      WHERE r.table_name = \(table) AND r.origin = \(writer) AND t.ctid = r.place
        AND t.xmin = r.restorer
      """)
    try store.execute(
      """
      DELETE FROM \(restored) WHERE table_name = \(table) AND origin = \(writer);
      DELETE FROM \(log.added) WHERE commit_number = \(commit)
      """)
    return gone
  }

  /// The transaction as rows name it, in 32 bits that come round again after two thousand million.
  private func writer(of commit: Int64) throws(CatchmentError) -> String? {
    let rows = try store.rows(
      """
      SELECT transaction_id, txid_current() - transaction_id FROM \(log.added)
      WHERE commit_number = \(commit)
      """)
    guard let row = rows.first, let transaction = row[0].int64, let age = row[1].int64 else {
      return nil
    }
    guard age < 1 << 31 else {
      throw CatchmentError(
        .refused, "the run is too long ago: the server no longer knows which rows it wrote")
    }
    return Self.literal(transaction)
  }

  private static func literal(_ transaction: Int64) -> String {
    "'\(UInt32(truncatingIfNeeded: transaction))'::xid"
  }

  // MARK: Keeping what goes, and bringing it back

  func keep(_ source: String, _ commit: Int64) throws(CatchmentError) {
    try store.execute(
      """
      CREATE TABLE \(log.removed(commit)) AS
      SELECT t.*, coalesce(
        (SELECT r.origin FROM \(restored) r
         WHERE r.place = t.ctid AND r.restorer = t.xmin AND r.table_name = \(table)),
        t.xmin) AS \(Self.origin)
      FROM \(source)
      """)
  }

  func restore(_ commit: Int64) throws(CatchmentError) {
    let removed = log.removed(commit)
    guard let kept = try store.columns(of: removed) else { return }
    let columns = SQL.identifiers(kept.map(\.name))
    if try kept != store.columns() {
      try store.execute(
        """
        DROP TABLE \(store.target);
        CREATE TABLE \(store.target) AS SELECT \(columns) FROM \(removed) LIMIT 0
        """)
    }
    for writer in try knownWriters(of: removed) {
      try store.execute(
        """
        WITH back AS (
          INSERT INTO \(store.target) (\(columns))
          SELECT \(columns) FROM \(removed) WHERE \(Self.origin) = \(writer) RETURNING ctid)
        INSERT INTO \(restored)
        SELECT \(table), \(writer), (txid_current() % 4294967296)::text::xid, ctid FROM back;
        DELETE FROM \(removed) WHERE \(Self.origin) = \(writer)
        """)
    }
    try store.execute(
      """
      INSERT INTO \(store.target) (\(columns)) SELECT \(columns) FROM \(removed);
      DROP TABLE \(removed)
      """)
  }

  /// The transactions among the kept rows' that can still be rolled back.
  private func knownWriters(of removed: String) throws(CatchmentError) -> [String] {
    let rows = try store.rows(
      """
      SELECT DISTINCT a.transaction_id FROM \(log.added) a
      JOIN (SELECT DISTINCT \(Self.origin)::text AS writer FROM \(removed)) r
        ON r.writer = (a.transaction_id % 4294967296)::text
      """)
    return rows.compactMap { $0.first?.int64 }.map(Self.literal)
  }
}
