import Foundation
import Testing

/// A place that the command publishes into, and a client that is not the command's.
private struct Place: CustomTestStringConvertible {
  let kind: String
  /// Nil when there is no server for it.
  let url: @Sendable (_ name: String, _ folder: String) -> String?
  /// How many rows of all tables two places do not share.
  let differences: @Sendable (_ one: String, _ other: String, _ folder: String) throws -> Int
  var testDescription: String { kind }

  static let tables = [
    "conversations", "messages", "tool_calls", "summaries", "dead_letters", "audit_log",
    "schema_versions", "conversation_daily_stats", "catchment_units", "catchment_runs",
  ]

  static let sqlite = Place(
    kind: "SQLite", url: { "sqlite:\($1)/\($0).db" },
    differences: { one, other, folder in
      let parts = tables.map { table in
        """
        (SELECT count(*) FROM (SELECT * FROM main.\(table) EXCEPT SELECT * FROM o.\(table)))
        + (SELECT count(*) FROM (SELECT * FROM o.\(table) EXCEPT SELECT * FROM main.\(table)))
        + abs((SELECT count(*) FROM main.\(table)) - (SELECT count(*) FROM o.\(table)))
        """
      }
      let query = "ATTACH '\(folder)/\(other).db' AS o; SELECT \(parts.joined(separator: " + "))"
      return try number(
        ["python3", "-c", Self.python, "\(folder)/\(one).db", query])
    })

  private static let python = """
    import sqlite3, sys
    c = sqlite3.connect(sys.argv[1])
    attach, query = sys.argv[2].split("; ", 1)
    c.execute(attach)
    print(c.execute(query).fetchone()[0])
    """

  static let postgreSQL = Place(
    kind: "PostgreSQL",
    url: { name, _ in server.map { "\($0)?schema=\(name)" } },
    differences: { one, other, _ in
      let parts = tables.map { table in
        """
        (SELECT count(*) FROM (SELECT t::text FROM \(one).\(table) t
          EXCEPT ALL SELECT t::text FROM \(other).\(table) t) a)
        + (SELECT count(*) FROM (SELECT t::text FROM \(other).\(table) t
          EXCEPT ALL SELECT t::text FROM \(one).\(table) t) b)
        """
      }
      return try number(
        [
          "psql", server ?? "", "-X", "-q", "-A", "-t", "-c",
          "SELECT \(parts.joined(separator: " + "))",
        ])
    })

  static let server = ProcessInfo.processInfo.environment["CATCHMENT_POSTGRESQL"]
  static let there = [sqlite] + (server == nil ? [] : [postgreSQL])

  private static func number(_ command: [String]) throws -> Int {
    let outcome = try Program.run(
      command, of: "/usr/bin/env", environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"])
    let text = outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
    guard let number = Int(text) else {
      Issue.record("no number: \(outcome.output)\(outcome.errors)")
      return -1
    }
    return number
  }
}

/// `CATCHMENT_PUBLICATION_KILLS` says how many kills; the long run is a command of its own
/// (`Benchmarks/README.md`).
@Suite struct `A publication that is killed` {
  private static let kills =
    ProcessInfo.processInfo.environment["CATCHMENT_PUBLICATION_KILLS"].flatMap(Int.init) ?? 5

  @Test(arguments: Place.there)
  private func `leaves what the next one brings to the home's state`(place: Place) throws {
    let work = try Workplace()
    try work.scatterForks(files: 12, lines: 300)
    let name = "kill_\(UUID().uuidString.prefix(8).lowercased())"
    var (killed, amidst, round) = (0, 0, 0)
    let began = Date()
    #expect([0, 3].contains(try publish(work, place, "\(name)_first").status))
    let duration = Date().timeIntervalSince(began)
    while killed < Self.kills {
      round += 1
      let moment = Double.random(in: 0...duration * 1.1)
      let outcome = try publish(work, place, name, stopping: SIGKILL, after: moment)
      if outcome.status == SIGKILL {
        killed += 1
        if try isDone(work) { amidst += 1 }
      }
      // What is new in the next round is published by what changed.
      try work.scatterForks(files: 2, lines: 100)
      guard round % 2 == 0 || killed >= Self.kills else { continue }
      try expectWhole(work, place, name, round)
    }
    print("\(place.kind): \(killed) kills, \(amidst) of them after the home's commit")
  }

