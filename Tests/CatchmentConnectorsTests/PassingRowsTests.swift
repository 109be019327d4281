import Catchment
import CatchmentConnectors
import CatchmentEngine
import CatchmentTesting
import CatchmentTransforms
import DuckDB
import Foundation
import Testing

/// Rows that a destination reads straight from a file.
@Suite struct `Rows that pass` {
  @Test func `are counted and hashed where they are read`() throws {
    let bench = try Workbench()
    let query = "SELECT range AS n, 'text ' || range AS t FROM range(10000)"
    let rows = try bench.pass(query)
    let passage = try #require(bench.passage(of: rows))
    #expect(passage.rows == 0)
    let held = try bench.table("FROM \(rows.sql)")
    #expect(passage.rows == 10_000)
    #expect(passage.checksum == (try Self.checksum(held, in: bench)))
    #expect(throws: CatchmentError.self) { try bench.count(rows) }
  }

  @Test func `leave those that cannot be read among the dead letters`() async throws {
    let folder = try TemporaryDirectory()
    // Longer than what the types are found out from.
    let rows = (1...30_000).map { "\($0),\($0 * 2)" }.joined(separator: "\n")
    try "id,n\n\(rows)\n30001,word\n".write(
      toFile: "\(folder.path)/a.csv", atomically: true, encoding: .utf8)
    let report = try await Pipeline("p").extract(.csv("\(folder.path)/a.csv"))
      .load(.duckdb("\(folder.path)/out.duckdb", table: "t")).run(in: Home("\(folder.path)/h"))
    #expect(report.run.records.read == 30_001)
    #expect(report.run.records.loaded == 30_000)
    #expect(report.run.records.deadLettered == 1)
    let letters = try Database(path: "\(folder.path)/out.duckdb").connect()
      .query("SELECT line, record FROM catchment.pipeline_dead_letters").rows()
    #expect(letters == [[.integer(30_002), .text("30001,word")]])
  }

  @Test func `are read line by line when a line of a file is none`() async throws {
    let folder = try TemporaryDirectory()
    try "{\"id\":1}\n{\"id\":\n{\"id\":3}\n".write(
      toFile: "\(folder.path)/a.jsonl", atomically: true, encoding: .utf8)
    let report = try await Pipeline("p").extract(.jsonl("\(folder.path)/a.jsonl"))
      .load(.duckdb("\(folder.path)/out.duckdb", table: "t")).run(in: Home("\(folder.path)/h"))
    #expect(report.run.records.read == 3)
    #expect(report.run.records.loaded == 2)
    #expect(report.run.records.deadLettered == 1)
  }

  /// Lines of 32 bytes: a number and a text.
  private static func load(
    lines: Int, but wrong: Int? = nil
  ) async throws -> (report: PipelineReport, rows: Connection) {
    let folder = try TemporaryDirectory()
    var text = ""
    for number in 1...lines {
      let digits = number == wrong ? "x" : String(number)
      text += String(repeating: " ", count: 8 - digits.utf8.count) + digits
      text += " the same for all lines" + "\n"
    }
    try Data(text.utf8).write(to: URL(filePath: "\(folder.path)/a.txt"))
    let layout = "columns:\n  id: { at: 1-8, type: integer }\n  words: { at: 9-31, type: text }\n"
    try layout.write(toFile: "\(folder.path)/a.yaml", atomically: true, encoding: .utf8)
    let report = try await Pipeline("p")
      .extract(.fixedWidth("\(folder.path)/a.txt", layout: Layout(at: "\(folder.path)/a.yaml")))
      .load(.duckdb("\(folder.path)/out.duckdb", table: "t")).run(in: Home("\(folder.path)/h"))
    return (report, try Database(path: "\(folder.path)/out.duckdb").connect())
  }

