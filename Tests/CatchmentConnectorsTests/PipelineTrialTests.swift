import Catchment
import CatchmentConnectors
import CatchmentEngine
import CatchmentTesting
import CatchmentTransforms
import DuckDB
import Foundation
import Testing

@Suite struct `A pipeline that is only tried` {
  private let files: TemporaryDirectory
  private let home: TemporaryDirectory

  init() throws {
    files = try TemporaryDirectory()
    home = try TemporaryDirectory()
    try files.write("id,amount\n1,10\n2,-1\n3,x\n", to: "in/a.csv")
    try files.write("id,amount\n4,7\n5,y\n", to: "in/b.csv")
  }

  private func pipeline(_ destination: some Destination) -> Pipeline.Complete {
    Pipeline("p").extract(.csv("\(files.path)/in")).transform(.cast(["amount": "INTEGER"]))
      .transform(.filter("amount > 0")).load(destination)
  }

  /// Every file with its size, its time and its bytes.
  private func traces() throws -> [String: Data] {
    var found: [String: Data] = [:]
    for folder in [files.path, home.path] {
      for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
        let path = "\(folder)/\(name)"
        let about = try FileManager.default.attributesOfItem(atPath: path)
        guard about[.type] as? FileAttributeType == .typeRegular else { continue }
        found["\(path) \(about[.modificationDate] ?? "")"] = try Data(
          contentsOf: URL(filePath: path))
      }
    }
    return found
  }

  private var place: Home { Home("\(home.path)/home") }

  @Test(arguments: ["duckdb", "sqlite", "csv"])
  func `tells what a run would do, and leaves no trace`(kind: String) async throws {
    let path = "\(files.path)/out.\(kind)"
    let pipeline: Pipeline.Complete =
      switch kind {
      case "duckdb": pipeline(.duckdb(path, table: "t"))
      case "sqlite": pipeline(.sqlite(path, table: "t"))
      default: pipeline(.csv(path))
      }
    // Before anything is there, and after a run.
    for isFirst in [true, false] {
      let before = try traces()
      let tried = try await pipeline.tryOut()
      let plan = try await pipeline.plan()
      #expect(try traces() == before, "\(kind)")
      #expect(tried.toLoad == (isFirst ? 2 : 0) && tried.run.records.loaded == 0)
      #expect(plan.units.map(\.state) == (isFirst ? [.new, .new] : [.unchanged, .unchanged]))
      #expect(plan.steps.map(\.name) == ["cast", "filter"])
      guard isFirst else { return }
      #expect(plan.changes.first?.hasPrefix("it is made: id BIGINT, amount ") == true)
      let report = try await pipeline.run(in: place)
      #expect(report.run.records.read == tried.run.records.read)
      #expect(report.run.records.deadLettered == tried.run.records.deadLettered)
      #expect(report.steps == tried.steps)
      #expect(report.run.records.loaded == tried.toLoad)
    }
  }

  @Test func `has the columns and the statements of every step`() async throws {
    let plan = try await pipeline(.duckdb("\(files.path)/out.duckdb", table: "t")).plan()
    #expect(plan.columns.map { "\($0.name) \($0.type)" } == ["id BIGINT", "amount VARCHAR"])
    let last = try #require(plan.steps.last)
    #expect(last.columns.map { "\($0.name) \($0.type)" } == ["id BIGINT", "amount INTEGER"])
    #expect(last.statements == ["SELECT * FROM input WHERE (\namount > 0\n)"])
    #expect(plan.units.first?.dialect?.hasPrefix("delimiter ,") == true)
  }

  @Test func `tells which columns of the table change, and that a run is refused`() async throws {
    let path = "\(files.path)/out.duckdb"
    try Database(path: path).connect().execute("CREATE TABLE t (id INTEGER, name VARCHAR)")
    let plan = try await pipeline(.duckdb(path, table: "t")).plan()
    #expect(
      plan.changes == ["~ id: INTEGER, the rows have BIGINT", "+ amount INTEGER", "- name VARCHAR"])
    #expect(plan.isRefused)
    let error = await #expect(throws: CatchmentError.self) {
      try await pipeline(.duckdb(path, table: "t")).tryOut()
    }
    #expect(error?.code.exitCode == 4)
    #expect(try await !pipeline(.duckdb(path, table: "t", mode: .replace)).plan().isRefused)
  }

  @Test func `reads no more records than it may`() async throws {
    let pipeline = pipeline(.duckdb("\(files.path)/out.duckdb", table: "t"))
    for (limit, read) in [(1, 1), (4, 4), (100, 5)] {
      #expect(try await pipeline.tryOut(limit: limit).run.records.read == read)
    }
  }

  @Test func `is held up by a gate as a run is`() async throws {
    let gated = Pipeline("p").extract(.csv("\(files.path)/in/a.csv"))
      .transform(.expect(unique: ["id"], leastRows: 10))
      .load(.duckdb("\(files.path)/out.duckdb", table: "t"))
    let error = await #expect(throws: CatchmentError.self) { try await gated.tryOut() }
    #expect(error?.code.exitCode == 4)
    #expect(try await gated.plan().steps.map(\.name) == ["expect"])
  }

  @Test func `is loaded anew by a full refresh, which can be rolled back`() async throws {
    let path = "\(files.path)/out.duckdb"
    let pipeline = pipeline(.duckdb(path, table: "t"))
    func ids() throws -> [[Value]] {
      try Database(path: path, options: .init(readOnly: true)).connect().query(
        "SELECT id FROM t ORDER BY id"
      ).rows()
    }
    _ = try await pipeline.run(in: place)
    try files.write("id,amount\n4,-7\n6,8\n", to: "in/b.csv")
    let refreshed = try await pipeline.run(in: place, isFullRefresh: true)
    #expect(refreshed.run.isConserved && refreshed.run.records.loaded == 2)
    #expect(try ids() == [[1], [6]])
    #expect(try await pipeline.run(in: place).unitsSkipped == 2)
    try pipeline.rollBack(refreshed.run.id, in: place)
    #expect(try ids() == [[1], [4]])
  }
}

@Suite(.enabled(if: PostgreSQLServer.isThere, "no server: set CATCHMENT_POSTGRESQL"))
struct `A pipeline into PostgreSQL that is only tried` {
  @Test func `makes nothing there`() async throws {
    let server = PostgreSQLServer()
    let files = try TemporaryDirectory()
    try files.write("id\n1\n2\n", to: "a.csv")
    let pipeline = Pipeline("p").extract(.csv("\(files.path)/a.csv"))
      .load(.postgreSQL(server.url(), table: "t"))
    #expect(try await pipeline.tryOut().toLoad == 2)
    #expect(try await pipeline.plan().changes == ["it is made: id BIGINT"])
    let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = '\(server.schema)'"
    #expect(try server.rows(schemas) == [["0"]])
    _ = try await pipeline.run(in: Home("\(files.path)/home"))
    #expect(try await pipeline.tryOut().unitsSkipped == 1)
    #expect(try await pipeline.plan().changes == [])
  }
}
