internal import Catchment
internal import DuckDB

/// Looks for conversations with different ids that hold the same talk, and writes down what it
/// decides with its evidence.
///
/// What it decides is a pure function of the conversations, the policy and what the user took back,
/// made anew after every import, retry and rollback; so it needs no undo log, and a run that was
/// killed before it heals with the next. Rows of conversations are never changed: views and totals
/// leave out what `conversation_duplicates` sets aside.
///
/// Call it in a transaction.
struct Deduplicator {
  let connection: Connection

  /// Decides with a policy, which the warehouse keeps; without one, with the kept one.
  func decide(_ policy: DuplicatePolicy?, run: Int32) throws(DuckDBError) -> Verdict {
    let store = DuplicateStore(connection: connection)
    let policy = try store.policy(changedTo: policy)
    var talks = try TalkFinder(connection: connection).talks()
    guard !talks.isEmpty else {
      try store.write([], policy, run: run)
      return Verdict()
    }
    var verdict = Verdict()
    verdict.signed = try SignatureIndex(connection: connection).sign(&talks)
    var clusters = Clusters(talks, undone: try store.undone())
    clusters.joinRaw()
    clusters.joinContent()
    var bands = Bands()
    var overlaps = try OverlapIndex(connection, talks)
    try clusters.joinSimilar(&bands, &overlaps)
    verdict.compared = bands.compared
    verdict.read = overlaps.pairsRead
    verdict.decisions = clusters.decisions
    try store.write(clusters.decisions, policy, run: run)
    return verdict
  }
}

/// The tables that de-duplication keeps.
struct DuplicateStore {
  let connection: Connection

  /// The policy in force: the one given, else the one that is kept.
  func policy(changedTo new: DuplicatePolicy?) throws(DuckDBError) -> DuplicatePolicy {
    var kept = DuplicatePolicy()
    let rows = try connection.query("SELECT level, action FROM catchment.duplicate_policy").rows()
    for row in rows {
      if let level = DuplicatePolicy.Level(rawValue: row[0].text ?? ""),
        let action = DuplicatePolicy.Action(rawValue: row[1].text ?? "")
      {
        kept[level] = action
      }
    }
    guard let new, new != kept else { return kept }
    try connection.execute("DELETE FROM catchment.duplicate_policy")
    for level in DuplicatePolicy.Level.allCases {
      _ = try connection.query(
        "INSERT INTO catchment.duplicate_policy VALUES (?, ?)", .text(level.rawValue),
        .text(new[level].rawValue))
    }
    return new
  }

  /// The pairs that the user said are different.
  func undone() throws(DuckDBError) -> Set<UnorderedPair> {
    let rows = try connection.query(
      "SELECT first_id, second_id FROM catchment.duplicates_undone"
    ).rows()
    return Set(
      rows.compactMap { row in
        guard let first = row[0].uuid, let second = row[1].uuid else { return nil }
        return UnorderedPair(first, second)
      })
  }

  /// Makes the table hold these decisions; one that is as it was keeps its run and time.
  func write(
    _ decisions: [Decision], _ policy: DuplicatePolicy, run: Int32
  ) throws(DuckDBError) {
    let table = EngineTables.duplicates
    let there = try connection.query("SELECT count(*) FROM \(table.qualifiedName)").scalar()?.int64
    if decisions.isEmpty, there == 0 { return }
    try stage(decisions, policy, run: run)
    let exact = table.columns.filter { !$0.isVolatile }.map(\.name).joined(separator: ", ")
    let same = ["decision_id", "level", "action", "kept_id", "is_undone"]
      .map { "o.\($0) = n.\($0)" }.joined(separator: " AND ")
    let differences = try connection.query(
      """
      SELECT count(*) FROM (
        (SELECT \(exact) FROM \(table.qualifiedName) EXCEPT SELECT \(exact) FROM stage_duplicates)
        UNION ALL
        (SELECT \(exact) FROM stage_duplicates EXCEPT SELECT \(exact) FROM \(table.qualifiedName)))
      """
    ).scalar()?.int64
    guard differences != 0 else { return }
    try connection.execute(
      """
      UPDATE stage_duplicates AS n SET run = o.run, decided_at = o.decided_at
      FROM \(table.qualifiedName) o WHERE \(same);
      DELETE FROM \(table.qualifiedName);
      INSERT INTO \(table.qualifiedName) SELECT * FROM stage_duplicates
      ORDER BY decided_at, level, kept_id, duplicate_id
      """)
  }

  private func stage(
    _ decisions: [Decision], _ policy: DuplicatePolicy, run: Int32
  ) throws(DuckDBError) {
    try connection.execute(
      """
      CREATE OR REPLACE TEMP TABLE stage_duplicates (\(EngineTables.duplicates.plainDefinition))
      """)
    let rows = try Appender(
      connection, catalog: "temp", schema: "main", table: "stage_duplicates")
    let now = Clock.now()
    for decision in decisions {
      let action = policy[decision.level]
      write(decision, action, rows)
      rows.set(16, run)
      rows.setTimestamp(17, now)
      try rows.endRow()
    }
    try rows.close()
  }

  private func write(_ decision: Decision, _ action: DuplicatePolicy.Action, _ rows: Appender) {
    let (kept, other) = (decision.kept, decision.duplicate)
    rows.setUUID(0, decision.id)
    rows.setText(1, decision.level.rawValue)
    rows.setText(2, action.rawValue)
    rows.setUUID(3, kept.id)
    rows.setUUID(4, other.id)
    rows.set(5, action.setsAside && !decision.isUndone)
    rows.set(6, decision.isUndone)
    rows.setText(7, kept.rawChecksum)
    rows.setText(8, other.rawChecksum)
    rows.setText(9, kept.contentHash)
    rows.setText(10, other.contentHash)
    if let estimate = decision.estimate { rows.set(11, estimate) }
    if let overlap = decision.overlap {
      rows.set(12, overlap.similarity)
      rows.set(13, overlap.shared)
      rows.set(14, overlap.total)
    }
    if let distance = kept.distance(to: other) { rows.set(15, distance / 1_000) }
  }
}
