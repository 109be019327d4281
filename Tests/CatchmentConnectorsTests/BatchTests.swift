import Catchment
import CatchmentConnectors
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Foundation
import Testing

@Suite struct `Files that share a transaction` {
  private let folder: TemporaryDirectory

  init() throws {
    folder = try TemporaryDirectory()
    for file in 0..<10 {
      let lines = (0..<200).map { "\(file * 150 + $0),text \($0)\n" }
      try folder.write("id,text\n" + lines.joined(), to: "data/\(file).csv")
    }
  }

  private func pipeline(_ name: String, _ mode: LoadMode) -> Pipeline.Complete {
    Pipeline(name).extract(.csv("\(folder.path)/data"))
      .load(.duckdb("\(folder.path)/\(name).duckdb", table: "t", mode: mode))
  }

  private var home: Home { Home("\(folder.path)/home") }

  private func options(batch: Int) -> Importer.Options {
    Importer.Options(memory: 256 << 20, threads: 1, batch: batch)
  }

  private func rows(_ name: String) throws -> [String] {
    let file = "\(folder.path)/\(name).duckdb"
    let connection = try Database(path: file).connect()
    let there = try connection.query("SELECT count(*) FROM duckdb_tables() WHERE table_name = 't'")
    guard try there.scalar() != .integer(0) else { return [] }
    return try connection.query("FROM t ORDER BY ALL").rows()
      .map { $0.map(\.description).joined(separator: "|") }
  }

  @Test(arguments: [
    LoadMode.append, .merge(key: ["id"]), .merge(key: ["id"], deleteMissing: false),
  ])
  func `give the same rows as files that have one each, and go as one`(mode: LoadMode) async throws
  {
    let alone = try await pipeline("alone", mode).run(in: home, options: options(batch: 1))
    let shared = try await pipeline("shared", mode).run(in: home, options: options(batch: 4))
    #expect(shared.run.records == alone.run.records)
    #expect(shared.run.unitsCommitted == 10)
    #expect(try rows("shared") == rows("alone"))
    try pipeline("shared", mode).rollBack(shared.run.id, in: home)
    #expect(try rows("shared").isEmpty)
  }

  @Test func `are tuned over the runs of a pipeline, each of which says why`() async throws {
    let pipeline = pipeline("tuned", .append).tune(.throughput)
    var settings: Set<TuningSettings> = []
    var last: TuningDecision?
    for _ in 0..<4 {
      let report = try await pipeline.run(in: home, options: options(batch: 1))
      let tuning = try #require(report.tuning)
      settings.insert(tuning.settings)
      last = tuning
      #expect(report.latency > 0)
      try folder.remove("tuned.duckdb")
    }
    #expect(settings.count == 3)
    #expect(last?.explanation.contains("the best of 3") == true, "\(last as Any)")
  }
}
