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

  @Test func `are found once by a search, in the one that is kept`() throws {
    let work = try workplace()
    _ = try work.importAll()
    // Words of the talk that has a copy with the same content.
    let copy = try #require(
      try work.run("duplicates", "list", "--json").objects
        .first { $0["level"] as? String == "content" })
    let kept = try #require(copy["kept_id"] as? String)
    let pair: Set = [kept, try #require(copy["duplicate_id"] as? String)]
    let word = try work.run(
      "sql", "--format", "csv",
      """
      SELECT regexp_extract(content::VARCHAR, 'w[0-9]+ w[0-9]+ w[0-9]+') AS words FROM messages
      WHERE conversation_id = '\(kept)' AND role = 'assistant' LIMIT 1
      """
    ).output.split(separator: "\n").last.map(String.init)
    let phrase = try #require(word)
    // Other talks may have the words too.
    func found(_ more: String...) throws -> Set<String> {
      let outcome = try Program.run(
        ["search", "\"\(phrase)\"", "--limit", "100", "--json", "--home", work.home] + more)
      return pair.intersection(outcome.objects.compactMap { $0["conversation_id"] as? String })
    }
    #expect(try found() == [kept], "\(phrase)")
    #expect(try found("--copies") == pair)
    _ = try work.run("duplicates", "undo", try #require(copy["decision_id"] as? String))
    #expect(try found() == pair, "what was taken back counts, and is found")
  }

  /// A copy can be of a day that the run which sets it aside never touches.
  @Test func `are once in a warehouse that follows, and in its days`() throws {
    let work = try Workplace()
    let talks = Talks(work: work)
    try talks.write(0, salt: 1, day: 2)
    let follower = "sqlite:\(work.path)/follower.db"
    func publish() throws {
      let outcome = try work.run("import", work.transcripts, "--json", "--warehouse", follower)
      #expect([0, 3].contains(outcome.status), "\(outcome.errors)")
    }
    func agree(_ query: String) throws {
      let there = try Program.run(
        ["-cmd", ".mode csv", "\(work.path)/follower.db", query], of: "/usr/bin/sqlite3")
      let here = try work.run("sql", "--format", "csv", query).output.split(separator: "\n")
      #expect(
        there.output.split(whereSeparator: \.isNewline).map(String.init)
          == here.dropFirst().map(String.init), "\(query) \(there.errors)")
    }
    try publish()
    try talks.write(0)
    try publish()
    let days = "SELECT sum(conversations) AS n, sum(messages) AS m FROM conversation_daily_stats"
    let aside = "SELECT count(*) AS n FROM conversation_duplicates WHERE is_set_aside"
    try agree(days)
    try agree(aside)
    let list = try work.run("duplicates", "list", "--json").objects
    let id = try #require(list.first?["decision_id"] as? String)
    #expect(try work.run("duplicates", "undo", id).status == 0)
    try publish()
    try agree(days)
    try agree(aside)
  }

  /// `CATCHMENT_KILLS` says how many kills, as for the import.
  @Test func `are decided the same after kills`() throws {
    let kills =
      (ProcessInfo.processInfo.environment["CATCHMENT_KILLS"].flatMap(Int.init) ?? 24) / 3
    let work = try workplace()
    let talks = Talks(work: work)
    for number in 3..<120 { try talks.write(number, salt: number % 3, minutes: number % 7) }
    for number in 3..<120 where number % 4 == 0 { try talks.write(number, salt: 9, minutes: 400) }
    let whole = try seconds { _ = try work.importAll() }
    let expected = try TableSums.of(work.home)
    let list = try work.run("duplicates", "list", "--json").objects
    let id = try #require(list.first?["decision_id"] as? String)
    let short = try seconds { _ = try work.run("duplicates", "find") }
    var killed = 0
    for round in 0..<kills * 4 where killed < kills {
      let home = "\(work.path)/killed-\(round)"
      func kill(_ command: String..., within seconds: Double) throws {
        let outcome = try Program.run(
          command + ["--home", home], stopping: SIGKILL, after: .random(in: 0...seconds))
        if outcome.status == SIGKILL { killed += 1 }
      }
      try kill("import", work.transcripts, within: whole)
      try kill("duplicates", "find", within: short)
      _ = try Program.run(["import", work.transcripts, "--home", home])
      try kill("duplicates", "undo", id, within: short)
      try kill("duplicates", "redo", id, within: short)
      // It is in force again, or was all the time.
      let redone = try Program.run(["duplicates", "redo", id, "--home", home])
      #expect([0, 1].contains(redone.status), "\(redone.errors)")
      let last = try Program.run(["import", work.transcripts, "--home", home, "--json"])
      #expect([0, 3].contains(last.status), "\(last.errors)")
      let differing = try TableSums.of(home).filter { expected[$0.key] != $0.value }
      #expect(differing == [:], "round \(round)")
    }
    #expect(killed > 0)
  }

  private func seconds(_ body: () throws -> Void) rethrows -> Double {
    let began = Date()
    try body()
    return Date().timeIntervalSince(began)
  }
}
