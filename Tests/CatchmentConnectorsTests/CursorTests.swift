import Catchment
import CatchmentConnectors
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Foundation
import GRDB
import Testing

@Suite struct `A pipeline with a cursor` {
  private let files: TemporaryDirectory

  init() throws {
    files = try TemporaryDirectory()
    try change("CREATE TABLE t (id INTEGER, at INTEGER)")
  }

  private var place: Home { Home("\(files.path)/home") }

  private func change(_ sql: String) throws {
    try DatabaseQueue(path: "\(files.path)/in.db").write { try $0.execute(sql: sql) }
  }

  private let server = PostgreSQLServer()
  private static let kinds =
    ["duckdb", "sqlite", "csv"] + (PostgreSQLServer.isThere ? ["postgresql"] : [])

  private func pipeline(
    into kind: String = "duckdb", _ nulls: PipelineCursor.Nulls = .fail
  ) -> Pipeline.Complete {
    let reading = Pipeline("p").extract(.sqlite("\(files.path)/in.db", table: "t"))
    let pipeline: Pipeline.Complete =
      switch kind {
      case "sqlite": reading.load(.sqlite("\(files.path)/out.db", table: "t"))
      case "postgresql": reading.load(.postgreSQL(server.url(), table: "t"))
      case "csv": reading.load(.csv("\(files.path)/out", mode: .append))
      default: reading.load(.duckdb("\(files.path)/out.duckdb", table: "t"))
      }
    return pipeline.cursor(PipelineCursor("at", nulls: nulls))
  }

  @Test(arguments: kinds)
  func `loads each row once, also those of one value that come later`(kind: String) async throws {
    let pipeline = pipeline(into: kind)
    try change("INSERT INTO t VALUES (1, 10), (2, 20), (3, 20), (3, 20)")
    #expect(try await pipeline.run(in: place).run.records.loaded == 4)
    try change("INSERT INTO t VALUES (3, 20), (4, 20), (5, 30), (6, 5)")
    let tried = try await pipeline.tryOut()
    #expect(tried.toLoad == 3)
    let second = try await pipeline.run(in: place)
    #expect(second.run.records.loaded == 3 && second.run.isConserved)
    // The file is another one, its rows are not.
    try change("CREATE TABLE other (id INTEGER)")
    #expect(try await pipeline.run(in: place).run.records.loaded == 0)
    try pipeline.rollBack(second.run.id, cascade: true, in: place)
    #expect(try await pipeline.run(in: place).run.records.loaded == 3)
  }

  @Test func `ends, passes over or loads once what has no value`() async throws {
    try change("INSERT INTO t VALUES (1, NULL), (1, NULL), (2, 5)")
    let error = await #expect(throws: CatchmentError.self) {
      try await pipeline().run(in: place)
    }
    #expect(error?.code.exitCode == 4)
    #expect(try await pipeline(.skip).run(in: place).run.records.loaded == 1)
    #expect(try await pipeline(into: "sqlite", .include).run(in: place).run.records.loaded == 3)
    try change("INSERT INTO t VALUES (1, NULL), (3, 6)")
    #expect(try await pipeline(into: "sqlite", .include).run(in: place).run.records.loaded == 2)
  }

  private func pipeline(_ nulls: PipelineCursor.Nulls) -> Pipeline.Complete {
    pipeline(into: "duckdb", nulls)
  }

  @Test func `begins where it is told to`() async throws {
    try change("INSERT INTO t VALUES (1, 10), (2, 20), (3, 30)")
    let late = pipeline().cursor(PipelineCursor("at", start: 20))
    #expect(try await late.run(in: place).run.records.loaded == 2)
  }

  @Test func `is loaded anew by a full refresh`() async throws {
    try change("INSERT INTO t VALUES (1, 10), (2, 20)")
    _ = try await pipeline().run(in: place)
    try change("INSERT INTO t VALUES (3, 5)")
    #expect(try await pipeline().run(in: place, isFullRefresh: true).run.records.loaded == 3)
    #expect(try await pipeline().run(in: place).run.records.loaded == 0)
  }

  // MARK: From a value on

  @Test func `loads from a value on for one run, and keeps its place`() async throws {
    try change("INSERT INTO t VALUES (1, 10), (2, 20), (3, 30)")
    let merging = Pipeline("p").extract(.sqlite("\(files.path)/in.db", table: "t"))
      .load(.duckdb("\(files.path)/out.duckdb", table: "t", mode: .merge(key: ["id"])))
      .cursor(PipelineCursor("at"))
    _ = try await merging.run(in: place)
    let again = try await merging.since("20").run(in: place)
    #expect(again.run.records.read == 2 && again.run.records.duplicate == 2)
    try change("INSERT INTO t VALUES (4, 30), (5, 40), (6, 5)")
    #expect(try await merging.since("40").run(in: place).run.records.loaded == 1)
    // What was passed over stays behind the cursor.
    #expect(try await merging.run(in: place).run.records.read == 0)
  }

  @Test func `adds nothing a second time, and wants a value of the column's type`() async throws {
    try change("INSERT INTO t VALUES (1, 10), (2, 20)")
    _ = try await pipeline().run(in: place)
    let doubled = await #expect(throws: CatchmentError.self) {
      try await pipeline().since("20").run(in: place)
    }
    #expect(doubled?.code == .refused)
    let wrong = await #expect(throws: CatchmentError.self) {
      try await pipeline().since("soon").run(in: place)
    }
    #expect(wrong?.code == .usage && wrong?.message.contains("soon") == true)
    let without = #expect(throws: CatchmentError.self) {
      try pipeline().cursor(nil).since("1")
    }
    #expect(without?.message.contains("has no cursor") == true)
    try change("INSERT INTO t VALUES (3, 30)")
    #expect(try await pipeline().since("25").run(in: place).run.records.loaded == 1)
  }
}

