import Foundation
import Testing

/// Imports that are killed at random moments, and what the next import makes of it.
///
/// `CATCHMENT_KILLS` says how many kills; the long run of 200 is a command of its own
/// (`Benchmarks/README.md`).
@Suite struct `An import that is killed` {
  private static let kills =
    ProcessInfo.processInfo.environment["CATCHMENT_KILLS"].flatMap(Int.init) ?? 24

  private static let tables = [
    "conversations": "imported_at", "messages": "", "tool_calls": "", "summaries": "",
    "dead_letters": "run, attempts, created_at", "catchment.raw_records": "run",
    "catchment.units": "imported_at",
  ]

  @Test func `leaves what the next one brings to where an undisturbed one ends`() throws {
    let work = try workplace()
    let began = Date()
    let undisturbed = try importing(work, home: "\(work.path)/undisturbed")
    #expect(undisturbed.status == 3)
    let duration = Date().timeIntervalSince(began)
    let expected = try checksums("\(work.path)/undisturbed")
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
      #expect(try checksums(home) == expected, "round \(round)")
      try FileManager.default.removeItem(atPath: home)
    }
  }

  @Test func `leaves a raw store from which the tables can be made anew`() throws {
    let work = try workplace()
    _ = try importing(work, home: work.home, stopping: SIGKILL, after: 0.15)
    _ = try importing(work, home: work.home)
    let expected = try checksums(work.home)
    #expect(try Program.run(["raw", "check", "--home", work.home]).status == 0)
    try FileManager.default.removeItem(atPath: "\(work.home)/warehouse.duckdb")
    let rebuilt = try Program.run(["rebuild", "--home", work.home])
    #expect(rebuilt.status == 0, "\(rebuilt.errors)")
    var known = expected
    known["catchment.units"] = nil
    var made = try checksums(work.home)
    made["catchment.units"] = nil
    #expect(made == known)
  }

  /// Enough files that a kill can fall anywhere: long ones, forks of each other, a broken line.
  private func workplace() throws -> Workplace {
    let work = try Workplace()
    for number in 0..<40 {
      let session = UUID().uuidString.lowercased()
      let lines = Transcripts.many(400, session: session)
      let copied = lines.prefix(100).map {
        $0.replacingOccurrences(of: session, with: "f\(session.dropFirst())")
      }
      let folder = "\(work.transcripts)/-work-garden"
      try Data((lines.joined(separator: "\n") + "\n").utf8)
        .write(to: URL(filePath: "\(folder)/\(session).jsonl"))
      guard number % 8 == 0 else { continue }
      try Data((copied.joined(separator: "\n") + "\n").utf8)
        .write(to: URL(filePath: "\(folder)/f\(session.dropFirst()).jsonl"))
    }
    return work
  }

  private func importing(
    _ work: Workplace, home: String, stopping signal: Int32? = nil, after seconds: Double = 0
  ) throws -> Program.Outcome {
    try Program.run(
      ["import", "--home", home, "--json", work.transcripts], stopping: signal, after: seconds)
  }

  /// Of every table, a number that does not depend on the order of its rows.
  private func checksums(_ home: String) throws -> [String: String] {
    var sums: [String: String] = [:]
    for (table, left) in Self.tables {
      let columns = left.isEmpty ? "*" : "* EXCLUDE (\(left))"
      let query = """
        SELECT count(*)::VARCHAR || ' rows, ' || coalesce(sum(hash(r)), 0)::VARCHAR
        FROM (SELECT \(columns) FROM \(table)) r
        """
      let outcome = try Program.run(["sql", "--home", home, "--format", "csv", query])
      #expect(outcome.status == 0, "\(outcome.errors)")
      sums[table] = outcome.output
    }
    return sums
  }
}
