internal import Catchment
internal import FoundationEssentials

/// Brings a relation's rows into a table, inside the transaction that is open, with its undo log.
final class TableLoad {
  let store: any TableStore
  let commit: Int64
  let target: String
  private(set) var isCreated = false
  private(set) var added = 0
  var removed = 0

  init(_ store: any TableStore, commit: Int64) {
    self.store = store
    self.commit = commit
    target = store.target
  }

  /// - Parameter isWhole: whether these are all rows that there are to be.
  func load(
    _ rows: Relation, _ mode: LoadMode, isWhole: Bool
  ) throws(CatchmentError) -> RecordCounts {
    switch mode {
    case .append: return try append(rows)
    case .replace: return try replace(by: rows)
    case .merge(let key, let deletes):
      return try merge(rows, KeyedLoad(key, deletesMissing: deletes && isWhole))
    case .scd2(let key, let closes):
      let now = Int64(Date().timeIntervalSince1970 * 1_000_000)
      return try merge(rows, KeyedLoad(key, deletesMissing: closes && isWhole, historyAt: now))
    }
  }

  // MARK: The modes

  func append(_ rows: Relation) throws(CatchmentError) -> RecordCounts {
    try create(like: rows)
    let arrived = try arrivals { () throws(CatchmentError) in
      try store.append(rows, commit: commit)
    }
    try check(arrived, expected: store.bench.rowCount(of: rows))
    var counts = RecordCounts()
    counts.loaded = added
    return counts
  }

  private func replace(by rows: Relation) throws(CatchmentError) -> RecordCounts {
    if let columns = try store.columns() {
      removed = try count()
      try store.keep("\(target) t", commit: commit)
      let isSame = columns == store.shape(of: rows.columns)
      try store.execute(isSame ? "DELETE FROM \(target)" : "DROP TABLE \(target)")
      if !isSame { try store.create(like: rows) }
    }
    return try append(rows)
  }

  // MARK: Rows

  func create(like rows: Relation) throws(CatchmentError) {
    guard try store.columns() == nil else { return }
    isCreated = true
    try store.create(like: rows)
  }

  private func count() throws(CatchmentError) -> Int {
    try store.number("SELECT count(*) FROM \(target)")
  }

  /// Counts the rows where they are now.
  func countAdded(
    expecting expected: Int, _ add: () throws(CatchmentError) -> Void
  ) throws(CatchmentError) {
    let arrived = try arrivals(add)
    try check(arrived, expected: expected)
  }

  private func arrivals(
    _ add: () throws(CatchmentError) -> Void
  ) throws(CatchmentError) -> Int {
    let before = isCreated && added == 0 ? 0 : try count()
    try add()
    return try count() - before
  }

  private func check(_ arrived: Int, expected: Int) throws(CatchmentError) {
    guard arrived == expected else {
      throw CatchmentError(
        .failed, "\(expected) rows were to be loaded and \(arrived) arrived; nothing was committed")
    }
    added += arrived
  }
}
