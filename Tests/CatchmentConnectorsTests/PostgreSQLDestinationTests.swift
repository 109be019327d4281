import Catchment
import CatchmentConnectors
import CatchmentTesting
import DuckDB
import Foundation
import Testing

@Suite(.enabled(if: PostgreSQLServer.isThere, "CATCHMENT_POSTGRESQL names no server"))
struct `A table in a PostgreSQL database` {
  @Test(arguments: DestinationContract.databaseModes)
  func `keeps the destination contract`(mode: LoadMode) async throws {
    let server = PostgreSQLServer()
    try await DestinationContract(
      make: { folder, table, mode in
        // Nobody listens there.
        let url =
          folder.hasSuffix("/not/there")
          ? "postgresql://127.0.0.1:1/nowhere" : server.url(Self.place(folder))
        return .postgreSQL(url, table: table, mode: mode)
      },
      rows: { folder, table in try Self.rows(server, folder, table) }, modes: [mode]
    ).check()
  }

  /// A schema of its own for each directory.
  private static func place(_ folder: String) -> String { "_\(folder.suffix(12).lowercased())" }

  private static func rows(
    _ server: PostgreSQLServer, _ folder: String, _ table: String
  ) throws -> [String] {
    let name = SQL.identifier(table)
    let found = try server.rows(
      "SELECT to_regclass(\(SQL.literal(name)))", in: place(folder))
    guard found.first?.first ?? nil != nil else { return [] }
    return try server.rows("SELECT * FROM \(name)", in: place(folder))
      .map { $0.map { $0 ?? "NULL" }.joined(separator: "|") }
  }

  /// A schema with a table of the user's own, and a session to load into it.
  private struct Bed {
    let server = PostgreSQLServer()
    let bench: Workbench
    let session: any DestinationSession

    init(_ setUp: String = "", mode: LoadMode = .append) throws {
      try server.rows("CREATE SCHEMA \(server.schema); \(setUp)")
      bench = try Workbench()
      session = try PostgreSQLDestination(server.url(), table: "t", mode: mode)
        .open(for: "p", in: bench)
    }

    @discardableResult
    func load(_ rows: String, run id: String = "r") throws -> RecordCounts {
      let run = Run(id: id, pipeline: "p", status: .running, token: 1, started: 0)
      try session.begin(run)
      return try session.load(Batch(rows: bench.table(rows), units: []), of: run) {}
    }

    func rows() throws -> [String] {
      try server.rows("SELECT t::text FROM t ORDER BY 1").map { $0[0] ?? "" }
    }
  }

