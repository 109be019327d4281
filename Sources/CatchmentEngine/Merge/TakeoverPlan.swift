internal import Catchment
internal import DuckDB

/// Which records of another home are taken over, and into which generation of their file.
struct TakeoverPlan {
  /// Distinct records that the other has.
  private(set) var records = 0
  /// Those of them that are here already.
  private(set) var known = 0
  private var decisions: [Place: Decision] = [:]

  private struct Place: Hashable {
    var unit: String
    var generation: Int32
  }

  private struct Decision {
    var target: Int32
    /// The lines that are here already; nil when none is.
    var present: Set<Int64>?
  }

  /// A generation of a file of the other home, beside the one here that it agrees with best.
  private struct Candidate {
    var place: Place
    var records: Int
    var target: Int32?
    var matches: Int
    /// The last generation of the file here.
    var last: Int32?
  }

  init(
    of segments: [String], beside here: [String], _ connection: Connection
  ) throws(DuckDBError) {
    try Self.list(segments, as: "theirs", connection)
    try Self.list(here, as: "ours", connection)
    let rows = try connection.query(Self.comparison).rows()
    var last: [String: Int32] = [:]
    var grown: Set<Place> = []
    var partial: [Place] = []
    for candidate in rows.map(Self.candidate) {
      records += candidate.records
      let unit = candidate.place.unit
      if let target = candidate.target, candidate.matches == candidate.records {
        known += candidate.matches
        decisions[candidate.place] = Decision(target: target, present: nil)
        continue
      }
      // Only one of the other's generations can go on where one of ours ends.
      if let target = candidate.target,
        grown.insert(Place(unit: unit, generation: target)).inserted
      {
        known += candidate.matches
        decisions[candidate.place] = Decision(target: target, present: [])
        partial.append(candidate.place)
        continue
      }
      let next = (last[unit] ?? candidate.last).map { $0 + 1 } ?? candidate.place.generation
      last[unit] = max(last[unit] ?? next, next)
      decisions[candidate.place] = Decision(target: next, present: [])
    }
    for place in partial { try notePresent(place, connection) }
    decisions = decisions.filter { $0.value.present != nil }
  }

  /// The generation that a record is taken into; nil when it is here already.
  func target(of record: RawRecord, in unit: String) -> Int32? {
    guard let decision = decisions[Place(unit: unit, generation: record.generation)],
      decision.present?.contains(record.line) == false
    else { return nil }
    return decision.target
  }

  /// A record that was kept twice is listed once.
  private static func list(
    _ files: [String], as name: String, _ connection: Connection
  ) throws(DuckDBError) {
    let list = files.map(SQL.literal).joined(separator: ", ")
    let records =
      files.isEmpty
      ? "SELECT '' AS unit, 0 AS generation, 0 AS line, ''::BLOB AS sha256 LIMIT 0"
      : """
      SELECT unit, generation, line, arg_min(sha256, extracted_at) AS sha256
      FROM read_parquet([\(list)]) GROUP BY unit, generation, line
      """
    try connection.execute("CREATE OR REPLACE TEMP TABLE \(name) AS \(records)")
  }

  private static let comparison = """
    WITH counted AS (
      SELECT unit, generation, count(*) AS records FROM theirs GROUP BY ALL),
    ends AS (SELECT unit, max(generation) AS last FROM ours GROUP BY unit),
    fits AS (
      SELECT t.unit, t.generation, o.generation AS target, count(*) AS matches
      FROM theirs t JOIN ours o ON o.unit = t.unit AND o.line = t.line
      GROUP BY ALL HAVING bool_and(o.sha256 = t.sha256)),
    best AS (
      SELECT unit, generation, arg_min(target, (-matches, target)) AS target,
        max(matches) AS matches
      FROM fits GROUP BY ALL)
    SELECT c.unit, c.generation, c.records, b.target, coalesce(b.matches, 0), e.last
    FROM counted c LEFT JOIN best b USING (unit, generation) LEFT JOIN ends e USING (unit)
    ORDER BY c.unit, c.generation
    """

  private static func candidate(_ row: [Value]) -> Candidate {
    func number(_ column: Int) -> Int32? {
      row[column].int64.map { Int32(truncatingIfNeeded: $0) }
    }
    return Candidate(
      place: Place(unit: row[0].text ?? "", generation: number(1) ?? 0),
      records: Int(row[2].int64 ?? 0), target: number(3), matches: Int(row[4].int64 ?? 0),
      last: number(5))
  }

  private mutating func notePresent(
    _ place: Place, _ connection: Connection
  ) throws(DuckDBError) {
    guard let target = decisions[place]?.target else { return }
    let lines = try connection.query(
      "SELECT line FROM ours WHERE unit = ? AND generation = ?", .text(place.unit),
      .integer(Int64(target))
    ).rows()
    decisions[place]?.present = Set(lines.compactMap { $0[0].int64 })
  }
}
