internal import Catchment
internal import DuckDB

/// Whether rows can be merged by a key.
struct MergeKey {
  private let key: [String]
  private let rows: Relation
  private let session: DuckDBSession

  init(_ key: [String], _ rows: Relation, _ session: DuckDBSession) {
    self.key = key
    self.rows = rows
    self.session = session
  }

  func check() throws(CatchmentError) {
    let names = rows.columns.map(\.name)
    guard !key.isEmpty, key.allSatisfy(names.contains) else {
      throw CatchmentError(
        .configuration, "the rows have no key (\(key.joined(separator: ", ")))",
        hint: "their columns are \(names.joined(separator: ", "))")
    }
    try refuse("have no value in the key", Self.nulls(key), in: rows.sql)
    try refuse("share their key with another", nil, in: rows.sql)
    try refuse("of the table share their key with another", nil, in: session.target)
  }

  private static func nulls(_ key: [String]) -> String {
    key.map { "\(SQL.identifier($0)) IS NULL" }.joined(separator: " OR ")
  }

  /// Refuses rows for which `condition` holds, or that are not the only one with their key.
  private func refuse(
    _ reason: String, _ condition: String?, in table: String
  ) throws(CatchmentError) {
    let list = SQL.identifiers(key)
    let wrong = try session.number(
      condition.map { "SELECT count(*) FROM \(table) WHERE \($0)" }
        ?? """
        SELECT coalesce(sum(n), 0)::BIGINT
        FROM (SELECT count(*) AS n FROM \(table) WHERE NOT (\(Self.nulls(key)))
          GROUP BY \(list) HAVING n > 1)
        """)
    guard wrong == 0 else {
      throw CatchmentError(
        .validation, "\(wrong) rows \(reason) (\(key.joined(separator: ", "))); nothing was loaded",
        hint: "give another key, or a step that leaves one row for each")
    }
  }
}