  @Test func `keeps values of every type as they are`() throws {
    let bed = try Bed()
    defer { bed.session.close() }
    try bed.load(
      """
      SELECT true AS flag, 7::TINYINT AS small, 9223372036854775807 AS big,
        -1234567.89::DECIMAL(9,2) AS price, 0.0001::DECIMAL(9,4) AS little, 10000::DECIMAL(9,4) AS round,
        0.1::DOUBLE AS tenth, 2.5::FLOAT AS half, 'naïve' AS text, '\\xC3\\x00'::BLOB AS bytes,
        DATE '2026-03-01' AS day, TIME '10:11:12' AS clock, TIMESTAMP '2026-03-01 10:00:00' AS time,
        TIMESTAMPTZ '2026-03-01 10:00:00+02' AS moment, [1, 2] AS list, {'a': 1} AS part,
        sum(1) AS total, NULL::INTEGER AS nothing, '' AS empty,
        '0f1e2d3c-0000-4000-8000-000000000001'::UUID AS id, 18446744073709551615 AS unsigned
      """)
    #expect(
      try bed.server.rows("SELECT * FROM t").first?.map { $0 ?? "NULL" } == [
        "t", "7", "9223372036854775807", "-1234567.89", "0.0001", "10000.0000", "0.1", "2.5",
        "naïve",
        "\\xc300", "2026-03-01", "10:11:12", "2026-03-01 10:00:00", "2026-03-01 08:00:00+00",
        "[1, 2]", #"{"a": 1}"#, "1", "NULL", "", "0f1e2d3c-0000-4000-8000-000000000001",
        "18446744073709551615",
      ])
  }

  @Test(arguments: [
    ("SELECT 1 AS a, 2 AS c", "CREATE TABLE t (a integer, b text)"),
    ("SELECT 3000000000 AS a", "CREATE TABLE t (a integer)"),
    ("SELECT 1.005 AS a", "CREATE TABLE t (a numeric(9,2))"),
    ("SELECT 'long' AS a", "CREATE TABLE t (a varchar(3))"),
    ("SELECT 1 AS a", "CREATE TABLE t (a inet)"),
    ("SELECT NULL::INTEGER AS a", "CREATE TABLE t (a integer NOT NULL)"),
    ("SELECT unnest([1, 1]) AS a", "CREATE TABLE t (a integer PRIMARY KEY)"),
  ])
  func `refuses rows that the table cannot hold`(rows: String, table: String) throws {
    let bed = try Bed(table)
    defer { bed.session.close() }
    let error = #expect(throws: CatchmentError.self) { try bed.load(rows) }
    #expect(error?.code.exitCode == 4, "\(error as Any)")
    #expect(try bed.rows().isEmpty)
  }

  @Test func `takes rows whose values fit, in any order of columns`() throws {
    let bed = try Bed(
      "CREATE TABLE t (a smallint, b varchar(9), c numeric, d json, e real, f numeric(6,2))")
    defer { bed.session.close() }
    try bed.load("SELECT 1.5 AS f, 0.5 AS e, [1] AS d, 1.25 AS c, 'x' AS b, 3::BIGINT AS a")
    #expect(try bed.rows() == ["(3,x,1.250000000,[1],0.5,1.50)"])
  }

  // MARK: A way back

  @Test func `gives back rows that were merged over, and those before them`() throws {
    let bed = try Bed(
      "CREATE TABLE t (id bigint, v text); INSERT INTO t VALUES (1, 'mine')",
      mode: .merge(key: ["id"]))
    defer { bed.session.close() }
    try bed.load("SELECT 2::BIGINT AS id, 'first' AS v", run: "a")
    try bed.load("SELECT unnest([1, 2, 3])::BIGINT AS id, 'second' AS v", run: "b")
    try bed.load("SELECT unnest([2, 3])::BIGINT AS id, 'third' AS v", run: "c")
    #expect(try bed.session.rollBack("c", cascade: false) == ["c"])
    #expect(try bed.rows() == ["(1,second)", "(2,second)", "(3,second)"])
    try bed.load("SELECT unnest([1, 3])::BIGINT AS id, 'fourth' AS v", run: "d")
    #expect(try bed.session.rollBack("b", cascade: true) == ["d", "b"])
    #expect(try bed.rows() == ["(1,mine)", "(2,first)"])
    #expect(try bed.session.rollBack("a", cascade: false) == ["a"])
    #expect(try bed.rows() == ["(1,mine)"])
  }

  @Test func `refuses to roll back rows that someone changed`() throws {
    let bed = try Bed()
    defer { bed.session.close() }
    try bed.load("SELECT range AS a FROM range(5)")
    try bed.server.rows("UPDATE t SET a = 99 WHERE a = 3")
    let error = #expect(throws: CatchmentError.self) {
      try bed.session.rollBack("r", cascade: false)
    }
    #expect(
      error?.message
        == "1 of the 5 rows that the run loaded are no longer as they were; nothing was changed")
    #expect(try bed.rows().count == 5)
  }

  // MARK: Readers

  @Test func `is replaced at once: a reader sees the old rows or the new ones`() async throws {
    let bed = try Bed("CREATE TABLE t (generation bigint)", mode: .replace)
    let server = bed.server
    try bed.load("SELECT 0::BIGINT AS generation FROM range(5000)", run: "0")
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        var seen: Set<String> = []
        while !seen.contains("6") {
          let rows = try server.rows(
            "SELECT count(*), count(DISTINCT generation), min(generation) FROM t")
          #expect(rows.first?[0] == "5000" && rows.first?[1] == "1", "a reader sees \(rows)")
          seen.insert(rows.first?[2] ?? "6")
        }
      }
      for generation in 1...6 {
        try bed.load(
          "SELECT \(generation)::BIGINT AS generation FROM range(5000)", run: "\(generation)")
      }
      try await group.waitForAll()
    }
    bed.session.close()
  }

  // MARK: Secrets

  @Test func `shows no password, neither in its place nor in an error`() throws {
    let url = "postgresql://ada:hunter2secret@127.0.0.1:1/nowhere"
    let destination = PostgreSQLDestination(url, table: "t")
    #expect(destination.location == "postgresql://ada@127.0.0.1:1/nowhere#t")
    let error = #expect(throws: CatchmentError.self) {
      _ = try destination.open(for: "p", in: Workbench())
    }
    #expect(error?.code.exitCode == 7)
    #expect(error?.description.contains("hunter2secret") == false)
    #expect(destination.settings.entries?.first?.setting.isSecret == true)
  }
}
