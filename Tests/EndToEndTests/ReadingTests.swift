import Foundation
import Testing

@Suite struct `The commands that read` {
  private let place: Workplace

  init() throws {
    place = try Workplace()
    _ = try place.importAll()
  }

  @Test func `stats counts each response once`() throws {
    let row = try #require(try place.run("stats", "--json").objects.first)
    #expect(row["platform"] as? String == "claude_code")
    #expect(row["messages"] as? Int == 4)
    #expect(row["output_tokens"] as? Int == 48, "40 of the first response's last line, and 8")
    #expect(row["input_tokens"] as? Int == 20)
    let cost = try #require(row["cost"] as? Double)
    #expect(abs(cost - 990e-6) < 1e-12, "20 × 3 + 48 × 15 + 200 × 0.3 + 40 × 3.75 for a million")
  }

  @Test(arguments: [
    ("platform", "claude_code"), ("project", "/work/garden"), ("model", "claude-sonnet-4-5"),
    ("branch", "main"), ("tool", "Bash"), ("day", "2026-03-01"),
  ])
  func `stats groups`(by grouping: String, _ first: String) throws {
    let table = try place.run("stats", "--by", grouping)
    #expect(table.status == 0, "\(table.errors)")
    #expect(table.output.contains(first))
    let csv = try place.run("stats", "--by", grouping, "--csv")
    #expect(csv.output.hasPrefix("\(grouping),"))
    #expect(csv.output.contains("\n\(first),"))
  }

  @Test(arguments: [Transcripts.session, String(Transcripts.session.prefix(8))])
  func `show prints the talk`(name: String) throws {
    let outcome = try place.run("show", name)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("Plant the beans"))
    #expect(outcome.output.contains("▸ Bash ls bed  ok"))
    #expect(outcome.output.contains("soil"))
    #expect(outcome.output.contains(#"The beans\x1b[31m are in."#))
  }

  @Test func `show prints JSON with calls and results in their place`() throws {
    let outcome = try place.run("show", Transcripts.session, "--json")
    let messages = try #require(outcome.object["messages"] as? [[String: Any]])
    let blocks = messages.flatMap { $0["content"] as? [[String: Any]] ?? [] }
    let call = try #require(blocks.first { $0["type"] as? String == "tool_use" })
    #expect(call["name"] as? String == "Bash")
    #expect(call["input"] as? [String: String] == ["command": "ls bed"])
    #expect(call["output"] as? String == "soil")
  }

  @Test func `show does not know every name`() throws {
    let outcome = try place.run("show", "ffffffff")
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("there is no conversation ffffffff"))
  }

  @Test func `runs lists what each run did`() throws {
    let run = try #require(try place.run("runs", "--json").objects.first)
    #expect(run["command"] as? String == "import")
    #expect(run["status"] as? String == "partial")
    #expect(run["records_read"] as? Int == 7)
    #expect(try place.run("runs").output.contains("partial"))
  }

  @Test func `deadletters names the place and keeps the line`() throws {
    let letter = try #require(try place.run("deadletters", "list", "--json").objects.first)
    #expect(letter["path"] as? String == place.session)
    #expect(letter["line"] as? Int == 4)
    let id = try #require(letter["id"] as? String)
    let shown = try place.run("deadletters", "show", id, "--json")
    #expect(shown.object["raw"] as? String == Transcripts.broken)
    #expect(try place.run("deadletters", "list").output.contains("\(place.session):4:"))
    #expect(try place.run("deadletters", "show", id).output.contains("cut"))
  }

  @Test func `deadletters are tried again, and accounted for`() throws {
    let outcome = try place.run("deadletters", "retry", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.object["tried"] as? Int == 1)
    #expect(outcome.object["resolved"] as? Int == 0)
    let records = outcome.object["records"] as? [String: Int]
    #expect(records?["read"] == 1)
    #expect(records?["dead_lettered"] == 1)
    let run = try #require(try place.run("runs", "--json").objects.first)
    #expect(run["command"] as? String == "deadletters retry")
    #expect(run["records_read"] as? Int == 1)
    #expect(try place.run("doctor").status == 0)
  }

  @Test func `what to type next is what was typed`() throws {
    let typed = ["CATCHMENT_COMMAND": "./catchment", "HOME": place.path]
    let page = try Program.run(
      ["import", "--home", place.home, place.transcripts], environment: typed)
    #expect(page.output.contains("  ./catchment stats --by project --home "))
    let missing = try Program.run(["sql", "SELECT 1", "--home", "/no/home"], environment: typed)
    #expect(missing.errors.contains("run `./catchment import --home /no/home` first"))
  }

  @Test func `doctor finds no problem`() throws {
    let outcome = try place.run("doctor", "--json")
    #expect(outcome.status == 0, "\(outcome.output)")
    let verdicts = outcome.objects.reduce(into: [:]) { all, check in
      all[check["check"] as? String ?? ""] = check["verdict"] as? String
    }
    #expect(verdicts["runs"] == "ok")
    #expect(verdicts["ledger"] == "ok")
    #expect(verdicts["dead letters"] == "note")
    #expect(verdicts["raw store"] == "ok")
  }

  @Test func `doctor finds a run that does not add up`() throws {
    _ = try place.run("sql", "--write", "UPDATE catchment.runs SET loaded = loaded + 1")
    let outcome = try place.run("doctor")
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("does not add up"))
  }
}
