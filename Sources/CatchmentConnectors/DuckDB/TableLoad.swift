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

/// Whether rows can be merged by a key.
private struct MergeKey {
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

/// Rows with the types of the table they go to.
///
/// What a table is like is its owner's affair: a column more or less, or a value that the column's
/// type cannot hold as it is, is refused and never bent.
private struct TableFit {
  private let rows: Relation
  private let session: DuckDBSession

  init(_ rows: Relation, _ session: DuckDBSession) {
    self.rows = rows
    self.session = session
  }

  /// SQL that reads the rows as the table's.
  func fitted() throws(CatchmentError) -> String {
    let columns = try session.columns() ?? rows.columns
    try compareNames(columns)
    let types = Dictionary(uniqueKeysWithValues: rows.columns.map { ($0.name, $0.type) })
    var parts: [String] = []
    for column in columns {
      let name = SQL.identifier(column.name)
      if let type = types[column.name], type != column.type {
        try checkValues(of: column, from: type)
        parts.append("CAST(\(name) AS \(column.type)) AS \(name)")
      } else {
        parts.append(name)
      }
    }
    return "(SELECT \(parts.joined(separator: ", ")) FROM \(rows.sql))"
  }

  private func compareNames(_ columns: [Relation.Column]) throws(CatchmentError) {
    let (there, given) = (Set(columns.map(\.name)), Set(rows.columns.map(\.name)))
    guard there != given else { return }
    var reasons: [String] = []
    let (more, less) = (given.subtracting(there).sorted(), there.subtracting(given).sorted())
    if !more.isEmpty { reasons.append("the table has no \(more.joined(separator: ", "))") }
    if !less.isEmpty { reasons.append("the rows have no \(less.joined(separator: ", "))") }
    throw CatchmentError(
      .validation, "the rows have other columns than the table; nothing was loaded",
      hint: "select the table's columns in a step, or load into another table",
      cause: reasons.joined(separator: "; "))
  }

  private func checkValues(
    of column: Relation.Column, from type: LogicalType
  ) throws(CatchmentError) {
    let name = SQL.identifier(column.name)
    let cast = "TRY_CAST(\(name) AS \(column.type))"
    let lost = try session.number(
      """
      SELECT count(*) FROM \(rows.sql)
      WHERE \(name) IS NOT NULL
        AND (\(cast) IS NULL OR TRY_CAST(\(cast) AS \(type)) IS DISTINCT FROM \(name))
      """)
    guard lost == 0 else {
      throw CatchmentError(
        .validation,
        "\(lost) values of the column \(column.name) do not fit the table; nothing was loaded",
        hint: "cast them in a step, or load into another table",
        cause: "the column is \(column.type), the values are \(type)")
    }
  }
}
