internal import Catchment
internal import DuckDB

/// A conversation that could be the same as another, with what it is compared by before its words
/// are read.
struct Talk {
  let id: UUIDBytes
  /// Conversations of two such groups are never similar: the platform, and whether it is a sub-agent.
  let group: UInt64
  let parent: UUIDBytes?
  /// Microseconds since 1970.
  let started: Int64?
  let ended: Int64?
  let rawChecksum: String
  let contentHash: String
  /// What it counted, or else how long it was to the millisecond; nil when neither is known.
  let figures: UInt64?
  var signature = Signature()

  /// The one that is kept comes first: the earliest.
  static func earlier(_ a: Talk, _ b: Talk) -> Bool {
    let (mine, theirs) = (a.started ?? .max, b.started ?? .max)
    return mine == theirs ? a.id < b.id : mine < theirs
  }

  /// The one that is kept comes first: the one that says most, then the earliest.
  static func fuller(_ a: Talk, _ b: Talk) -> Bool {
    let (mine, theirs) = (a.signature.shingles, b.signature.shingles)
    return mine == theirs ? earlier(a, b) : mine > theirs
  }

  /// Between the two beginnings or the two ends, whichever is nearer; nil when a time is unknown.
  func distance(to other: Talk) -> Int64? {
    let starts = Self.distance(started, other.started)
    let ends = Self.distance(ended, other.ended)
    return [starts, ends].compactMap(\.self).min()
  }

  private static func distance(_ a: Int64?, _ b: Int64?) -> Int64? {
    guard let a, let b else { return nil }
    return abs(a - b)
  }

  /// Whether the two could be one talk at all: not of two platforms, and not a session and its
  /// sub-agent.
  func isComparable(with other: Talk) -> Bool {
    group == other.group && parent != other.id && other.parent != id
  }

  /// Whether its words are to be compared with the other's, though nothing else ties the two.
  func isNear(_ other: Talk) -> Bool {
    guard isComparable(with: other) else { return false }
    if let figures, figures == other.figures { return true }
    guard let distance = distance(to: other) else { return started == nil && other.started == nil }
    return distance <= Nearness.window
  }

  /// Begun and ended in the same second.
  func isSimultaneous(with other: Talk) -> Bool {
    guard let starts = Self.distance(started, other.started),
      let ends = Self.distance(ended, other.ended)
    else { return false }
    return max(starts, ends) < 1_000_000
  }

  /// Begun in the same second.
  func beganWith(_ other: Talk) -> Bool {
    Self.distance(started, other.started).map { $0 < 1_000_000 } ?? false
  }
}

/// What counts as near in time, and what a model must have said.
enum Nearness {
  /// In microseconds: a minute between the beginnings or between the ends.
  static let window: Int64 = 60_000_000
  /// So many shingles of a model's words are not said twice by chance; a prompt may be.
  static let modelShingles = 16
  /// What two conversations must have in common, of all that is in either.
  static let similarity = 0.95
  /// Of the model's words in the one that has fewer.
  static let modelShare = 0.8
  /// Below it the true share is not above `similarity`: four and a half standard deviations.
  static let estimate = 0.86
}

/// Finds the conversations that could be the same as another, from `conversations` alone.
///
/// Most have no other that began or ended within a minute, none with the same content and none that
/// counted the same tokens or was as long to the millisecond; their words are never read. One without
/// a hash of its content, as a foreign export may have it, is left alone: what is kept of a talk is
/// known to be of its content by that hash.
struct TalkFinder {
  let connection: Connection

  func talks() throws(DuckDBError) -> [Talk] {
    let result = try connection.stream(
      """
      SELECT conversation_id, hash(platform, is_sub), parent_conversation_id, began, ended,
        coalesce(raw_checksum, ''), coalesce(content_hash, ''), figures
      FROM (
        SELECT conversation_id, platform, coalesce(is_sidechain, false) AS is_sub,
          parent_conversation_id, epoch_us(created_at) AS began, epoch_us(updated_at) AS ended,
          raw_checksum, content_hash,
          CASE WHEN total_output_tokens > 0 THEN hash(total_messages, total_tool_calls,
              total_input_tokens, total_output_tokens, total_cache_read_tokens)
            WHEN duration_ms > 0 THEN hash(total_messages, total_tool_calls, duration_ms)
          END AS figures
        FROM main.conversations WHERE total_messages > 0 AND content_hash IS NOT NULL)
      WINDOW begins AS (PARTITION BY platform, is_sub ORDER BY began),
        ends AS (PARTITION BY platform, is_sub ORDER BY ended)
      QUALIFY count(*) OVER (PARTITION BY content_hash) > 1
        OR began - lag(began) OVER begins <= \(Nearness.window)
        OR lead(began) OVER begins - began <= \(Nearness.window)
        OR ended - lag(ended) OVER ends <= \(Nearness.window)
        OR lead(ended) OVER ends - ended <= \(Nearness.window)
        OR (began IS NULL AND count(*) OVER (PARTITION BY platform, is_sub, began) > 1)
        OR (figures IS NOT NULL AND count(*) OVER (PARTITION BY platform, is_sub, figures) > 1)
      """)
    var talks: [Talk] = []
    while let chunk = try result.next() {
      for row in 0..<chunk.rowCount { talks.append(Self.talk(chunk, row)) }
    }
    return talks.sorted(by: Talk.earlier)
  }

  private static func talk(_ chunk: DataChunk, _ row: Int) -> Talk {
    func column(_ index: Int) -> Vector { chunk.column(index) }
    func number(_ index: Int) -> Int64? {
      column(index).isNull(at: row) ? nil : column(index).int64(at: row)
    }
    return Talk(
      id: column(0).uuid(at: row), group: column(1).uint64(at: row),
      parent: column(2).isNull(at: row) ? nil : column(2).uuid(at: row),
      started: number(3), ended: number(4), rawChecksum: column(5).string(at: row),
      contentHash: column(6).string(at: row), figures: number(7).map { UInt64(bitPattern: $0) })
  }
}