  @Test func `of a large file are written by several threads, each once`() async throws {
    let (report, rows) = try await Self.load(lines: 300_000, but: 200_001)
    #expect(report.run.records.read == 300_000)
    #expect(report.run.records.loaded == 299_999)
    let sum: Int64 = 300_000 * 300_001 / 2 - 200_001
    #expect(
      try rows.query("SELECT count(*), count(DISTINCT id), sum(id)::BIGINT FROM t").rows()
        == [[.integer(299_999), .integer(299_999), .integer(sum)]])
    #expect(
      try rows.query("SELECT line, column_value FROM catchment.pipeline_dead_letters").rows()
        == [[.integer(200_001), .text("x")]])
  }

  @Test func `of a small file are in its order`() async throws {
    let (_, rows) = try await Self.load(lines: 100_000)
    #expect(
      try rows.query("SELECT count(*) FROM t WHERE id <> rowid + 1").scalar() == .integer(0))
  }

  @Test func `are merged into a table that is not there, and taken back in turn`() async throws {
    let folder = try TemporaryDirectory()
    let home = Home("\(folder.path)/h")
    func write(_ text: String) throws { try folder.write(Array(text.utf8), to: "a.csv") }
    let pipeline = Pipeline("p").extract(.csv("\(folder.path)/a.csv"))
      .load(.duckdb("\(folder.path)/out.duckdb", table: "t", mode: .merge(key: ["id"])))
    func rows() throws -> [String] {
      try Database(path: "\(folder.path)/out.duckdb").connect().query("FROM t ORDER BY id").rows()
        .map { $0.map(\.description).joined(separator: "|") }
    }

    try write("id,n\n1,10\n2,20\n")
    let first = try await pipeline.run(in: home)
    #expect(first.run.records.loaded == 2)
    try write("id,n\n1,10\n2,21\n3,30\n")
    let second = try await pipeline.run(in: home)
    #expect(second.run.records.loaded == 1 && second.run.records.updated == 1)
    #expect(try rows() == ["1|10", "2|21", "3|30"])
    try pipeline.rollBack(second.run.id, in: home)
    #expect(try rows() == ["1|10", "2|20"])
    try pipeline.rollBack(first.run.id, in: home)
    #expect(throws: (any Error).self) { try rows() }
  }

  @Test(arguments: [
    ("id,n\n1,10\n1,20\n", "2 rows share their key with another (id); nothing was loaded"),
    ("id,n\n1,10\n,20\n", "1 rows have no value in the key (id); nothing was loaded"),
  ])
  func `are not merged by a key that is none`(text: String, message: String) async throws {
    let folder = try TemporaryDirectory()
    try folder.write(Array(text.utf8), to: "a.csv")
    let pipeline = Pipeline("p").extract(.csv("\(folder.path)/a.csv"))
      .load(.duckdb("\(folder.path)/out.duckdb", table: "t", mode: .merge(key: ["id"])))
    let error = await #expect(throws: CatchmentError.self) {
      try await pipeline.run(in: Home("\(folder.path)/h"))
    }
    #expect(error?.code == .validation && error?.message == message, "\(error as Any)")
  }

  @Test func `go alone when they are taken back, and those of others stay`() async throws {
    let folder = try TemporaryDirectory()
    try "id,n\n1,10\n2,20\n2,20\n".write(
      toFile: "\(folder.path)/a.csv", atomically: true, encoding: .utf8)
    let pipeline = Pipeline("p").extract(.csv("\(folder.path)/a.csv"))
      .load(.duckdb("\(folder.path)/out.duckdb", table: "t"))
    let report = try await pipeline.run(in: Home("\(folder.path)/h"))
    try Self.change("INSERT INTO t VALUES (2, 20), (3, 30)", in: folder.path)
    try pipeline.rollBack(report.run.id, in: Home("\(folder.path)/h"))
    let left = try Database(path: "\(folder.path)/out.duckdb").connect()
      .query("SELECT id, n FROM t ORDER BY id").rows()
    #expect(left == [[.integer(2), .integer(20)], [.integer(3), .integer(30)]])
  }

  private static func change(_ sql: String, in folder: String) throws {
    try Database(path: "\(folder)/out.duckdb").connect().execute(sql)
  }

  private static func checksum(_ rows: Relation, in bench: Workbench) throws -> UInt64? {
    let found = try bench.query(
      "SELECT (sum(hash(n, t)) % 18446744073709551616::HUGEINT)::VARCHAR FROM \(rows.sql)")
    return found[0][0].text.flatMap(UInt64.init)
  }
}
