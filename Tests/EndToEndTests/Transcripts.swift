import Foundation

/// A small session in Claude Code's format, made up for these tests.
enum Transcripts {
  static let session = "11111111-2222-4333-8444-555555555555"

  /// Six good lines: a question, a response in two lines that share an ID, a call, its result, an
  /// answer.
  static let clean = [
    line("user", "01", parent: nil, second: 1, #"{"role":"user","content":"Plant the beans"}"#),
    line(
      "assistant", "02", parent: "01", second: 2,
      response("r1", #"{"type":"text","text":"I look at the bed first."}"#, output: 3),
      more: #","requestId":"q1""#),
    line(
      "assistant", "03", parent: "02", second: 3,
      response(
        "r1", #"{"type":"tool_use","id":"toolu_1","name":"Bash","input":{"command":"ls bed"}}"#,
        output: 40), more: #","requestId":"q1""#),
    line(
      "user", "04", parent: "03", second: 5,
      #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"soil"}]}"#
    ),
    line(
      "assistant", "05", parent: "04", second: 7,
      response("r2", #"{"type":"text","text":"The beans\u001b[31m are in."}"#, output: 8),
      more: #","requestId":"q2""#),
    #"{"type":"summary","summary":"Planting beans","leafUuid":"\#(uuid("05"))"}"#,
  ]

  /// What the file's fourth line is: JSON that ends too early.
  static let broken = #"{"type":"user","message":{"role":"user","content":"cut"#

  static let whole = Array(clean[..<3]) + [broken] + Array(clean[3...])

  static let followUp = line(
    "user", "06", parent: "05", second: 60, #"{"role":"user","content":"Now water them"}"#)

  /// So many user lines of one session, each with at least `text` letters that hardly compress.
  static func many(_ count: Int, session: String, text: Int = 0) -> [String] {
    (0..<count).map { number in
      let words = (0..<text / 12).map { _ in String(UInt64.random(in: 1 << 61...(.max)), radix: 36)
      }
      return line(
        "user", "01", parent: nil, second: number % 60,
        #"{"role":"user","content":"\#(number) \#(words.joined())"}"#
      ).replacing(uuid("01"), with: UUID().uuidString.lowercased())
        .replacing(Self.session, with: session)
    }
  }

  private static func uuid(_ number: String) -> String {
    "aaaaaaaa-0000-4000-8000-0000000000\(number)"
  }

  private static func line(
    _ type: String, _ number: String, parent: String?, second: Int, _ message: String,
    more: String = ""
  ) -> String {
    let parentUUID = parent.map { "\"\(uuid($0))\"" } ?? "null"
    let time = "2026-03-01T10:00:\(second < 10 ? "0" : "")\(second % 60).000Z"
    return """
      {"parentUuid":\(parentUUID),"isSidechain":false,"userType":"external","cwd":"/work/garden",\
      "sessionId":"\(session)","version":"2.0.1","gitBranch":"main","type":"\(type)",\
      "message":\(message),"uuid":"\(uuid(number))","timestamp":"\(time)"\(more)}
      """
  }

  private static func response(_ id: String, _ block: String, output: Int) -> String {
    """
    {"id":"\(id)","type":"message","role":"assistant","model":"claude-sonnet-4-5",\
    "content":[\(block)],"stop_reason":null,"usage":{"input_tokens":10,\
    "output_tokens":\(output),"cache_read_input_tokens":100,"cache_creation_input_tokens":20}}
    """
  }
}
