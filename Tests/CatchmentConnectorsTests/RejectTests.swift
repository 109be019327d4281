import Catchment
import CatchmentConnectors
import CatchmentEngine
import CatchmentTesting
import CatchmentTransforms
import DuckDB
import Foundation
import Testing

@Suite struct `Rows that a step refuses` {
  private let files: TemporaryDirectory
  private let home: TemporaryDirectory

  init() throws {
    files = try TemporaryDirectory()
    home = try TemporaryDirectory()
    // Of text, since the first rows are no numbers.
    let rows = (1...1_000).map { "\($0),\($0 % 10 == 1 ? "many" : "\($0)")" }
    try files.write("id,amount\n\(rows.joined(separator: "\n"))\n", to: "a.csv")
    try files.write("id,amount\n2001,few\n2002,7\n", to: "b.csv")
  }

  private var output: String { "\(home.path)/out.duckdb" }

  private func pipeline(_ mode: LoadMode, _ limit: RejectLimit? = nil) -> Pipeline.Complete {
    Pipeline("p").extract(.csv(files.path)).transform(.cast(["amount": "INTEGER"]))
      .load(.duckdb(output, table: "t", mode: mode)).maxRejects(limit)
  }

  private func run(_ mode: LoadMode, _ limit: RejectLimit? = nil) async throws -> PipelineReport {
    try await pipeline(mode, limit).run(in: Home("\(home.path)/home"))
  }

  private func query(_ sql: String) throws -> [[Value]] {
    try Database(path: output, options: .init(readOnly: true)).connect().query(sql).rows()
  }

  @Test func `become dead letters with what is wrong and where they came from`() async throws {
    let report = try await run(.append)
    #expect(report.run.status == .partial)
    #expect(report.run.isConserved)
    #expect(report.run.records.deadLettered == 101)
    #expect(report.run.records.loaded == 901)
    #expect(try query("SELECT count(*), typeof(any_value(amount)) FROM t") == [[901, "INTEGER"]])
    let letters = try query(
      """
      SELECT stage, error_code, column_name, column_value, error_message, record, path
      FROM catchment.pipeline_dead_letters ORDER BY (record->>'id') = '2001' DESC, record LIMIT 1
      """)
    #expect(
      letters == [
        [
          "cast", "cast", "amount", "few", "\"few\" is no INTEGER",
          #"{"id":2001,"amount":"few"}"#, .text("\(files.path)/b.csv"),
        ]
      ])
    let counted = "SELECT count(*) FROM catchment.pipeline_dead_letters"
    #expect(try query(counted) == [[101]])
    try pipeline(.append).rollBack(report.run.id, in: Home("\(home.path)/home"))
    #expect(try query(counted) == [[0]])
  }

  @Test func `have no file of their own when the rows of several were one`() async throws {
    let report = try await run(.replace)
    #expect(report.run.records.deadLettered == 101)
    #expect(
      try query(
        "SELECT count(*), count(path), count(column_value) FROM catchment.pipeline_dead_letters")
        == [[101, 0, 101]])
  }

  @Test(arguments: [RejectLimit.count(100), .percent(10)])
  func `keep everything from being published when they are too many`(
    limit: RejectLimit
  ) async throws {
    let error = await #expect(throws: CatchmentError.self) { try await run(.append, limit) }
    #expect(error?.code.exitCode == 4)
    #expect(
      error?.message == """
        101 of 1002 records could not be taken, more than max_rejects: \(limit); nothing was published
        """)
    #expect(error?.cause == "refused: 101 by cast")
    #expect(
      try query("SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'main'") == [[0]])
    #expect(try query("SELECT count(*) FROM catchment.pipeline_units") == [[0]])
    #expect(try query("SELECT status FROM catchment.pipeline_runs") == [["failed"]])
    #expect(try await run(.append, .count(101)).run.records.loaded == 901)
  }

  @Test func `of one file keep the others from being published, at a gate`() async throws {
    let gated = Pipeline("p").extract(.csv(files.path))
      .transform(.expect(unique: ["id"], values: ["id": .range(min: 1, max: 2_001)]))
      .load(.duckdb(output, table: "t", mode: .append))
    let error = await #expect(throws: CatchmentError.self) {
      try await gated.run(in: Home("\(home.path)/home"))
    }
    #expect(error?.code.exitCode == 4)
    #expect(error?.cause == "1 rows have no fitting id")
    // Not even the first file, which passed.
    #expect(
      try query("SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'main'") == [[0]])
  }

  @Test(arguments: [
    ("100", RejectLimit.count(100)), ("0", .count(0)), ("1%", .percent(1)),
    ("0.07%", .percent(0.07)),
  ])
  func `are limited by a count or a share`(text: String, limit: RejectLimit) throws {
    #expect(try RejectLimit(Setting(plain: text)) == limit)
    #expect(try RejectLimit(limit.setting) == limit)
  }

  @Test(arguments: ["-1", "x", "101%", "0.5", "%"])
  func `are not limited by anything else`(text: String) {
    #expect(throws: OptionError.self) { try RejectLimit(Setting(plain: text)) }
  }
}
