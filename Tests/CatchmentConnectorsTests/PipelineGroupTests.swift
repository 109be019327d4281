import Catchment
import CatchmentConnectors
import CatchmentTesting
import DuckDB
import Foundation
import Testing

@testable import CatchmentEngine

@Suite struct `Pipelines that need one another` {
  private let files: TemporaryDirectory

  init() throws { files = try TemporaryDirectory() }

  private func member(_ name: String, into file: String, needs: [String] = [])
    -> PipelineGroup.Member
  {
    .init(
      Pipeline(name).extract(.csv("\(files.path)/\(name).csv"))
        .load(.duckdb("\(files.path)/\(file)", table: name)), needs: needs)
  }

  private func report(_ name: String) -> PipelineReport {
    PipelineReport(
      run: Run(id: name, pipeline: name, status: .done, token: 0, started: 0), steps: [])
  }

  @Test func `run at once, but not into one file nor before what they need`() {
    var schedule = PipelineSchedule(
      [
        member("a", into: "x"), member("b", into: "x"), member("c", into: "y"),
        member("d", into: "z", needs: ["c"]), member("e", into: "w"),
      ], most: 3)
    #expect(schedule.start() == [0, 2, 4])
    #expect(schedule.start() == [])
    schedule.end(0, .ran(report("a")))
    #expect(schedule.start() == [1])
    schedule.end(2, .ran(report("c")))
    #expect(schedule.start() == [3])
  }

  @Test func `are skipped when what they need did not run, and so on`() {
    var schedule = PipelineSchedule(
      [
        member("a", into: "x"), member("b", into: "y", needs: ["a"]),
        member("c", into: "z", needs: ["b"]), member("d", into: "w"),
      ], most: 1)
    #expect(schedule.start() == [0])
    schedule.end(0, .failed(CatchmentError(.failed, "no")))
    #expect(schedule.skip().map(\.0) == [1, 2])
    #expect(schedule.start() == [3])
  }

  @Test func `load what each of them reads, with one home between them`() async throws {
    let names = ["a", "b", "c", "d"]
    for name in names { try files.write("id\n1\n2\n", to: "\(name).csv") }
    let group = PipelineGroup(
      zip(names, ["x.duckdb", "x.duckdb", "y.duckdb", "z.duckdb"]).map { member($0, into: $1) })
    for expected in [2, 0] {
      let outcomes = try await group.run(
        in: Home("\(files.path)/home"), options: .init(memory: 512 << 20, threads: 2))
      let loaded = outcomes.map { outcome in
        if case .ran(let report) = outcome { report.run.records.loaded } else { -1 }
      }
      #expect(loaded == names.map { _ in expected })
    }
    let database = try Database(path: "\(files.path)/x.duckdb", options: .init(readOnly: true))
    let count = "SELECT (SELECT count(*) FROM a) + (SELECT count(*) FROM b)"
    #expect(try database.connect().query(count).scalar()?.int64 == 4)
  }
}
