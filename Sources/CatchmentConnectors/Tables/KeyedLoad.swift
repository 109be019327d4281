internal import Catchment
internal import DuckDB

/// How rows are told apart, and what becomes of those of the table that no longer are as they were.
struct KeyedLoad {
  let key: [String]
  /// Whether the rows are all that there are, so that the others of the table go.
  let deletesMissing: Bool
  /// The moment from which rows are valid, when every version of them is kept.
  let historyAt: Int64?

  init(_ key: [String], deletesMissing: Bool, historyAt: Int64? = nil) {
    self.key = key
    self.deletesMissing = deletesMissing
    self.historyAt = historyAt
  }

  var isHistory: Bool { historyAt != nil }
  private var isLive: String? { isHistory ? "t.\(HistoryColumns.isCurrent)" : nil }

  /// That a row `s` has the key of a row `t` that holds now.
  var matches: String {
    (key.map { "s.\(SQL.identifier($0)) = t.\(SQL.identifier($0))" } + [isLive].compactMap(\.self))
      .joined(separator: " AND ")
  }

  /// The rows of the table that hold now and have the key of a staged one, as what stands after FROM.
  func matched(_ target: String, _ staged: String) -> String {
    """
    (SELECT t.* FROM \(target) t
     WHERE EXISTS (SELECT 1 FROM \(staged) s WHERE \(matches))) AS matched
    """
  }

  /// The rows `t` that no longer hold, as what stands after FROM.
  func outdated(_ target: String, _ staged: String, columns: [Relation.Column]) -> String {
    let differs = columns.map {
      "s.\(SQL.identifier($0.name)) IS DISTINCT FROM t.\(SQL.identifier($0.name))"
    }.joined(separator: " OR ")
    guard deletesMissing else {
      return "\(target) t JOIN \(staged) s ON \(matches) WHERE \(differs)"
    }
    // A staged row has a key; what has none in the table is no row of the source's.
    let isMatched = "s.\(SQL.identifier(key[0])) IS NOT NULL"
    let hasKey = key.map { "t.\(SQL.identifier($0)) IS NOT NULL" }.joined(separator: " AND ")
    return """
      \(target) t LEFT JOIN \(staged) s ON \(matches)
      WHERE (\(isMatched) AND (\(differs)) OR NOT \(isMatched) AND \(hasKey))
        AND \(isLive ?? "true")
      """
  }
}

extension LoadMode {
  /// The columns of a table for these rows.
  func columns(of rows: Relation) -> [Relation.Column] {
    guard case .scd2 = self else { return rows.columns }
    let types: [LogicalType] = [.timestampTZ, .timestampTZ, .boolean]
    return rows.columns + zip(HistoryColumns.all, types).map(Relation.Column.init)
  }
}

extension TableLoad {
  /// Removes what is out of date, and adds what is new; of a history the former is added again, closed.
  func merge(_ rows: Relation, _ load: KeyedLoad) throws(CatchmentError) -> RecordCounts {
    let key = MergeKey(load.key, rows, store)
    if store.bench.passage(of: rows) != nil { return try fill(rows, key) }
    let incoming = try dated(rows, load)
    try create(like: incoming)
    try key.check()
    try checkHistory(incoming, load)
    let staged = try store.stage(incoming, key: load.key)
    try key.check(in: load.matched(target, staged))
    let kept = store.log.removed(commit)
    try store.keep(load.outdated(target, staged, columns: rows.columns), commit: commit)
    try store.execute(
      """
      DELETE FROM \(target) WHERE \(store.rowID) IN (
        SELECT t.\(store.rowID) FROM \(target) t JOIN \(kept) s ON \(load.matches))
      """)
    removed = try store.number("SELECT count(*) FROM \(kept)")
    let keys = KeyedLoad(load.key, deletesMissing: false).matches
    let updated =
      load.deletesMissing
      ? try store.number("SELECT count(*) FROM \(kept) t JOIN \(staged) s ON \(keys)") : removed
    let fresh = try store.unmatched(staged, on: load.matches)
    let new = try store.number("SELECT count(*) FROM \(fresh) f")
    try countAdded(expecting: new) { () throws(CatchmentError) in
      try store.add(fresh, commit: commit)
    }
    try close(kept, rows.columns, load)
    var counts = RecordCounts()
    counts.loaded = new - updated
    counts.updated = updated
    counts.duplicate = try store.bench.count(rows) - new
    counts.deleted = removed - updated
    return counts
  }

  /// Brings rows that are read once into a table that is not there yet, where none has a key of theirs.
  private func fill(_ rows: Relation, _ key: MergeKey) throws(CatchmentError) -> RecordCounts {
    try key.checkColumns()
    let counts = try append(rows)
    try key.checkArrived(in: target)
    return counts
  }

  /// The rows as versions that begin now.
  private func dated(_ rows: Relation, _ load: KeyedLoad) throws(CatchmentError) -> Relation {
    guard let now = load.historyAt else { return rows }
    let names = rows.columns.map(\.name)
    if let taken = HistoryColumns.all.first(where: names.contains) {
      throw CatchmentError(
        .configuration, "the rows have a column \(taken), which mode: scd2 adds itself",
        hint: "rename it in a step")
    }
    return try store.bench.view(
      """
      SELECT *, make_timestamptz(\(now)) AS \(HistoryColumns.from),
        CAST(NULL AS TIMESTAMPTZ) AS \(HistoryColumns.to), true AS \(HistoryColumns.isCurrent)
      FROM \(rows.sql)
      """, of: rows)
  }

  /// That the table's own columns can say what a history says, and no version begins later than now.
  private func checkHistory(_ rows: Relation, _ load: KeyedLoad) throws(CatchmentError) {
    guard let now = load.historyAt else { return }
    let columns = try store.columns() ?? []
    for wanted in store.shape(of: rows.columns) where HistoryColumns.all.contains(wanted.name) {
      guard let column = columns.first(where: { $0.name == wanted.name }),
        column.type == wanted.type || column.type == .any
      else {
        throw CatchmentError(
          .validation,
          "the table keeps no history: it has no column \(wanted.name) of \(wanted.type)",
          hint: "load into another table, which is made as mode: scd2 needs it")
      }
    }
    let later = try store.number(
      "SELECT count(*) FROM \(target) WHERE \(HistoryColumns.from) >= \(store.instant(now))")
    guard later == 0 else {
      throw CatchmentError(
        .refused, "\(later) rows of the table begin later than this machine's clock says it is",
        hint: "set the clock, or wait")
    }
  }

  private func close(
    _ kept: String, _ columns: [Relation.Column], _ load: KeyedLoad
  ) throws(CatchmentError) {
    guard let now = load.historyAt, removed > 0 else { return }
    let names = SQL.identifiers(columns.map(\.name) + [HistoryColumns.from])
    let closed = """
      (SELECT \(names), \(store.instant(now)) AS \(HistoryColumns.to),
        false AS \(HistoryColumns.isCurrent) FROM \(kept))
      """
    try countAdded(expecting: removed) { () throws(CatchmentError) in
      try store.add(closed, commit: commit)
    }
  }
}
