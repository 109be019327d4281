internal import Catchment

/// Which rows of a held relation are the same, as SQL over its columns.
struct RowClusters {
  /// Where the columns are read from.
  let source: String
  /// What rows of the same have alike, and others not.
  let keys: [String]
  /// A text for a cluster that no other one has, in any run.
  let id: String

  var keyList: String { keys.joined(separator: ", ") }

  /// Rows that are alike in the columns; in all, and NULL like NULL, when none is named.
  init(
    of held: Relation, alikeIn names: [String], for step: String
  ) throws(CatchmentError) {
    source = held.sql
    let columns = try held.columns(named: names, for: step)
    let values = columns.map { SQL.identifier($0.name) }
    guard !names.isEmpty else {
      (keys, id) = (values, "md5(\(columns.rowText))")
      return
    }
    let isAlone = values.map { "\($0) IS NULL" }.joined(separator: " OR ")
    keys = values + ["CASE WHEN \(isAlone) THEN rowid END"]
    id = "CASE WHEN NOT (\(isAlone)) THEN md5(\(columns.rowText)) END"
  }

  /// Rows that have the same root.
  ///
  /// - Parameter roots: the `root` of each `place` that has one.
  init(of held: Relation, roots: Relation) {
    source = """
      \(held.sql) LEFT JOIN (
        SELECT place AS "deduplicate: place", root AS "deduplicate: root" FROM \(roots.sql))
        ON "deduplicate: place" = rowid
      """
    keys = [#"coalesce("deduplicate: root", rowid)"#]
    id = "md5(\(held.columns.rowText))"
  }
}

/// Which row of a cluster stays, as SQL over a group of rows.
struct RowChoice {
  /// The `rowid` of the row.
  let place: String
  private let order: String

  /// The row that the columns put first, of those the one that came first.
  init(first columns: [Relation.Column]) {
    order = Self.order(columns, absent: "IS NULL")
    place = columns.isEmpty ? "min(rowid)" : "arg_min(rowid, \(order))"
  }

  /// The row that the columns put last, of those the one that came last.
  init(last columns: [Relation.Column]) {
    order = Self.order(columns, absent: "IS NOT NULL")
    place = columns.isEmpty ? "max(rowid)" : "arg_max(rowid, \(order))"
  }

  /// By each column, but before it by whether it is there.
  private static func order(_ columns: [Relation.Column], absent: String) -> String {
    let terms = columns.flatMap { column in
      let name = SQL.identifier(column.name)
      return ["\(name) \(absent)", name]
    }
    return terms.isEmpty ? "rowid" : "row(\(terms.joined(separator: ", ")), rowid)"
  }

  /// The row with the highest score, of those the one that came first; without a score, or with one
  /// that is no number, only when no other is there.
  init(best score: String) {
    let number = "(\(score))::DOUBLE"
    order = "row(coalesce(NOT isnan(\(number)), false), \(number), -rowid)"
    place = "arg_max(rowid, \(order))"
  }

  /// The value of a column in the first row that has one.
  func value(of column: Relation.Column) -> String {
    "arg_min(\(SQL.identifier(column.name)), \(order))"
  }
}
