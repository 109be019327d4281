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
}
