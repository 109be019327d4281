internal import Catchment
internal import Crypto
internal import DuckDB

/// Which state of a home's warehouse it is, in facts that a publication writes down.
struct HomeState {
  /// The number of the last run, whatever became of it.
  let lastRun: Int64
  /// What the facts are, without those of the tables.
  let facts: [String: String]
  private let connection: Connection

  init(
    _ warehouse: Warehouse, _ views: [View], _ tables: PublishedTables, _ connection: Connection
  ) throws(DuckDBError) {
    self.connection = connection
    facts = try Self.progress(connection).merging([
      "views": Self.digest(views.map(\.query).joined(separator: ";")),
      "shape": Self.digest(tables.all.map { "\($0.table)" }.joined(separator: ";")),
      "engine": Database.libraryVersion,
      "set_aside": try Self.setAside(connection),
    ]) { $1 }
    lastRun = facts["run"].flatMap { Int64($0) } ?? 0
  }

  /// How far the home is: the facts that its tables tell.
  static func progress(_ connection: Connection) throws(DuckDBError) -> [String: String] {
    let row = try connection.query(
      """
      SELECT (SELECT coalesce(max(run), 0) FROM catchment.runs),
        (SELECT coalesce(arg_max(run_id, run), '') FROM catchment.runs),
        (SELECT coalesce(max(id), 0) FROM main.audit_log)
      """
    ).rows().first
    let lastRun = row?[0].int64 ?? 0
    return [
      "run": "\(lastRun)", "run_id": row?[1].text ?? "", "audit": "\(row?[2].int64 ?? 0)",
      "runs": try runs(until: lastRun, connection), "versions": try versions(connection),
    ]
  }

  /// Whether a follower with this publication lacks nothing.
  func isPublished(in last: Publication) -> Bool {
    facts.allSatisfy { last.facts[$0.key] == $0.value }
  }

  /// Whether the undo log tells all that has changed since: the runs until then are those that were
  /// published and none was taken back, the tables were not made anew, and a fingerprint is made in
  /// the same way.
  func follows(_ last: Publication) throws(DuckDBError) -> Bool {
    guard let run = Self.run(of: last), run <= lastRun else { return false }
    for name in ["versions", "shape", "engine"] where facts[name] != last.facts[name] {
      return false
    }
    guard try Self.runs(until: run, connection) == last.facts["runs"] else { return false }
    let rebuilds = try connection.query(
      "SELECT count(*) FROM catchment.runs WHERE command = 'rebuild' AND run > \(run)")
    return try rebuilds.scalar()?.int64 == 0
  }

  /// The last run that a publication has.
  static func run(of publication: Publication) -> Int64? {
    publication.facts["run"].flatMap { Int64($0) }
  }

  private static func runs(
    until run: Int64, _ connection: Connection
  ) throws(DuckDBError) -> String {
    try text(
      """
      SELECT count(*) || ':' || coalesce(sum(hash(run, run_id, status = 'rolled_back')), 0)
      FROM catchment.runs WHERE run <= \(run)
      """, connection)
  }

  private static func versions(_ connection: Connection) throws(DuckDBError) -> String {
    try text(
      "SELECT count(*) || ':' || coalesce(sum(hash(v)), 0) FROM main.schema_versions v", connection)
  }

  /// The conversations that views leave out.
  ///
  /// One that joins them or is taken back may be of a day that no run since has touched.
  private static func setAside(_ connection: Connection) throws(DuckDBError) -> String {
    try text(
      """
      SELECT count(*) || ':' || coalesce(sum(hash(duplicate_id)), 0)
      FROM main.conversation_duplicates WHERE is_set_aside
      """, connection)
  }

  private static func text(
    _ query: String, _ connection: Connection
  ) throws(DuckDBError) -> String {
    try connection.query(query).scalar()?.text ?? ""
  }

  private static func digest(_ text: String) -> String {
    Hex.text(Array(SHA256.hash(data: Array(text.utf8)).prefix(8)))
  }
}
