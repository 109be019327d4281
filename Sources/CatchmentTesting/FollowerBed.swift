internal import Catchment
internal import CatchmentConversations
internal import CatchmentEngine
internal import DuckDB

/// A home with files of its own, and a follower of it.
struct FollowerBed {
  let contract: FollowerContract
  let place: String
  let work: Workspace

  /// `place` is given to the adapter; beds of one place share a follower.
  init(_ contract: FollowerContract, _ place: String) throws {
    self.contract = contract
    self.place = place
    work = try Workspace(ClaudeCodeSource())
  }

  /// Lays the files of a step; all of them, when no number is given.
  func lay(_ steps: Range<Int>) throws {
    for step in FollowerSteps.all[steps] {
      for (name, text) in step {
        if let text { try work.files.write(text, to: name) } else { try work.files.remove(name) }
      }
    }
  }

  func follower(adopts: Bool = false) throws -> any Follower {
    try contract.make(place, adopts)
  }

  private func options(_ follower: (any Follower)?) -> Importer.Options {
    .init(memory: 256 << 20, threads: 2, follower: follower)
  }

  /// Imports the files and publishes.
  func run(adopts: Bool = false) async throws -> PublicationReport {
    try await run(into: try follower(adopts: adopts))
  }

  func run(into follower: any Follower) async throws -> PublicationReport {
    let report = try await Importer(
      home: work.home, sources: [work.source], options: options(follower)
    ).run([work.files.path])
    guard let publication = report.publication else {
      throw TestFailure("an import with a follower reports no publication")
    }
    return publication
  }

  func rollback(_ run: String, cascade: Bool = false) throws {
    _ = try Rollback(
      home: work.home, sources: [work.source], options: options(try follower())
    ).run(run, cascade: cascade)
  }

  func rebuild() async throws {
    _ = try await Rebuild(
      home: work.home, sources: [work.source], options: options(try follower())
    ).run()
  }

  // MARK: What is there

  /// The tables that followers have, by the name of what they are made from.
  private static let tables = [
    ("main.conversations", "conversations"), ("main.messages", "messages"),
    ("main.tool_calls", "tool_calls"), ("main.summaries", "summaries"),
    ("main.dead_letters", "dead_letters"), ("main.audit_log", "audit_log"),
    ("main.schema_versions", "schema_versions"),
    ("main.conversation_daily_stats", "conversation_daily_stats"),
    ("catchment.units", "catchment_units"), ("catchment.runs", "catchment_runs"),
  ]

  /// Compares every value of every row, as the follower's own client reads it, with the home's.
  func expectSame(_ when: String) throws {
    for (relation, table) in Self.tables {
      let (ours, columns, types) = try home(relation)
      let theirs = try follower(table, columns, types)
      guard ours != theirs else { continue }
      let missing = Set(ours).subtracting(theirs).prefix(2).joined(separator: "\n  ")
      let extra = Set(theirs).subtracting(ours).prefix(2).joined(separator: "\n  ")
      throw TestFailure(
        "\(when), \(table) has \(theirs.count) rows where the home has \(ours.count)\n"
          + "  only in the home: \(missing)\n  only in the follower: \(extra)")
    }
    try expectConserved(when)
  }

  private func home(_ relation: String) throws -> ([String], [String], [LogicalType]) {
    let probe = try work.rows("DESCRIBE SELECT * FROM \(relation)")
    let columns = probe.compactMap { $0.first?.text }
    let types = probe.map { Self.type($0[1].text ?? "") }
    let rows = try work.rows("SELECT * FROM \(relation)").map { row in
      zip(row, types).map { FollowerRows.text($0, $1) }.joined(separator: "|")
    }
    return (rows.sorted(), columns, types)
  }

  private static func type(_ name: String) -> LogicalType {
    switch name {
    case "BOOLEAN": .boolean
    case "DOUBLE": .double
    case "JSON": .json
    case "DATE": .date
    case "TIMESTAMP WITH TIME ZONE": .timestampTZ
    case let name where name.hasSuffix("[]"): .list(.varchar)
    case "VARCHAR": .varchar
    default: .bigint
    }
  }

  /// Every row of a follower's table, in the same form; none when there is no table.
  func follower(
    _ table: String, _ columns: [String], _ types: [LogicalType]
  ) throws -> [String] {
    let form = FollowerRows(isEscaped: contract.isEscaped)
    let query = "SELECT \(SQL.identifiers(columns)) FROM \(table)"
    return try contract.rows(place, query).map { row in
      guard row.count == types.count else { throw TestFailure("\(table) gives \(row)") }
      return try zip(row, types).map { try form.text($0, $1) }.joined(separator: "|")
    }.sorted()
  }

  /// The identity of conservation, as a reader of the follower alone can check it.
  private func expectConserved(_ when: String) throws {
    let runs = try contract.rows(
      place,
      """
      SELECT count(*) FROM catchment_runs
      WHERE status IN ('done', 'partial') AND
        records_read <> loaded + updated + duplicate + filtered + dead_lettered
      """)
    try expect(runs == [["0"]], "\(when), runs in the follower do not add up")
    let letters = try contract.rows(
      place,
      "SELECT (SELECT count(*) FROM dead_letters), coalesce(sum(records), 0) FROM catchment_units")
    let ours = try work.rows(
      """
      SELECT count(*) FILTER (outcome = 'dead_lettered'), count(*) FROM catchment.raw_records
      """
    ).first?.map(\.description)
    try expect(letters.first == ours, "\(when), records: \(letters) in the follower, \(ours ?? [])")
  }

  /// What was published, and how many rows with which fingerprints each table has: to tell whether
  /// anything was changed at all.
  func contents() throws -> [[String?]] {
    let tables = Self.tables.map { _, table in
      "(SELECT count(*) FROM \(table)), (SELECT sum(row_hash % 1000003) FROM \(table))"
    }
    let id = "(SELECT value FROM catchment_publication WHERE fact = 'publication')"
    return try contract.rows(place, "SELECT \(id), \(tables.joined(separator: ", "))")
  }
}

/// Throws when a promise is broken.
func expect(_ holds: Bool, _ broken: @autoclosure () -> String) throws {
  guard holds else { throw TestFailure(broken()) }
}
