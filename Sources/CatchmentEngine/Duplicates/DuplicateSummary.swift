public import Catchment
internal import DuckDB

/// How many conversations hold the same talk as another, and what was decided by this run.
public struct DuplicateSummary: Sendable {
  /// Conversations that are not counted, for another one is kept in their place.
  public var setAside = 0
  /// Conversations that stay, as versions of others.
  public var versions = 0
  /// Decisions of this run.
  public var decided = 0
  /// Pairs that this run found and that are to be errors.
  public var conflicts = 0
  /// The first of those, in words; at most `conflictLimit`.
  public var named: [CatchmentError] = []

  /// How many conflicts a report names.
  public static let conflictLimit = 20

  /// None.
  public init() {}

  /// As the warehouse has it.
  static func of(_ run: Int32, _ connection: Connection) throws(DuckDBError) -> DuplicateSummary {
    var summary = DuplicateSummary()
    let counts = try connection.query(
      """
      SELECT count(*) FILTER (is_set_aside),
        count(*) FILTER (action = 'version' AND NOT is_undone), count(*) FILTER (run = \(run)),
        count(*) FILTER (run = \(run) AND action = 'error' AND NOT is_undone)
      FROM main.conversation_duplicates
      """
    ).rows().first?.map { Int($0.int64 ?? 0) }
    guard let counts, counts.count == 4 else { return summary }
    summary.setAside = counts[0]
    summary.versions = counts[1]
    summary.decided = counts[2]
    summary.conflicts = counts[3]
    if summary.conflicts > 0 { summary.named = try conflicts(of: run, connection) }
    return summary
  }

  private static func conflicts(
    of run: Int32, _ connection: Connection
  ) throws(DuckDBError) -> [CatchmentError] {
    try connection.query(
      """
      SELECT duplicate_id, kept_id, level, decision_id FROM main.conversation_duplicates
      WHERE run = \(run) AND action = 'error' AND NOT is_undone
      ORDER BY level, kept_id, duplicate_id LIMIT \(conflictLimit)
      """
    ).rows().map { row in
      let texts = row.map { $0.uuid?.description ?? $0.text ?? "" }
      return CatchmentError(
        .refused, "conversation \(texts[0]) is the same talk as \(texts[1]), by \(texts[2])",
        hint: "`catchment duplicates explain \(texts[3])` says why; "
          + "`catchment duplicates undo \(texts[3])` says that they differ")
    }
  }
}
