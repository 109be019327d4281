import Foundation
import Testing

/// `catchment duplicates`, as a person uses it.
@Suite struct `Copies of conversations` {
  /// A talk, its copy under new ids an hour later, and one a minute after it with some words more.
  private func workplace() throws -> Workplace {
    let work = try Workplace()
    let talks = Talks(work: work)
    for number in 0..<3 { try talks.write(number) }
    try talks.write(0, salt: 1, minutes: 60)
    try talks.write(1, salt: 2, ending: " and so on")
    return work
  }

  private func counted(_ work: Workplace) throws -> String {
    try work.run("sql", "--format", "csv", "SELECT count(*) AS n FROM counted_conversations")
      .output.split(separator: "\n").last.map(String.init) ?? ""
  }

  @Test func `are found, explained, counted once, and taken back`() throws {
    let work = try workplace()
    _ = try work.importAll()
    let all = try work.run("duplicates", "list", "--json").objects
    let levels = all.compactMap { $0["level"] as? String }.sorted()
    try #require(levels == ["content", "similar"], "\(all)")
    let before = try TableSums.of(work.home)
    // Transcripts of the workplace's own are there too: what counts is the difference.
    let whole = try #require(Int(counted(work)))

    let copy = try #require(all.first { $0["level"] as? String == "content" })
    let id = try #require(copy["decision_id"] as? String)
    #expect(copy["action"] as? String == "merge")
    let explained = try work.run("duplicates", "explain", String(id.prefix(8)))
    #expect(explained.status == 0)
    #expect(explained.output.contains(copy["kept_id"] as? String ?? "?"), "\(explained.output)")

    #expect(try work.run("duplicates", "undo", id).status == 0)
    #expect(try counted(work) == "\(whole + 1)")
    #expect(try work.run("duplicates", "undo", id).status == 1)
    _ = try work.run("rebuild")
    #expect(try counted(work) == "\(whole + 1)", "what was taken back comes again by a rebuild")
    #expect(try work.run("duplicates", "redo", id).status == 0)
    #expect(try counted(work) == "\(whole)")
    #expect(
      try TableSums.of(work.home).filter {
        $0.key != "catchment.units" && before[$0.key] != $0.value
      }
        == [:])
  }

  @Test(arguments: [
    ("skip", 2, Int32(0)), ("merge", 2, 0), ("version", 0, 0), ("error", 0, 3),
  ])
  func `are set aside or only named, as the action says`(
    action: String, setAside: Int, status: Int32
  ) throws {
    let work = try workplace()
    _ = try work.importAll()
    let rows = try TableSums.of(work.home)
    let found = try work.run("duplicates", "find", "--dedup", "content=\(action),similar=\(action)")
    #expect(found.status == status, "\(found.output)\(found.errors)")
    let list = try work.run("duplicates", "list", "--json").objects
    #expect(list.count { $0["is_set_aside"] as? Bool == true } == setAside, "\(list)")
    for (table, sum) in try TableSums.of(work.home) where table != "conversation_duplicates" {
      #expect(rows[table] == sum, "an action changed \(table)")
    }
    #expect(try work.run("duplicates", "find", "--dedup", "default").status == 0)
    #expect(try TableSums.of(work.home) == rows)
  }

  @Test func `are once in reports`() throws {
    let work = try workplace()
    _ = try work.importAll()
    let sessions = try work.run(
      "sql", "--format", "csv", "SELECT count(*) AS n FROM conversation_usage"
    ).output.split(separator: "\n").last.map(String.init)
    #expect(try sessions == counted(work))
    let usage = try work.run("stats", "--csv").output.split(separator: "\n").last
    let columns = usage?.split(separator: ",").map(String.init) ?? []
    #expect(try columns.dropFirst().first == counted(work), "\(columns)")
  }

  /// `CATCHMENT_KILLS` says how many kills, as for the import.
  @Test func `are decided the same after kills`() throws {
    let kills =
      (ProcessInfo.processInfo.environment["CATCHMENT_KILLS"].flatMap(Int.init) ?? 24) / 3
    let work = try workplace()
    let talks = Talks(work: work)
    for number in 3..<120 { try talks.write(number, salt: number % 3, minutes: number % 7) }
    for number in 3..<120 where number % 4 == 0 { try talks.write(number, salt: 9, minutes: 400) }
    let began = Date()
    _ = try work.importAll()
    let duration = Date().timeIntervalSince(began)
    let expected = try TableSums.of(work.home)
    var killed = 0
    for round in 0..<kills * 4 where killed < kills {
      let home = "\(work.path)/killed-\(round)"
      for command in [["import", work.transcripts], ["duplicates", "find"]] {
        let outcome = try Program.run(
          command + ["--home", home], stopping: SIGKILL, after: .random(in: 0...duration))
        if outcome.status == SIGKILL { killed += 1 }
      }
      let last = try Program.run(["import", work.transcripts, "--home", home, "--json"])
      #expect([0, 3].contains(last.status), "\(last.errors)")
      let differing = try TableSums.of(home).filter { expected[$0.key] != $0.value }
      #expect(differing == [:], "round \(round)")
    }
    #expect(killed > 0)
  }
}