  /// The last run's rows are in the home, though its process died.
  private func isDone(_ work: Workplace) throws -> Bool {
    let runs = try work.run(
      "sql", "--format", "csv", "SELECT arg_max(status, run) FROM catchment.runs")
    return runs.output.contains("done") || runs.output.contains("partial")
  }

  /// One run more makes the follower equal to one that was published at once, from the same home.
  private func expectWhole(
    _ work: Workplace, _ place: Place, _ name: String, _ round: Int
  ) throws {
    let last = try publish(work, place, name)
    #expect([0, 3].contains(last.status), "\(last.output)\(last.errors)")
    let fresh = "\(name)_\(round)"
    #expect([0, 3].contains(try publish(work, place, fresh).status))
    #expect(try place.differences(name, fresh, work.path) == 0, "round \(round)")
    let warehouse = last.object["warehouse"] as? [String: Any]
    let rows = (warehouse?["rows"] as? [String: Any])?["messages"] as? Int
    let counted = try work.run("sql", "--format", "csv", "SELECT count(*) AS n FROM messages")
    #expect(counted.output.contains("\n\(rows ?? -1)\n"), "\(counted.output)")
  }

  private func publish(
    _ work: Workplace, _ place: Place, _ name: String, stopping signal: Int32? = nil,
    after seconds: Double = 0
  ) throws -> Program.Outcome {
    try Program.run(
      [
        "import", work.transcripts, "--json", "--home", work.home, "--warehouse",
        place.url(name, work.path) ?? "",
      ], stopping: signal, after: seconds)
  }
}

@Suite struct `The warehouse that follows a home` {
  @Test func `is named by a flag, the environment or the home, and reported`() throws {
    let work = try Workplace()
    let flag = try work.run("import", work.transcripts, "--warehouse", "sqlite:\(work.path)/a.db")
    #expect(flag.output.contains("sqlite:\(work.path)/a.db: "))
    let environment = ["CATCHMENT_WAREHOUSE": "sqlite:\(work.path)/b.db"]
    let import_ = ["import", work.transcripts, "--json", "--home", work.home]
    let second = try Program.run(import_, environment: environment)
    #expect((second.object["warehouse"] as? [String: Any])?["kind"] as? String == "comparison")
    try Data("sqlite:\(work.path)/c.db\n".utf8).write(
      to: URL(filePath: "\(work.home)/warehouse.url"))
    let third = try Program.run(import_)
    let location = (third.object["warehouse"] as? [String: Any])?["location"] as? String
    #expect(location == "sqlite:\(work.path)/c.db")
    let none = try Program.run(import_ + ["--warehouse", "duckdb"])
    #expect(none.object["warehouse"] is NSNull)
  }

  @Test func `is followed through a rollback, a rebuild and a retry`() throws {
    let work = try Workplace()
    let url = "sqlite:\(work.path)/a.db"
    let commands = [
      ["import", work.transcripts], ["deadletters", "retry", "--all"], ["rebuild"],
      ["import", work.transcripts], ["rollback", "last"],
    ]
    for command in commands {
      let outcome = try Program.run(command + ["--home", work.home, "--warehouse", url, "--json"])
      #expect([0, 1, 3].contains(outcome.status), "\(command): \(outcome.output)\(outcome.errors)")
    }
    let doctor = try Program.run(["doctor", "--home", work.home, "--warehouse", url, "--json"])
    let check = doctor.objects.first { $0["check"] as? String == "follower" }
    #expect(check?["verdict"] as? String == "ok", "\(doctor.output)")
  }

  @Test func `that cannot be named is a configuration error, and no password is shown`() throws {
    let work = try Workplace()
    let unknown = try work.run("import", work.transcripts, "--warehouse", "mysql://me:s3cret@x/y")
    #expect(unknown.status == 5)
    #expect(unknown.errors.contains("postgresql://user@host/database?schema=name"))
    #expect(!unknown.errors.contains("s3cret"))
    let gone = try work.run(
      "import", work.transcripts, "--warehouse", "postgresql://me:s3cret@127.0.0.1:1/x")
    #expect(gone.status == 7)
    #expect(gone.errors.contains("run the same command again"))
    #expect(!gone.errors.contains("s3cret"))
    let doctor = try work.run("doctor", "--warehouse", "postgresql://me:s3cret@127.0.0.1:1/x")
    #expect(doctor.status == 1)
    #expect(doctor.output.contains("cannot be reached"))
    #expect(!doctor.output.contains("s3cret"))
  }
}
