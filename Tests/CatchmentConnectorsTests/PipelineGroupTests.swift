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
    schedule.end(0, .failed(PipelineFailure(CatchmentError(.failed, "no"))))
    #expect(schedule.skip().map(\.0) == [1, 2])
    #expect(schedule.start() == [3])
  }

  @Test func `give their place to others while they wait for the next attempt`() {
    var schedule = PipelineSchedule([member("a", into: "x"), member("b", into: "x")], most: 1)
    #expect(schedule.start() == [0])
    schedule.rest(0)
    #expect(schedule.start() == [1])
    schedule.wake(0)
    #expect(schedule.start() == [])
    schedule.end(1, .ran(report("b")))
    #expect(schedule.start() == [0])
  }

  /// A diamond, of which `b` and `c` need `a`, and `d` needs both.
  struct Diamond: CustomTestStringConvertible {
    /// What each does: r runs, f fails; as the file's policies say.
    var fails: Set<String>
    var policies: [String: FailurePolicy] = [:]
    /// What became of a, b, c and d: r ran, f failed, s was skipped.
    var ends: String

    var testDescription: String { "\(fails.sorted()) \(policies) → \(ends)" }
  }

  @Test(arguments: [
    Diamond(fails: [], ends: "rrrr"), Diamond(fails: ["a"], ends: "fsss"),
    Diamond(fails: ["b"], ends: "rfrs"), Diamond(fails: ["d"], ends: "rrrf"),
    Diamond(fails: ["a"], policies: ["a": .skip], ends: "fsss"),
    Diamond(fails: ["a"], policies: ["a": .continue], ends: "frrr"),
    Diamond(fails: ["b"], policies: ["b": .continue], ends: "rfrr"),
    Diamond(fails: ["b"], policies: ["b": .skip, "c": .continue], ends: "rfrs"),
    Diamond(fails: ["b", "c"], policies: ["b": .continue], ends: "rffs"),
    Diamond(fails: ["b", "c"], policies: ["b": .continue, "c": .continue], ends: "rffr"),
    // What was skipped itself can be done without all the same.
    Diamond(fails: ["a"], policies: ["b": .continue, "c": .continue], ends: "fssr"),
    Diamond(fails: ["a"], policies: ["b": .continue], ends: "fsss"),
    Diamond(fails: ["a", "b"], policies: ["a": .continue, "b": .skip], ends: "ffrs"),
  ])
  func `end as their policies say`(diamond: Diamond) {
    let members = [("a", []), ("b", ["a"]), ("c", ["a"]), ("d", ["b", "c"])].map { name, needs in
      let member = member(name, into: name, needs: needs)
      let policy = diamond.policies[name] ?? .fail
      return PipelineGroup.Member(member.pipeline.onFailure(policy), needs: needs)
    }
    var schedule = PipelineSchedule(members, most: 2)
    while true {
      _ = schedule.skip()
      let started = schedule.start()
      if started.isEmpty { break }
      for place in started {
        let name = members[place].pipeline.name
        let failure = PipelineFailure(CatchmentError(.failed, "no"))
        schedule.end(
          place, diamond.fails.contains(name) ? .failed(failure) : .ran(report(name)))
      }
    }
    let ends = schedule.outcomes.map { outcome in
      switch outcome {
      case .ran: "r"
      case .failed: "f"
      case .skipped: "s"
      case nil: "-"
      }
    }
    #expect(ends.joined() == diamond.ends)
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
