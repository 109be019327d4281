import Foundation
import Testing

@Suite struct `The stats reports` {
  private let place: Workplace

  /// Three failing calls of the same command, one that works, an answer seven minutes later by a
  /// model nobody knows the price of.
  init() throws {
    place = try Workplace(Self.lines)
    _ = try place.importAll()
  }

  private static let lines: [String] = {
    var lines = [line("user", 1, second: 1, #"{"role":"user","content":"Go"}"#)]
    for call in 0..<4 {
      let (number, second) = (2 * call + 2, 3 * call + 2)
      let command = call < 3 ? "make bed" : "mkdir bed"
      let complaint = #"/work/bed\#(call)/x.c:1\#(call): no such bed"#
      let output = call < 3 ? #"Exit code 2\nMaking 1 bed\n\#(complaint)"# : "ok"
      lines.append(
        response(
          number, second: second,
          #"{"type":"tool_use","id":"t\#(call)","name":"Bash","input":{"command":"\#(command)"}}"#))
      lines.append(
        line(
          "user", number + 1, second: second + 2,
          #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"t\#(call)","#
            + #""is_error":\#(call < 3),"content":"\#(output)"}]}"#))
    }
    lines.append(
      response(10, second: 433, #"{"type":"text","text":"Done"}"#, model: "secret-model"))
    return lines
  }()

  private static func uuid(_ number: Int) -> String {
    "aaaaaaaa-0000-4000-8000-0000000000\(number < 10 ? "0" : "")\(number)"
  }

  private static func line(_ type: String, _ number: Int, second: Int, _ message: String) -> String
  {
    let (minutes, seconds) = second.quotientAndRemainder(dividingBy: 60)
    let time = "2026-03-01T10:0\(minutes):\(seconds < 10 ? "0" : "")\(seconds).000Z"
    let parent = number == 1 ? "null" : "\"\(uuid(number - 1))\""
    return """
      {"parentUuid":\(parent),"isSidechain":false,"cwd":"/work/garden","gitBranch":"main",\
      "sessionId":"\(Transcripts.session)","version":"2.0.1","type":"\(type)",\
      "message":\(message),"uuid":"\(uuid(number))","timestamp":"\(time)"}
      """
  }

  private static func response(
    _ number: Int, second: Int, _ block: String, model: String = "claude-sonnet-4-5"
  ) -> String {
    line(
      "assistant", number, second: second,
      """
      {"id":"r\(number)","role":"assistant","model":"\(model)","content":[\(block)],\
      "usage":{"input_tokens":10,"output_tokens":40,"cache_read_input_tokens":100,\
      "cache_creation_input_tokens":20}}
      """)
  }

  private func rows(_ arguments: String...) throws -> [[String: Any]] {
    let outcome = try Program.run(["stats"] + arguments + ["--json", "--home", place.home])
    #expect(outcome.status == 0, "\(outcome.errors)")
    return outcome.objects
  }

  private func isNear(_ value: Any?, _ expected: Double) -> Bool {
    (value as? Double).map { abs($0 - expected) < 1e-12 } ?? false
  }

  /// 10 × $3 + 40 × $15 + 100 × $0.30 + 20 × $3.75 for a million tokens.
  private let costOfResponse = 735e-6

  @Test(arguments: ["platform", "project", "branch"])
  func `usage sums what is known`(grouping: String) throws {
    let row = try #require(try rows("--by", grouping).first)
    #expect(row["conversations"] as? Int == 1)
    #expect(row["turns"] as? Int == 1)
    #expect(row["active_ms"] as? Int == 12_000, "seven minutes of silence are not activity")
    #expect(row["output_tokens"] as? Int == 200)
    #expect(isNear(row["cache_hit_rate"], 500.0 / 650))
    #expect(isNear(row["cost"], 4 * costOfResponse))
    #expect(row["unpriced_responses"] as? Int == 1)
  }

  @Test func `usage by model leaves an unknown cost blank`() throws {
    let all = try rows("--by", "model")
    #expect(all.map { $0["model"] as? String } == ["claude-sonnet-4-5", "secret-model"])
    #expect(isNear(all.first?["cost"], 4 * costOfResponse))
    #expect(all.last?["cost"] is NSNull)
    #expect(all.last?["unpriced_responses"] as? Int == 1)
  }

  @Test func `usage by day begins when told`() throws {
    #expect(try rows("--by", "day", "--since", "2026-03-01").count == 1)
    #expect(try rows("--by", "day", "--since", "2026-03-02").isEmpty)
    #expect(try rows("--by", "project", "--since", "2026-03-02").isEmpty)
    #expect(try rows("tools", "--since", "2026-03-02").isEmpty)
    #expect(try !place.run("stats", "--by", "day").output.contains("█"), "no terminal, no bars")
  }

  @Test func `own prices take the place of the shipped ones`() throws {
    let file = "\(place.path)/own.csv"
    let text = "model,input,output\nsecret-model,1,2\nclaude-sonnet-4-5,0,1\n"
    try Data(text.utf8).write(to: URL(filePath: file))
    let all = try rows("--by", "model", "--prices", file)
    #expect(isNear(all.first?["cost"], 160e-6), "without a price of its own, the cache has input's")
    #expect(isNear(all.last?["cost"], 130e-6 + 80e-6))
    try Data(text.utf8).write(to: URL(filePath: "\(place.home)/prices.csv"))
    #expect(isNear(try rows("--by", "model").first?["cost"], 160e-6))
    _ = try place.importAll()
    let sum = "SELECT round(sum(cost) * 1e6)::INTEGER AS cost FROM message_costs"
    #expect(try place.run("sql", sum, "--format", "csv").output == "cost\n370\n")
  }

  @Test func `wrong prices are refused, with their place`() throws {
    try Data("model,input,output\nbeans,1,cheap\n".utf8)
      .write(to: URL(filePath: "\(place.home)/prices.csv"))
    let outcome = try place.run("stats")
    #expect(outcome.status == 5)
    #expect(outcome.errors.contains("prices.csv:2: `cheap` is no price"))
  }

  @Test func `tools has rates and times`() throws {
    let row = try #require(try rows("tools").first)
    #expect(row["tool"] as? String == "Bash")
    #expect(row["errors"] as? Int == 3)
    #expect(row["error_rate"] as? Double == 0.75)
    #expect(row["median_ms"] as? Double == 2_000)
    #expect(row["p95_ms"] as? Double == 2_000)
  }

  @Test func `errors are one by their message, with what worked next`() throws {
    let all = try rows("errors")
    #expect(all.count == 1)
    #expect(all.first?["pattern"] as? String == "<path>:<n>: no such bed")
    #expect(all.first?["example"] as? String == "/work/bed2/x.c:12: no such bed")
    #expect(all.first?["errors"] as? Int == 3)
    #expect(all.first?["followed_by_success"] as? Int == 3)
    #expect(all.first?["fixed_by_input"] as? String == #"{"command":"mkdir bed"}"#)
  }

  @Test func `loops are calls that fail again and again`() throws {
    let all = try rows("loops")
    #expect(all.count == 1)
    #expect(all.first?["failures"] as? Int == 3)
  }

  @Test func `context says how much was read`() throws {
    let row = try #require(try rows("context").first)
    #expect(row["largest_tokens"] as? Int == 130)
    #expect(row["responses"] as? Int == 5)
    #expect(row["compactions"] as? Int == 0)
    #expect(try rows("subagents").isEmpty)
  }

  @Test func `refuses what makes no sense`() throws {
    for arguments in [
      ["tools", "--by", "day"], ["--since", "soon"], ["--limit", "0"], ["beans"],
    ] {
      #expect(try Program.run(["stats"] + arguments).status == 2)
    }
  }
}
