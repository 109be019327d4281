internal import Catchment
internal import DuckDB

/// A database with a table to load into, open for one pipeline.
///
/// What all of them do alike is in `TableSession`, `TableLoad` and `TableUndo`, in SQL that each
/// understands. What differs is here.
protocol TableStore: AnyObject {
  var bench: Workbench { get }
  /// What the log calls the table.
  var table: String { get }
  /// How SQL names it.
  var target: String { get }
  var log: TableLog { get }
  /// What the database calls a row's place.
  var rowID: String { get }

  /// Runs a statement with values for its `$1`, `$2`, …, or several without.
  func execute(_ sql: String, _ values: [Value]) throws(CatchmentError)
  func rows(_ sql: String) throws(CatchmentError) -> [[Value]]
  func begin() throws(CatchmentError)
  /// - Parameter proof: SQL that gives a row when the transaction was committed.
  func commit(proof: String) throws(CatchmentError)
  func rollBack() throws(CatchmentError)
  func close()

  /// A table's columns, with the engine's types; nil when there is no such table.
  func columns(of table: String) throws(CatchmentError) -> [Relation.Column]?
  /// The columns of a table that is made for these rows.
  func shape(of columns: [Relation.Column]) -> [Relation.Column]
  /// Makes the table, empty.
  func create(like rows: Relation) throws(CatchmentError)

  /// The rows of a query of the engine, into a table that has the query's columns.
  func copy(_ query: String, into table: String) throws(CatchmentError)
  /// The rows where the database's SQL can read them, with the columns and types of the table.
  func stage(_ rows: Relation, key: [String]) throws(CatchmentError) -> String
  /// SQL for the staged rows `s` that match no row `t` of the table, once those that differ are gone.
  func unmatched(_ staged: String, on matches: String) throws(CatchmentError) -> String
  /// SQL for a point in time, in microseconds since 1970, as a column of the table has it.
  func instant(_ micros: Int64) -> String

  /// Whether rows that come to others are read a second time, for the undo log.
  var hashesAppended: Bool { get }
  /// Adds rows to the table, with what `removeAdded` needs.
  func append(_ rows: Relation, commit: Int64) throws(CatchmentError)
  /// The same of rows that are staged.
  func add(_ staged: String, commit: Int64) throws(CatchmentError)
  /// Removes what a commit added and nobody changed since; the result is how many rows.
  func removeAdded(_ commit: Int64) throws(CatchmentError) -> Int
  /// Keeps rows that are about to go; `source` calls them `t`.
  func keep(_ source: String, commit: Int64) throws(CatchmentError)
  /// Brings back what a commit kept.
  func restore(_ commit: Int64) throws(CatchmentError)
}

extension TableStore {
  var hashesAppended: Bool { true }

  func execute(_ sql: String) throws(CatchmentError) { try execute(sql, []) }

  func number(_ sql: String) throws(CatchmentError) -> Int {
    Int(try rows(sql).first?.first?.int64 ?? 0)
  }

  func columns() throws(CatchmentError) -> [Relation.Column]? { try columns(of: target) }
  func isEmpty() throws(CatchmentError) -> Bool {
    try rows("SELECT 1 FROM \(target) LIMIT 1").isEmpty
  }

  func unmatched(_ staged: String, on matches: String) throws(CatchmentError) -> String {
    """
    (SELECT s.* FROM \(staged) s
     WHERE NOT EXISTS (SELECT 1 FROM \(target) t WHERE \(matches)))
    """
  }

  func instant(_ micros: Int64) -> String { log.moment("\(micros)") }

  /// Adds what the log of an older version lacks.
  func completeLog() throws(CatchmentError) {
    guard let columns = try columns(of: log.runs),
      !columns.contains(where: { $0.name == "deleted" })
    else { return }
    try execute("ALTER TABLE \(log.runs) ADD COLUMN deleted BIGINT")
  }

  func append(_ rows: Relation, commit: Int64) throws(CatchmentError) {
    try add(stage(rows, key: []), commit: commit)
  }

  func keep(_ source: String, commit: Int64) throws(CatchmentError) {
    try execute("CREATE TABLE \(log.removed(commit)) AS SELECT t.* FROM \(source)")
  }

  func restore(_ commit: Int64) throws(CatchmentError) {
    let removed = log.removed(commit)
    if let kept = try columns(of: removed) {
      if try kept == columns() {
        try execute("INSERT INTO \(target) SELECT * FROM \(removed)")
      } else {
        try execute("DROP TABLE \(target); CREATE TABLE \(target) AS SELECT * FROM \(removed)")
      }
    }
    try execute("DROP TABLE IF EXISTS \(removed)")
  }
}
