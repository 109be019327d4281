import Foundation
import Testing

/// The real command, killed and starved.
///
/// `CATCHMENT_KILLS` says how many kills, as for the import.
@Suite struct `A migration` {
  private static let kills =
    (ProcessInfo.processInfo.environment["CATCHMENT_KILLS"].flatMap(Int.init) ?? 24) / 4

  private func imported() throws -> Workplace {
    let work = try Workplace()
    try work.scatterForks(files: 4, lines: 200, text: 500)
    #expect(try work.importAll().status == 3)
    return work
  }

  private func version(_ work: Workplace) throws -> String? {
    try work.run("migrate", "status", "--json").object["version"] as? String
  }

  /// The version that this program's tables have.
  private func newest(_ work: Workplace) throws -> String {
    try #require(try work.run("migrate", "status", "--json").object["newest"] as? String)
  }

  /// What the tables hold in each version there is, on the way up and on the way down, where the
  /// machines that the newest version names are still known; takes the warehouse to the first.
  private func sumsByVersion(_ work: Workplace) throws -> [String: [[String: String]]] {
    #expect(try work.run("migrate", "down", "--to", "1.0.0").status == 0)
    let status = try work.run("migrate", "status", "--json").object
    let pending = (status["pending"] as? [[String: Any]])?.compactMap { $0["version"] as? String }
    let versions = ["1.0.0"] + (try #require(pending))
    var sums = ["1.0.0": [try TableSums.of(work.home)]]
    for version in versions.dropFirst() {
      #expect(try work.run("migrate", "up", "--to", version).status == 0)
      sums[version] = [try TableSums.of(work.home)]
    }
    for version in versions.reversed().dropFirst() {
      #expect(try work.run("migrate", "down", "--to", version).status == 0)
      sums[version]?.append(try TableSums.of(work.home))
    }
    return sums
  }

  @Test func `that is killed leaves the tables of one version or the other`() throws {
    let work = try imported()
    let newest = try newest(work)
    let sums = try sumsByVersion(work)
    let began = Date()
    #expect(try work.run("migrate", "up").status == 0)
    let duration = Date().timeIntervalSince(began)
    var killed = 0
    for round in 0..<Self.kills * 4 where killed < Self.kills {
      let goal = round.isMultiple(of: 2) ? "1.0.0" : newest
      let outcome = try Program.run(
        ["migrate", round.isMultiple(of: 2) ? "down" : "up", "--to", goal, "--home", work.home],
        stopping: SIGKILL, after: Double.random(in: 0...duration))
      if outcome.status == SIGKILL { killed += 1 }
      let version = try #require(try version(work))
      // Going up ends with naming the machine in every conversation, which a kill may have kept it from.
      if version == newest { #expect(try work.run("migrate", "up").status == 0) }
      let now = try TableSums.of(work.home)
      #expect(sums[version]?.contains(now) == true, "\(round): \(version)")
      if version != goal {
        #expect(try work.run("migrate", goal == "1.0.0" ? "down" : "up", "--to", goal).status == 0)
      }
    }
    #expect(killed > 0)
    #expect(try work.importAll().status == 0, "there is nothing that is new")
  }

  @Test func `does not begin when there is no room for a copy`() throws {
    let work = try imported()
    let before = try TableSums.of(work.home)
    // The shell counts in blocks of 512 bytes.
    let outcome = try Program.run(
      [
        "-c", #"ulimit -f 1000; exec "$1" migrate down --to 1.0.0 --home "$2""#, "sh",
        Program.binary, work.home,
      ],
      of: "/bin/sh")
    #expect(outcome.status == 7, "\(outcome.errors)")
    #expect(outcome.errors.contains("no backup could be taken, so nothing was changed"))
    #expect(try version(work) == newest(work))
    #expect(try TableSums.of(work.home) == before)
    let left = try FileManager.default.contentsOfDirectory(atPath: work.home)
    #expect(!left.contains { $0.hasPrefix("warehouse-") && $0.hasSuffix(".duckdb") })
  }

  @Test func `is done by an import that finds an older warehouse, and said in one line`() throws {
    let work = try Workplace()
    _ = try work.importAll()
    _ = try work.run("migrate", "down", "--to", "1.0.0", "--no-backup")
    for command in [["stats"], ["show", Transcripts.session], ["export"], ["runs"], ["doctor"]] {
      let outcome = try Program.run(command + ["--home", work.home])
      #expect(outcome.status == 0, "\(command) \(outcome.errors)")
    }
    #expect(try work.run("export").output.contains(#""machine":null"#))
    #expect(try version(work) == "1.0.0", "reading changes nothing")
    let outcome = try work.run("import", work.transcripts)
    let notes = outcome.errors.split(separator: "\n").filter { $0.contains("migrated") }
    #expect(notes.count == 1)
    #expect(
      notes.first?.contains("from version 1.0.0 to \(try newest(work))") == true,
      "\(outcome.errors)")
    #expect(try version(work) == newest(work))
  }

  @Test func `is refused the wrong way, or to a version that there is not`() throws {
    let work = try Workplace()
    _ = try work.importAll()
    let unknown = try work.run("migrate", "down", "--to", "0.9.0")
    #expect(unknown.status == 2)
    #expect(unknown.errors.contains("there is no version 0.9.0 of the tables"))
    _ = try work.run("migrate", "down", "--to", "1.0.0")
    let wrong = try work.run("migrate", "down", "--to", "1.1.0")
    #expect(wrong.status == 1, "\(wrong.errors)")
    #expect(try work.run("migrate", "up", "--to", "1.1").status == 2)
  }
}