@Suite(.enabled(if: PostgreSQLServer.isThere, "no server: set CATCHMENT_POSTGRESQL"))
struct `A cursor in a PostgreSQL database` {
  private let files: TemporaryDirectory
  private let server = PostgreSQLServer()

  init() throws {
    files = try TemporaryDirectory()
    try server.rows("CREATE SCHEMA \"\(server.schema)\"")
  }

  private var place: Home { Home("\(files.path)/home") }

  /// How many rows the server sends of those at or after a value.
  private func sent(since value: String, as type: String?, nulls: Bool = false) throws -> Int {
    let bench = try Workbench()
    let source = PostgreSQLSource(server.url(), table: "t")
    let unit = try #require(try source.discover().units.first)
    let bound = CursorBound(column: "AT", value: value, type: type, includesNulls: nulls)
    _ = try source.write(unit, since: bound, to: "\(files.path)/kept", in: bench)
    let rows = try bench.query("SELECT count(*) FROM read_parquet('\(files.path)/kept')")
    return Int(rows.first?.first?.int64 ?? -1)
  }

  @Test(arguments: [
    ("integer", "'1', '2', '10'", "2", "INTEGER"),
    ("numeric(20,3)", "'1', '2.5', '10'", "2.500", "DECIMAL(20,3)"),
    ("double precision", "'1', '2.5', 'NaN'", "2.5", "DOUBLE"),
    ("date", "'2026-01-01', '2026-01-02', 'infinity'", "2026-01-02", "DATE"),
    (
      "timestamptz", "'2026-01-01 00:00+00', '2026-01-01 12:00+02', '2026-01-01 13:00+02'",
      "2026-01-01 10:00:00+00", "TIMESTAMP WITH TIME ZONE"
    ),
    ("text", "'B', 'a', 'ä'", "a", "VARCHAR"),
  ])
  func `is asked for, so that no earlier row is sent`(
    type: String, values: String, bound: String, engine: String
  ) throws {
    let rows = values.split(separator: ", ").map { "(\($0)::\(type))" }
    try server.rows(
      "CREATE TABLE t (at \(type)); INSERT INTO t VALUES \(rows.joined(separator: ", ")), (NULL)")
    #expect(try sent(since: bound, as: engine) == 2)
    #expect(try sent(since: bound, as: engine, nulls: true) == 3)
    #expect(try sent(since: bound, as: nil) == 2)
    // Of another type, or none of it, it is not asked for.
    #expect(try sent(since: bound, as: "BLOB") == 4)
  }

  @Test func `loads ties once, keeps the policy of nothing, and is planned`() async throws {
    try server.rows(
      """
      CREATE TABLE t (id integer, at timestamp);
      INSERT INTO t VALUES (1, '2026-01-01'), (2, '2026-01-02'), (3, '2026-01-02')
      """)
    let pipeline = Pipeline("p").extract(.postgreSQL(server.url(), table: "t"))
      .load(.duckdb("\(files.path)/out.duckdb", table: "t")).cursor(PipelineCursor("at"))
    #expect(try await pipeline.run(in: place).run.records.loaded == 3)
    try server.rows("INSERT INTO t VALUES (4, '2026-01-02'), (5, '2026-01-03'), (6, '2025-01-01')")
    let query = try #require(try await pipeline.plan().units.first?.query)
    #expect(query.hasSuffix("WHERE (source.c1 >= '2026-01-02 00:00:00' OR source.c1 IS NULL)"))
    let second = try await pipeline.run(in: place)
    #expect(second.run.records.loaded == 2 && second.run.records.read == 2)
    #expect(try await pipeline.run(in: place).run.records.loaded == 0)
    try server.rows("INSERT INTO t VALUES (7, NULL)")
    let error = await #expect(throws: CatchmentError.self) {
      try await pipeline.run(in: place)
    }
    #expect(error?.code == .validation)
  }
}

