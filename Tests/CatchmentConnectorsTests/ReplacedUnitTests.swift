import Catchment
import CatchmentConnectors
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Foundation
import GRDB
import Testing

@Suite struct `Units of a table that is replaced` {
  private let files: TemporaryDirectory
  private let server = PostgreSQLServer()

  init() throws { files = try TemporaryDirectory() }

  private var place: Home { Home("\(files.path)/home") }
  private static let kinds =
    ["duckdb", "sqlite"] + (PostgreSQLServer.isThere ? ["postgresql"] : [])

  private func load(_ reading: Pipeline.Reading, into kind: String) -> Pipeline.Complete {
    switch kind {
    case "sqlite": reading.load(.sqlite("\(files.path)/out.db", table: "t"))
    case "postgresql": reading.load(.postgreSQL(server.url(), table: "t"))
    default: reading.load(.duckdb("\(files.path)/out.duckdb", table: "t"))
    }
  }

  @Test(arguments: kinds)
  func `are loaded when they come back after a full refresh without them`(
    kind: String
  ) async throws {
    try files.write("id\n1\n", to: "data/a.csv")
    try files.write("id\n2\n", to: "data/b.csv")
    let pipeline = load(Pipeline("p").extract(.csv("\(files.path)/data")), into: kind)
    #expect(try await pipeline.run(in: place).run.records.loaded == 2)
    try files.remove("data/b.csv")
    let refresh = try await pipeline.run(in: place, isFullRefresh: true)
    #expect(refresh.run.records.loaded == 1)
    try files.write("id\n2\n", to: "data/b.csv")
    #expect(try await pipeline.run(in: place).run.records.loaded == 1)
    #expect(try await pipeline.run(in: place).unitsSkipped == 2)
    try pipeline.rollBack(refresh.run.id, cascade: true, in: place)
    #expect(try await pipeline.run(in: place).run.records.loaded == 0)
  }

  @Test(arguments: kinds)
  func `are not loaded again when a database has the same rows`(kind: String) async throws {
    let database = try DatabaseQueue(path: "\(files.path)/in.db")
    func change(_ sql: String) throws { try database.write { try $0.execute(sql: sql) } }
    try change("CREATE TABLE t (id INTEGER); INSERT INTO t VALUES (1), (2)")
    let reading = Pipeline("p").extract(.sqlite("\(files.path)/in.db", table: "t"))
    let pipeline = try load(reading, into: kind).refreshing()
    #expect(try await pipeline.run(in: place).run.records.loaded == 2)
    try change("CREATE TABLE other (id INTEGER)")
    let same = try await pipeline.run(in: place)
    #expect(same.run.records.read == 0 && same.run.unitsCommitted == 1)
    try change("INSERT INTO t VALUES (3)")
    #expect(try await pipeline.run(in: place).run.records.loaded == 3)
  }

  @Test(.enabled(if: PostgreSQLServer.isThere, "no server: set CATCHMENT_POSTGRESQL"))
  func `may have times that the engine cannot hold, which are dead letters`() async throws {
    try server.rows("CREATE SCHEMA \"\(server.schema)\"")
    try server.rows(
      """
      CREATE TABLE s (id integer, at timestamp, tz timestamptz);
      INSERT INTO s VALUES (1, '2026-01-01', '2026-01-01 00:00+00'), (2, '294250-01-01', NULL),
        (3, '0044-03-15 10:00 BC', 'infinity'), (4, NULL, '294250-01-01 00:00+00')
      """)
    let pipeline = Pipeline("p").extract(.postgreSQL(server.url(), table: "s"))
      .load(.duckdb("\(files.path)/out.duckdb", table: "t"))
    let report = try await pipeline.run(in: place)
    #expect(report.run.records.loaded == 2 && report.run.records.deadLettered == 2)
    let out = try Database(path: "\(files.path)/out.duckdb").connect()
    let rows = try out.query("SELECT id, \"at\"::VARCHAR FROM t ORDER BY id").rows()
    #expect(
      rows.map { "\($0[0]) \($0[1])" } == [
        "1 2026-01-01 00:00:00", "3 0044-03-15 (BC) 10:00:00",
      ])
    let letters = try out.query(
      "SELECT column_name, column_value FROM catchment.pipeline_dead_letters ORDER BY 1"
    ).rows()
    #expect(
      letters.map { "\($0[0]) \($0[1])" } == [
        "at 294250-01-01 00:00:00", "tz 294250-01-01 00:00:00+00",
      ])
  }
}
