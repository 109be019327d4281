import Catchment
import CatchmentCatalogue
import CatchmentEngine
import DuckDB

/// The decisions, a row each.
struct DuplicateListing {
  let reader: WarehouseReader

  init(_ reader: WarehouseReader) { self.reader = reader }

  /// At most `limit` of them, and how many there are.
  func all(
    _ level: DuplicatePolicy.Level?, limit: Int
  ) throws(CatchmentError) -> (Listing, total: Int) {
    let condition = level.map { "WHERE d.level = '\($0.rawValue)'" } ?? ""
    let rows = try reader.rows(
      """
      SELECT d.decision_id, d.level, CASE WHEN d.is_undone THEN 'undone' ELSE d.action END,
        k.platform, k.title, d.kept_id, d.duplicate_id, d.similarity, d.estimated_similarity,
        d.shared_shingles, d.total_shingles, d.time_distance_ms, d.is_set_aside, d.run,
        d.decided_at
      FROM main.conversation_duplicates d
      LEFT JOIN main.conversations k ON k.conversation_id = d.kept_id
      \(condition) ORDER BY d.decided_at, d.level, k.title, d.decision_id LIMIT \(limit)
      """)
    let total = try reader.rows("SELECT count(*) FROM main.conversation_duplicates d \(condition)")
    return (Listing(columns: Self.columns, rows: rows), total.first?[0].int ?? 0)
  }

  private static let columns: [Listing.Column] = [
    .init("Decision", "decision_id"), .init("Level", "level"), .init("Action", "action"),
    .init("Platform", "platform"), .init("Title", "title"), .init("Kept", "kept_id"),
    .init("Duplicate", "duplicate_id"), .init("Alike", "similarity", .percent),
    .init("", "estimated_similarity", .detail), .init("", "shared_shingles", .detail),
    .init("", "total_shingles", .detail), .init("Apart", "time_distance_ms", .milliseconds),
    .init("", "is_set_aside", .detail), .init("", "run", .detail),
    .init("", "decided_at", .detail),
  ]
}

extension DuplicateReview {
  init(_ options: GlobalOptions) throws(CatchmentError) {
    self.init(
      home: options.home, sources: try options.sources(),
      options: .init(memory: options.memory.bytes, threads: options.threadCount))
  }
}

extension DuplicateReview.Pair {
  var json: JSON {
    JSON([
      "decision_id": .text(decision), "kept_id": .text(kept), "duplicate_id": .text(duplicate),
    ])
  }
}

extension DuplicateSummary {
  var json: JSON {
    JSON([
      "set_aside": .integer(setAside), "versions": .integer(versions),
      "decided": .integer(decided), "conflicts": .integer(conflicts),
    ])
  }
}