@Suite struct `A cursor in a DuckDB file` {
  @Test func `is asked for, and planned`() async throws {
    let files = try TemporaryDirectory()
    func change(_ sql: String) throws {
      try Database(path: "\(files.path)/in.duckdb").connect().execute(sql)
    }
    try change("CREATE TABLE t AS SELECT range AS id, range AS at FROM range(10)")
    let pipeline = Pipeline("p").extract(.duckdb("\(files.path)/in.duckdb", table: "t"))
      .load(.duckdb("\(files.path)/out.duckdb", table: "t")).cursor(PipelineCursor("at"))
    let place = Home("\(files.path)/home")
    #expect(try await pipeline.run(in: place).run.records.loaded == 10)
    try change("INSERT INTO t VALUES (10, 9), (11, 10)")
    let query = try #require(try await pipeline.plan().units.first?.query)
    #expect(
      query == #"SELECT * FROM "t" WHERE "at" >= CAST('9' AS BIGINT) OR "at" IS NULL"#)
    #expect(try await pipeline.run(in: place).run.records.loaded == 2)
  }
}

@Suite struct `A cursor in a SQLite file` {
  private let files: TemporaryDirectory

  init() throws { files = try TemporaryDirectory() }

  private func change(_ sql: String) throws {
    try DatabaseQueue(path: "\(files.path)/in.db").write { try $0.execute(sql: sql) }
  }

  /// How many rows come that may be at or after a value.
  private func sent(since value: String, as type: String?, nulls: Bool = false) throws -> Int {
    let source: SQLiteSource = .sqlite("\(files.path)/in.db", table: "t")
    let unit = try #require(try source.discover().units.first)
    let bound = CursorBound(column: "AT", value: value, type: type, includesNulls: nulls)
    let bench = try Workbench()
    let path = "\(files.path)/rows.parquet"
    _ = try source.write(unit, since: bound, to: path, in: bench)
    let read = try source.read(unit, keptAt: path, in: bench)
    return try bench.count(read.rows) + read.deadLetters.count
  }

  @Test(arguments: [
    ("INTEGER", "1, 2, 3, 'x'", "2", "BIGINT", 3),
    ("REAL", "0.1, 0.30000000000000004, 7.5", "0.30000000000000004", "DOUBLE", 2),
    ("TEXT COLLATE NOCASE", "'B', 'a', 'ä'", "a", "VARCHAR", 2),
    ("", "'B', 'a', 'c'", "a", "VARCHAR", 2),
    (
      "TIMESTAMP", "'2026-01-01 09:00:00', '2026-01-04T10:00:00Z', '2026-01-05 01:00:00+02:00'",
      "2026-01-05 00:00:00", "TIMESTAMP", 2
    ),
    ("DATE", "'2025-12-31', '2026-01-04', '2026-01-05'", "2026-01-05", "DATE", 2),
    // What could be left out wrongly, or is kept in an order of its own, is all read.
    (
      "TIMESTAMP", "'2026-01-01', ' 2026-01-09', '2026-01-05'", "2026-01-05 00:00:00", "TIMESTAMP",
      3
    ),
    ("DATETIME", "1767571200, 1767571201", "1767571201", "VARCHAR", 2),
    ("DECIMAL(4,2)", "1.5, 2.5", "2.50", "DECIMAL(4,2)", 2),
    ("TEXT", "'5', 'a', x'00'", "a", "VARCHAR", 3),
  ])
  func `is asked for, so that no earlier row is read`(
    type: String, values: String, bound: String, engine: String, count: Int
  ) throws {
    let rows = values.split(separator: ", ").map { "(\($0))" }.joined(separator: ", ")
    try change("CREATE TABLE t (at \(type)); INSERT INTO t VALUES \(rows), (NULL)")
    let isAll = count == rows.split(separator: "(").count
    #expect(try sent(since: bound, as: engine, nulls: true) == count + 1)
    #expect(try sent(since: bound, as: engine) == (isAll ? count + 1 : count))
    // Of another type it is not asked for.
    #expect(try sent(since: bound, as: "UUID") == rows.split(separator: "(").count + 1)
  }

  @Test func `is not asked for where text has another order`() throws {
    try change(
      "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (at TEXT); INSERT INTO t VALUES ('a'), ('b')")
    #expect(try sent(since: "b", as: "VARCHAR") == 2)
  }

  @Test func `is planned, and keeps the types that all rows say`() async throws {
    try change("CREATE TABLE t (id INTEGER, at INTEGER, note); INSERT INTO t VALUES (1, 1, 'x')")
    let pipeline = Pipeline("p").extract(.sqlite("\(files.path)/in.db", table: "t"))
      .load(.duckdb("\(files.path)/out.duckdb", table: "t")).cursor(
        PipelineCursor("at", nulls: .skip))
    let place = Home("\(files.path)/home")
    #expect(try await pipeline.run(in: place).run.records.loaded == 1)
    try change("INSERT INTO t VALUES (2, 1, NULL), (3, 2, 7), (4, 0, NULL)")
    let query = try #require(try await pipeline.plan().units.first?.query)
    #expect(query.hasPrefix(#"SELECT * FROM "t" WHERE "at" >= 1"#), "\(query)")
    let report = try await pipeline.run(in: place)
    #expect(report.run.records.loaded == 2 && report.run.records.read == 2)
    #expect(try await pipeline.run(in: place).run.records.loaded == 0)
  }
}
