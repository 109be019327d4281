public import Catchment
public import DuckDB
internal import GRDB

/// A document that a question matches; its text is in the warehouse.
public struct SearchHit: Sendable {
  /// The conversation that it belongs to.
  public let conversation: UUIDBytes
  /// The row of its table.
  public let row: UUIDBytes
  /// Microseconds since 1970.
  public let time: Int64?
  let kind: DocumentKind
  /// Where the engine kept the row when it was indexed; it may have moved since.
  let place: Int64

  /// The table of the row.
  public var table: String {
    switch kind {
    case .title: "conversations"
    case .message: "messages"
    case .toolCall: "tool_calls"
    case .summary: "summaries"
    }
  }
}

extension SearchIndex {
  /// The newest hits first, `each` at most of one conversation, none of those that are left out.
  public func find(
    _ query: SearchQuery, limit: Int, each: Int, leavingOut: Set<UUIDBytes> = []
  ) throws(CatchmentError) -> [SearchHit] {
    try read { database in
      var collector = HitCollector(limit: limit, each: each)
      let cursor = try Self.cursor(query, database)
      while let row = try cursor.next() {
        let found = Candidate(row)
        guard !leavingOut.contains(found.hit.conversation) else { continue }
        if let times = query.times {
          guard let time = found.hit.time, times.contains(time) else { continue }
        }
        guard collector.take(found) else { break }
      }
      return collector.finished()
    }
  }

  private static func cursor(_ query: SearchQuery, _ database: GRDB.Database) throws -> RowCursor {
    let range = DocumentNumber.numbers(within: query.times)
    let columns = "d.id, c.high, c.low, d.high, d.low, d.time, d.kind, d.place"
    let join = "JOIN conversations c ON c.number = d.conversation"
    guard let match = query.match else {
      return try Row.fetchCursor(
        database,
        sql: """
          SELECT \(columns) FROM documents d CROSS \(join)
          WHERE d.id BETWEEN ? AND ? ORDER BY d.id DESC
          """, arguments: [range.lowerBound, range.upperBound])
    }
    return try Row.fetchCursor(
      database,
      sql: """
        SELECT \(columns) FROM words w CROSS JOIN documents d ON d.id = w.rowid CROSS \(join)
        WHERE words MATCH ? AND w.rowid BETWEEN ? AND ? ORDER BY w.rowid DESC
        """, arguments: [match, range.lowerBound, range.upperBound])
  }
}

/// A hit with its number in the index.
private struct Candidate {
  var id: Int64
  var hit: SearchHit

  init(_ row: Row) {
    id = row[0]
    hit = SearchHit(
      conversation: UUIDBytes(signed: row[1], row[2]), row: UUIDBytes(signed: row[3], row[4]),
      time: row[5], kind: DocumentKind(rawValue: row[6]) ?? .message,
      place: row[7])
  }
}

/// Puts the hits of an hour in order, and takes no more of a conversation than it should.
private struct HitCollector {
  let limit: Int
  let each: Int
  private var hits: [SearchHit] = []
  private var taken: [UUIDBytes: Int] = [:]
  private var hour: [Candidate] = []

  init(limit: Int, each: Int) {
    self.limit = limit
    self.each = each
  }

  /// False when there are enough.
  mutating func take(_ candidate: Candidate) -> Bool {
    if let last = hour.last,
      DocumentNumber.hourNumber(of: last.id) != DocumentNumber.hourNumber(of: candidate.id)
    {
      endHour()
    }
    guard hits.count < limit else { return false }
    hour.append(candidate)
    return true
  }

  mutating func finished() -> [SearchHit] {
    endHour()
    return hits
  }

  private mutating func endHour() {
    hour.sort { ($0.hit.time ?? 0, $0.id) > ($1.hit.time ?? 0, $1.id) }
    for candidate in hour where hits.count < limit {
      let count = taken[candidate.hit.conversation, default: 0]
      guard count < each else { continue }
      taken[candidate.hit.conversation] = count + 1
      hits.append(candidate.hit)
    }
    hour.removeAll(keepingCapacity: true)
  }
}
