import Foundation
import Testing

/// The real command, killed at random moments.
///
/// `CATCHMENT_KILLS` says how many kills, as for the import.
@Suite struct `A merge that is killed` {
  private static let kills =
    (ProcessInfo.processInfo.environment["CATCHMENT_KILLS"].flatMap(Int.init) ?? 24) / 4

  @Test func `is finished by the next, as if nothing had happened`() throws {
    let (mine, other) = (try Workplace(), try Workplace())
    try mine.scatterForks(files: 4, lines: 100)
    try other.scatterForks(files: 16, lines: 300)
    _ = try mine.importAll()
    let imported = try Program.run(
      ["import", other.transcripts, "--home", other.home, "--machine", "laptop", "--json"])
    #expect(imported.status == 3, "\(imported.errors)")

    let undisturbed = "\(mine.path)/undisturbed"
    try FileManager.default.copyItem(atPath: mine.home, toPath: undisturbed)
    let began = Date()
    let merged = try Program.run(["merge", other.home, "--home", undisturbed, "--json"])
    let duration = Date().timeIntervalSince(began)
    #expect(merged.status == 3, "\(merged.errors)")
    let expected = try TableSums.of(undisturbed)
    #expect(
      try Program.run(
        [
          "sql", "--home", undisturbed, "--format", "csv",
          "SELECT count(DISTINCT machine) FROM conversations",
        ]
      ).output.contains("2"))
    let usage = try Program.run(["stats", "--by", "machine", "--home", undisturbed, "--csv"])
    let machines = usage.output.split(separator: "\n").dropFirst().compactMap {
      $0.split(separator: ",").first
    }
    #expect(machines.count == 2 && machines.contains("laptop"), "\(usage.output)")

    var killed = 0
    for round in 0..<Self.kills * 3 where killed < Self.kills {
      let home = "\(mine.path)/home-\(round)"
      try FileManager.default.copyItem(atPath: mine.home, toPath: home)
      for _ in 0..<2 {
        let outcome = try Program.run(
          ["merge", other.home, "--home", home], stopping: SIGKILL,
          after: Double.random(in: 0...duration))
        if outcome.status == SIGKILL { killed += 1 }
      }
      let last = try Program.run(["merge", other.home, "--home", home, "--json"])
      #expect([0, 3].contains(last.status), "\(last.errors)")
      let differing = try TableSums.of(home).filter { expected[$0.key] != $0.value }
      #expect(differing == [:], "round \(round)")
      #expect(try Program.run(["raw", "check", "--home", home]).status == 0)
      let idle = try Program.run(["merge", other.home, "--home", home, "--json"])
      #expect(idle.status == 0)
      #expect((idle.object["homes"] as? [[String: Any]])?.first?["taken"] as? Int == 0)
    }
    #expect(killed > 0)
  }
}

@Suite struct `An export of an older version` {
  @Test func `is written back in the newest`() throws {
    let work = try Workplace()
    _ = try work.importAll()
    let newest = try work.run("export").output
    try #require(newest.contains(#""schema_version":2"#))
    let machine = try #require(newest.firstMatch(of: #/,"machine":"[^"]*"/#)).output
    let older = newest.replacing(#""schema_version":2"#, with: #""schema_version":1"#)
      .replacing(machine, with: "")
    let file = "\(work.path)/old.jsonl"
    try Data(older.utf8).write(to: URL(filePath: file))
    let outcome = try Program.run(["migrate", "rewrite", file, "--json"])
    #expect(outcome.object["upgraded"] as? Int == 1, "\(outcome.errors)")
    let expected = newest.replacing(machine, with: #","machine":null"#)
    #expect(try String(contentsOfFile: file, encoding: .utf8) == expected)
    #expect(
      try Program.run(["migrate", "rewrite", file, "--json"]).object["upgraded"] as? Int == 0)

    let broken = "\(expected){\"schema_version\":99}\n"
    try Data(broken.utf8).write(to: URL(filePath: file))
    let refused = try Program.run(["migrate", "rewrite", file])
    #expect(refused.status == 4)
    #expect(
      refused.errors.contains("old.jsonl:2: the line is a unified conversation of version 99"))
    #expect(try String(contentsOfFile: file, encoding: .utf8) == broken)
    #expect(!FileManager.default.fileExists(atPath: "\(file).partial"))
  }
}
