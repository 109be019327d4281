public import Catchment
internal import DuckDB

/// Takes back what was decided about conversations that hold the same talk, or decides anew.
///
/// ```swift
/// let review = DuplicateReview(home: home, sources: Catalogue.sources)
/// try review.undo("3f2a")            // the two count as different, also after the next import
/// ```
public struct DuplicateReview: Sendable {
  private let home: Home
  private let sources: SourceSet
  private let options: Importer.Options

  /// Reviews the decisions of a home.
  public init(home: Home, sources: SourceSet, options: Importer.Options = .init()) {
    self.home = home
    self.sources = sources
    self.options = options
  }

  /// A decision about two conversations, by their ids.
  public struct Pair: Sendable, Equatable {
    /// What `undo` takes.
    public var decision: String
    public var kept: String
    public var duplicate: String
  }

  /// Counts two conversations as different from now on.
  ///
  /// `name` is the id of the decision or of the conversation that is not kept, or a beginning of it
  /// that no other shares. Throws `usage` when there is none, `refused` when it was taken back
  /// already.
  public func undo(_ name: String) throws(CatchmentError) -> Pair {
    try changing(name, isUndone: false, "duplicates undo") { (first, second) in
      "INSERT INTO catchment.duplicates_undone VALUES ('\(first)', '\(second)', now())"
    }
  }

  /// Forgets that a decision was taken back.
  public func redo(_ name: String) throws(CatchmentError) -> Pair {
    try changing(name, isUndone: true, "duplicates redo") { (first, second) in
      """
      DELETE FROM catchment.duplicates_undone
      WHERE first_id = '\(first)' AND second_id = '\(second)'
      """
    }
  }

  /// Decides about all conversations anew, with a policy that is kept; without one, with that of the
  /// home.
  public func decide(_ policy: DuplicatePolicy?) throws(CatchmentError) -> DuplicateSummary {
    try withWarehouse { (connection) throws(DuckDBError) in
      let run = try Runs.nextNumber(connection)
      _ = try Deduplicator(connection: connection).decide(policy, run: run)
      // What is new has a run's number that there is not yet: it belongs to the last one.
      let summary = try DuplicateSummary.of(run, connection)
      try connection.execute(
        "UPDATE main.conversation_duplicates SET run = \(run - 1) WHERE run = \(run)")
      try Runs.audit(
        operation: "duplicates find", status: "success",
        message: "\(summary.decided) decisions are new", connection)
      return summary
    }
  }

  private func changing(
    _ name: String, isUndone: Bool, _ operation: String,
    _ change: (_ first: UUIDBytes, _ second: UUIDBytes) -> String
  ) throws(CatchmentError) -> Pair {
    let found = try withWarehouse { (connection) throws(DuckDBError) in
      let rows = try Self.find(name, connection)
      guard rows.count == 1, rows[0][3].boolean == isUndone, let kept = rows[0][1].uuid,
        let duplicate = rows[0][2].uuid
      else { return rows }
      let pair = UnorderedPair(kept, duplicate)
      try connection.execute(change(pair.first, pair.second))
      _ = try Deduplicator(connection: connection).decide(
        nil, run: try Runs.nextNumber(connection) - 1)
      try Runs.audit(
        operation: operation, status: "success", message: "\(duplicate) and \(kept)", connection)
      return rows
    }
    return try Self.only(found, name, isUndone: isUndone)
  }

  private static func find(
    _ name: String, _ connection: Connection
  ) throws(DuckDBError) -> [[Value]] {
    try connection.query(
      """
      SELECT decision_id, kept_id, duplicate_id, is_undone FROM main.conversation_duplicates
      WHERE starts_with(decision_id::VARCHAR, ?) OR starts_with(duplicate_id::VARCHAR, ?)
      ORDER BY decision_id
      """, .text(name), .text(name)
    ).rows()
  }

  private static func only(
    _ rows: [[Value]], _ name: String, isUndone: Bool
  ) throws(CatchmentError) -> Pair {
    guard let row = rows.first else {
      throw CatchmentError(
        .usage, "there is no decision \"\(name)\"", hint: "`catchment duplicates list` lists them")
    }
    guard rows.count == 1 else {
      throw CatchmentError(
        .usage, "\(rows.count) decisions begin with \"\(name)\"", hint: "give more of the id")
    }
    let ids = row.prefix(3).map { $0.uuid?.description ?? "" }
    guard row[3].boolean == isUndone else {
      throw CatchmentError(
        .refused,
        "decision \(ids[0]) \(isUndone ? "is in force" : "has been taken back already")")
    }
    return Pair(decision: ids[0], kept: ids[1], duplicate: ids[2])
  }

  private func withWarehouse<R>(
    _ body: (Connection) throws(DuckDBError) -> R
  ) throws(CatchmentError) -> R {
    guard Unit.Fingerprint.current(of: home.warehouse) != nil else {
      throw CatchmentError(
        .configuration, "there is no warehouse in \(home.path) yet",
        hint: "run `catchment import` first, or name another --home")
    }
    let lock = try HomeLock(home)
    defer { lock.release() }
    let warehouse = try Importer(home: home, sources: sources, options: options)
      .openWarehouse(share: .alone)
    defer { warehouse.close() }
    let connection = try warehouse.connect()
    let journal = RunJournal(path: home.state, pipeline: Importer.pipeline, warehouse, connection)
    let lease = try journal.takeLease()
    let result = try connection.atomically(under: lease, warehouse.path) {
      () throws(DuckDBError) in try body(connection)
    }
    try journal.close()
    return result
  }
}
