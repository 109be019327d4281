internal import Catchment

/// Brings a relation's rows into a table, inside the transaction that is open, with its undo log.
final class TableLoad {
  private let store: any TableStore
  private let commit: Int64
  private let target: String
  private(set) var isCreated = false
  private(set) var added = 0
  private(set) var removed = 0

  init(_ store: any TableStore, commit: Int64) {
    self.store = store
    self.commit = commit
    target = store.target
  }

  func load(_ rows: Relation, _ mode: LoadMode) throws(CatchmentError) -> RecordCounts {
    switch mode {
    case .append: return try append(rows)
    case .replace: return try replace(by: rows)
    case .merge(let key): return try merge(rows, key)
    }
  }

  // MARK: The modes

  private func append(_ rows: Relation) throws(CatchmentError) -> RecordCounts {
    try create(like: rows)
    try countAdded(expecting: store.bench.count(rows)) { () throws(CatchmentError) in
      try store.append(rows, commit: commit)
    }
    var counts = RecordCounts()
    counts.loaded = added
    return counts
  }

  private func replace(by rows: Relation) throws(CatchmentError) -> RecordCounts {
    if let columns = try store.columns() {
      removed = try count()
      try store.keep("\(target) t", commit: commit)
      let isSame = columns == store.shape(of: rows)
      try store.execute(isSame ? "DELETE FROM \(target)" : "DROP TABLE \(target)")
      if !isSame { try store.create(like: rows) }
    }
    return try append(rows)
  }

  private func merge(_ rows: Relation, _ key: [String]) throws(CatchmentError) -> RecordCounts {
    try create(like: rows)
    try MergeKey(key, rows, store).check()
    let staged = try store.stage(rows, key: key)
    let matches = Self.matches(key)
    let differs = rows.columns.map {
      "s.\(SQL.identifier($0.name)) IS DISTINCT FROM t.\(SQL.identifier($0.name))"
    }.joined(separator: " OR ")
    let kept = store.log.removed(commit)
    try store.keep("\(target) t JOIN \(staged) s ON \(matches) WHERE \(differs)", commit: commit)
    try store.execute(
      """
      DELETE FROM \(target) WHERE \(store.rowID) IN (
        SELECT t.\(store.rowID) FROM \(target) t JOIN \(kept) s ON \(matches))
      """)
    removed = try store.number("SELECT count(*) FROM \(kept)")
    let fresh = try store.unmatched(staged, key: key)
    let expected = try store.number("SELECT count(*) FROM \(fresh) f")
    try countAdded(expecting: expected) { () throws(CatchmentError) in
      try store.add(fresh, commit: commit)
    }
    var counts = RecordCounts()
    counts.loaded = added - removed
    counts.updated = removed
    counts.duplicate = try store.bench.count(rows) - added
    return counts
  }

  /// That a row `s` has the key of a row `t`.
  static func matches(_ key: [String]) -> String {
    key.map { "s.\(SQL.identifier($0)) = t.\(SQL.identifier($0))" }.joined(separator: " AND ")
  }

  // MARK: Rows

  private func create(like rows: Relation) throws(CatchmentError) {
    guard try store.columns() == nil else { return }
    isCreated = true
    try store.create(like: rows)
  }

  private func count() throws(CatchmentError) -> Int {
    try store.number("SELECT count(*) FROM \(target)")
  }

  /// Counts the rows where they are now.
  private func countAdded(
    expecting expected: Int, _ add: () throws(CatchmentError) -> Void
  ) throws(CatchmentError) {
    let before = try count()
    try add()
    added = try count() - before
    guard added == expected else {
      throw CatchmentError(
        .failed, "\(expected) rows were to be loaded and \(added) arrived; nothing was committed")
    }
  }
}
