import Foundation
import Testing

/// Imports that are killed at random moments, and what the next import makes of it.
///
/// `CATCHMENT_KILLS` says how many kills; the long run of 200 is a command of its own
/// (`Benchmarks/README.md`).
@Suite struct `An import that is killed` {
  private static let kills =
    ProcessInfo.processInfo.environment["CATCHMENT_KILLS"].flatMap(Int.init) ?? 24

  @Test func `leaves what the next one brings to where an undisturbed one ends`() throws {
    let work = try workplace()
    let began = Date()
    let undisturbed = try importing(work, home: "\(work.path)/undisturbed")
    #expect(undisturbed.status == 3)
    let duration = Date().timeIntervalSince(began)
    let expected = try TableSums.of("\(work.path)/undisturbed")
    var killed = 0
    var round = 0
    while killed < Self.kills {
      round += 1
      let home = "\(work.path)/home-\(round)"
      for _ in 0..<Int.random(in: 1...3) {
        let moment = Double.random(in: 0...duration * 1.1)
        let outcome = try importing(work, home: home, stopping: SIGKILL, after: moment)
        if outcome.status == SIGKILL { killed += 1 }
      }
      let last = try importing(work, home: home)
      #expect([0, 3].contains(last.status), "\(last.output)\(last.errors)")
      let differing = try TableSums.of(home).filter { expected[$0.key] != $0.value }
      if !differing.isEmpty { Issue.record("round \(round): \(differing) \(try runs(home))") }
      try FileManager.default.removeItem(atPath: home)
    }
  }

  @Test func `leaves a raw store from which the tables can be made anew`() throws {
    let work = try workplace()
    _ = try importing(work, home: work.home, stopping: SIGKILL, after: 0.15)
    _ = try importing(work, home: work.home)
    let expected = try TableSums.of(work.home)
    #expect(try Program.run(["raw", "check", "--home", work.home]).status == 0)
    try FileManager.default.removeItem(atPath: "\(work.home)/warehouse.duckdb")
    let rebuilt = try Program.run(["rebuild", "--home", work.home])
    #expect(rebuilt.status == 0, "\(rebuilt.errors)")
    var known = expected
    known["catchment.units"] = nil
    var made = try TableSums.of(work.home)
    made["catchment.units"] = nil
    #expect(made == known)
  }

  /// How each run ended, for the words of a failure: the home goes with the test.
  private func runs(_ home: String) throws -> String {
    try Program.run(["runs", "--json", "--home", home]).output
  }

  /// Enough files that a kill can fall anywhere: long ones, forks of each other, a broken line.
  private func workplace() throws -> Workplace {
    let work = try Workplace()
    try work.scatterForks(files: 40, lines: 400)
    return work
  }

  private func importing(
    _ work: Workplace, home: String, stopping signal: Int32? = nil, after seconds: Double = 0
  ) throws -> Program.Outcome {
    try Program.run(
      ["import", "--home", home, "--json", work.transcripts], stopping: signal, after: seconds)
  }
}
