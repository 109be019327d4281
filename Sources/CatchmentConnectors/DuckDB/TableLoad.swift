internal import Catchment
internal import DuckDB

/// Brings a relation's rows into a table, inside the transaction that is open, with its undo log.
final class TableLoad {
  private let session: DuckDBSession
  private let commit: Int64
  private let target: String
  private(set) var isCreated = false
  private(set) var added = 0
  private(set) var removed = 0

  init(_ session: DuckDBSession, commit: Int64) {
    self.session = session
    self.commit = commit
    target = session.target
  }

  func load(_ rows: Relation) throws(CatchmentError) -> RecordCounts {
    switch session.mode {
    case .append: return try append(rows)
    case .replace: return try replace(by: rows)
    case .merge(let key): return try merge(rows, key)
    }
  }

  // MARK: The modes

  private func append(_ rows: Relation) throws(CatchmentError) -> RecordCounts {
    try create(like: rows)
    let fitted = try TableFit(rows, session).fitted()
    try add(fitted, expecting: session.bench.count(rows))
    var counts = RecordCounts()
    counts.loaded = added
    return counts
  }

  private func replace(by rows: Relation) throws(CatchmentError) -> RecordCounts {
    if let columns = try session.columns() {
      removed = try session.number("SELECT count(*) FROM \(target)")
      try session.execute(
        "CREATE TABLE \(DuckDBTables.removed(commit)) AS SELECT * FROM \(target)")
      let isSame = columns == rows.columns
      try session.execute(isSame ? "DELETE FROM \(target)" : "DROP TABLE \(target)")
      if !isSame { try session.create(like: rows) }
    }
    return try append(rows)
  }

  private func merge(_ rows: Relation, _ key: [String]) throws(CatchmentError) -> RecordCounts {
    try create(like: rows)
    let fitted = try TableFit(rows, session).fitted()
    let columns = rows.columns.map(\.name)
    try MergeKey(key, rows, session).check()
    let matches = key.map { "s.\(SQL.identifier($0)) = t.\(SQL.identifier($0))" }
      .joined(separator: " AND ")
    let differs = columns.map {
      "s.\(SQL.identifier($0)) IS DISTINCT FROM t.\(SQL.identifier($0))"
    }.joined(separator: " OR ")
    try session.execute(
      """
      CREATE TABLE \(DuckDBTables.removed(commit)) AS
      SELECT t.* FROM \(target) t JOIN \(fitted) s ON \(matches) WHERE \(differs);
      DELETE FROM \(target) t USING \(DuckDBTables.removed(commit)) s WHERE \(matches)
      """)
    removed = try session.number("SELECT count(*) FROM \(DuckDBTables.removed(commit))")
    let fresh = "(SELECT s.* FROM \(fitted) s ANTI JOIN \(target) t ON \(matches))"
    let read = try session.bench.count(rows)
    try add(fresh, expecting: session.number("SELECT count(*) FROM \(fresh)"))
    var counts = RecordCounts()
    counts.loaded = added - removed
    counts.updated = removed
    counts.duplicate = read - added
    return counts
  }

  // MARK: Rows and their undo log

  private func create(like rows: Relation) throws(CatchmentError) {
    guard try session.columns() == nil else { return }
    isCreated = true
    try session.create(like: rows)
  }

  /// Inserts rows, notes what they hash to, and counts them where they are now.
  private func add(_ rows: String, expecting expected: Int) throws(CatchmentError) {
    let columns = try session.columnList()
    let before = try session.number("SELECT count(*) FROM \(target)")
    try session.execute(
      """
      INSERT INTO \(DuckDBTables.added)
      SELECT \(commit), hash(\(columns)), count(*) FROM \(rows) GROUP BY ALL;
      INSERT INTO \(target) BY NAME SELECT * FROM \(rows)
      """)
    added = try session.number("SELECT count(*) FROM \(target)") - before
    guard added == expected else {
      throw CatchmentError(
        .failed, "\(expected) rows were to be loaded and \(added) arrived; nothing was committed")
    }
  }
}
