/// Transcripts that grow in steps, with all that can happen to the tables they come to, and with
/// values that a database may not take as they are.
struct FollowerSteps {
  /// The files as they are after each step: a name and its whole text; nil for one that is gone.
  static let all: [[String: String?]] = [
    [
      "a.jsonl": garden.prefix(3).joined(),
      "b.jsonl": other.joined(),
    ],
    // A session goes on; a line that is none; a title for a session in another file.
    [
      "a.jsonl": garden.prefix(5).joined() + "{\"type\":\"user\",\n",
      "titles.jsonl": title("Beans, and what they need", leaf: garden.count),
    ],
    // A fork of what was there, and values that are hard to take.
    [
      "fork.jsonl": fork, "hostile.jsonl": hostile.joined(),
    ],
    // Written anew with less in it; another is gone.
    ["a.jsonl": garden.joined(), "b.jsonl": nil],
    // A message of another day.
    ["late.jsonl": line("late", 1, #""late""#, day: 9)],
  ]

  private static let garden = [
    line("garden", 1, #""Plant the beans""#),
    response("garden", 2, #"{"type":"text","text":"Where?"}"#),
    response(
      "garden", 3, #"{"type":"tool_use","id":"toolu_1","name":"Bash","input":{"command":"ls"}}"#),
    line(
      "garden", 4,
      #"[{"type":"tool_result","tool_use_id":"toolu_1","content":"soil","is_error":true}]"#),
    line("garden", 5, #""Now water them""#, day: 2),
    response("garden", 6, #"{"type":"text","text":"Done."}"#),
  ]

  private static let other = (1...5).map { line("other", $0, #""Line \#($0)""#) }

  private static let fork = garden.prefix(2).joined().split(separator: "\n").map {
    $0.split(separator: #""sessionId":"garden""#, omittingEmptySubsequences: false)
      .joined(separator: #""sessionId":"fork""#) + "\n"
  }.joined()

  /// NUL, the escape itself, the longest and the emptiest, numbers that are none elsewhere.
  private static let hostile = [
    line("hostile", 1, #""nul \u0000 and \\u0000, escape \u241b \#u{241B} and quote \" end""#),
    line("hostile", 2, #""""#),
    response(
      "hostile", 3,
      #"{"type":"tool_use","id":"toolu_h","name":"a\u0000b","input":{"n":1e999999,"k\u0000":1.50}}"#
    ),
    line("hostile", 4, #""\#(String(repeating: "0123456789 long ", count: 20_000))""#),
    line("hostile", 5, #"[{"type":"text","text":"back\\slash\ttab\nline 🙂 é"}]"#),
    title("Title with \\u0000 in it", leaf: 1, of: "hostile"),
  ]

  // MARK: Lines

  private static func line(_ session: String, _ number: Int, _ content: String, day: Int = 1)
    -> String
  {
    record("user", session, number, #"{"role":"user","content":\#(content)}"#, day: day)
  }

  private static func response(_ session: String, _ number: Int, _ block: String) -> String {
    record(
      "assistant", session, number,
      #"{"id":"msg_\#(session)_\#(number)","type":"message","role":"assistant","#
        + #""model":"claude-sonnet-4-5","content":[\#(block)],"stop_reason":"end_turn","#
        + #""usage":{"input_tokens":3,"output_tokens":\#(number)}}"#, day: 1)
  }

  private static func record(
    _ type: String, _ session: String, _ number: Int, _ message: String, day: Int
  ) -> String {
    let parent = number > 1 ? #""\#(session)-\#(number - 1)""# : "null"
    return
      #"{"parentUuid":\#(parent),"isSidechain":false,"sessionId":"\#(session)","cwd":"/work/\#(session)","#
      + #""version":"2.1.0","type":"\#(type)","message":\#(message),"uuid":"\#(session)-\#(number)","#
      + #""timestamp":"2026-03-0\#(day)T10:00:0\#(number).\#(number)00Z"}"# + "\n"
  }

  private static func title(_ text: String, leaf: Int, of session: String = "garden") -> String {
    #"{"type":"summary","summary":"\#(text)","leafUuid":"\#(session)-\#(leaf)"}"# + "\n"
  }
}
