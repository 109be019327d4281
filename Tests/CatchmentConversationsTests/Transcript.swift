/// Writes Claude Code transcript lines for tests: just what the format needs, a line a call.
struct Transcript {
  private(set) var lines: [String] = []
  let session: String
  private var last: String?
  private var clock = 0
  private let prefix: String

  init(session: String, prefix: String? = nil) {
    self.session = session
    self.prefix = prefix ?? session
  }

  var text: String { lines.map { $0 + "\n" }.joined() }

  /// Adds a line as it is.
  mutating func raw(_ line: String) { lines.append(line) }

  /// Takes a line out, as if the file had been written anew without it.
  mutating func removeLine(at index: Int) { lines.remove(at: index) }

  mutating func user(_ text: String) {
    record("user", #""message":{"role":"user","content":"\#(text)"}"#)
  }

  /// A response streamed over as many lines as it has blocks; the output count grows to `output`.
  mutating func response(_ id: String, blocks: [String], output: Int, stop: String = "end_turn") {
    for (place, block) in blocks.enumerated() {
      let isLast = place == blocks.count - 1
      let usage =
        #"{"input_tokens":3,"cache_creation_input_tokens":10,"cache_read_input_tokens":100,"#
        + #""output_tokens":\#(isLast ? output : 1)}"#
      let stopped = isLast ? #""\#(stop)""# : "null"
      record(
        "assistant",
        #""requestId":"req_\#(id)","message":{"id":"msg_\#(id)","role":"assistant","#
          + #""model":"claude-sonnet-4-5","content":[\#(block)],"stop_reason":\#(stopped),"#
          + #""usage":\#(usage)}"#)
    }
  }

  mutating func result(of call: String, _ text: String, isError: Bool = false) {
    record(
      "user",
      #""message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"\#(call)","#
        + #""content":"\#(text)","is_error":\#(isError)}]}"#)
  }

  mutating func record(_ type: String, _ members: String) {
    let uuid = "\(prefix)-\(lines.count)"
    let parent = last.map { #""\#($0)""# } ?? "null"
    clock += 1
    lines.append(
      #"{"parentUuid":\#(parent),"isSidechain":false,"sessionId":"\#(session)","cwd":"/work","#
        + #""version":"2.1.0","type":"\#(type)",\#(members),"uuid":"\#(uuid)","#
        + #""timestamp":"2026-03-01T10:\#(Self.two(clock / 60)):\#(Self.two(clock % 60)).000Z"}"#)
    last = uuid
  }

  /// The beginning of this session under another session's name, as a fork writes it.
  func forked(to session: String, lines count: Int) -> Transcript {
    var fork = Transcript(session: session)
    fork.lines = lines.prefix(count).map { line in
      line.split(separator: #""sessionId":"\#(self.session)""#, omittingEmptySubsequences: false)
        .joined(separator: #""sessionId":"\#(session)""#)
    }
    fork.clock = clock + 100
    fork.last = "\(prefix)-\(count - 1)"
    return fork
  }

  static func toolUse(_ id: String, _ name: String, _ input: String = "{}") -> String {
    #"{"type":"tool_use","id":"\#(id)","name":"\#(name)","input":\#(input)}"#
  }

  static func text(_ text: String) -> String { #"{"type":"text","text":"\#(text)"}"# }

  private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
