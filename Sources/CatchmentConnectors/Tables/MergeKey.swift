internal import Catchment
internal import DuckDB

/// Whether rows can be merged by a key.
struct MergeKey {
  private let key: [String]
  private let rows: Relation
  private let store: any TableStore

  init(_ key: [String], _ rows: Relation, _ store: any TableStore) {
    self.key = key
    self.rows = rows
    self.store = store
  }

  /// That every row has a key of its own.
  func check() throws(CatchmentError) {
    try checkColumns()
    try refuse(engine(nulls(in: rows.sql)), "have no value in the key")
    try refuse(engine(shared(in: rows.sql)), "share their key with another")
  }

  /// That the rows have the key's columns.
  func checkColumns() throws(CatchmentError) {
    let names = rows.columns.map(\.name)
    guard !key.isEmpty, key.allSatisfy(names.contains) else {
      throw CatchmentError(
        .configuration, "the rows have no key (\(key.joined(separator: ", ")))",
        hint: "their columns are \(names.joined(separator: ", "))")
    }
  }

  /// The same as `check`, of rows where they arrived.
  func checkArrived(in target: String) throws(CatchmentError) {
    try refuse(store.number(nulls(in: target)), "have no value in the key")
    try refuse(store.number(shared(in: target)), "share their key with another")
  }

  /// - Parameter table: the rows of the table that may not share a key, as what stands after FROM.
  func check(in table: String) throws(CatchmentError) {
    try refuse(
      store.number(shared(in: table)), "of the table share their key with another")
  }

  private func engine(_ sql: String) throws(CatchmentError) -> Int {
    Int(try store.bench.query(sql).first?.first?.int64 ?? 0)
  }

  private var lacksKey: String {
    key.map { "\(SQL.identifier($0)) IS NULL" }.joined(separator: " OR ")
  }

  private func nulls(in table: String) -> String {
    "SELECT count(*) FROM \(table) WHERE \(lacksKey)"
  }

  private func shared(in table: String) -> String {
    """
    SELECT CAST(coalesce(sum(n), 0) AS BIGINT)
    FROM (SELECT count(*) AS n FROM \(table) WHERE NOT (\(lacksKey))
      GROUP BY \(SQL.identifiers(key)) HAVING count(*) > 1) AS shared
    """
  }

  private func refuse(_ wrong: Int, _ reason: String) throws(CatchmentError) {
    guard wrong == 0 else {
      throw CatchmentError(
        .validation, "\(wrong) rows \(reason) (\(key.joined(separator: ", "))); nothing was loaded",
        hint: "give another key, or a step that leaves one row for each")
    }
  }
}
