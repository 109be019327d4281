/// Writes Codex rollouts for tests: just what the format needs, a line a call.
struct CodexRollout {
  private(set) var lines: [String] = []
  let id: String
  private var clock: Int
  private var total = (input: 0, cached: 0, output: 0)

  /// - Parameters:
  ///   - meta: members of the first record beside its id.
  ///   - start: seconds after ten o'clock.
  init(_ id: String, meta: String = #""cwd":"/work","cli_version":"0.158.0""#, start: Int = 0) {
    self.id = id
    clock = start
    record("session_meta", #"{"id":"\#(id)","timestamp":"2026-03-01T10:00:00Z",\#(meta)}"#)
  }

  var text: String { lines.map { $0 + "\n" }.joined() }

  mutating func raw(_ line: String) { lines.append(line) }

  mutating func record(_ type: String, _ payload: String) {
    clock += 1
    lines.append(
      #"{"timestamp":"2026-03-01T10:\#(Self.two(clock / 60)):\#(Self.two(clock % 60)).000Z","#
        + #""type":"\#(type)","payload":\#(payload)}"#)
  }

  mutating func item(_ type: String, _ members: String) {
    record("response_item", #"{"type":"\#(type)",\#(members)}"#)
  }

  mutating func event(_ type: String, _ members: String = #""x":0"#) {
    record("event_msg", #"{"type":"\#(type)",\#(members)}"#)
  }

  /// A turn begins, in a context that names its model.
  mutating func turn(_ turn: String, model: String = "gpt-5-codex") {
    event("task_started", #""turn_id":"\#(turn)""#)
    record("turn_context", #"{"turn_id":"\#(turn)","model":"\#(model)","cwd":"/work"}"#)
  }

  /// A prompt as an item, and as the event that repeats it.
  mutating func user(_ text: String) {
    item("message", #""role":"user","content":[{"type":"input_text","text":"\#(text)"}]"#)
    event("user_message", #""message":"\#(text)""#)
  }

  mutating func answer(_ text: String) {
    item("message", #""role":"assistant","content":[{"type":"output_text","text":"\#(text)"}]"#)
    event("agent_message", #""message":"\#(text)""#)
  }

  mutating func call(_ id: String, _ name: String = "shell", output: String? = nil) {
    item("function_call", #""name":"\#(name)","arguments":"{\"n\":1}","call_id":"\#(id)""#)
    if let output { result(id, output) }
  }

  mutating func result(_ id: String, _ output: String) {
    item("function_call_output", #""call_id":"\#(id)","output":\#(output)"#)
  }

  /// What a response used, told by the counters of all so far and of the last response.
  mutating func tokens(_ input: Int, _ cached: Int, _ output: Int) {
    total = (total.input + input, total.cached + cached, total.output + output)
    repeatTokens(last: Self.counters((input, cached, output)))
  }

  /// The counters again, as when a limit is told anew.
  mutating func repeatTokens(last: String? = nil) {
    let last = last ?? Self.counters((7, 7, 7))
    event(
      "token_count",
      #""info":{"total_token_usage":\#(Self.counters(total)),"last_token_usage":\#(last)}"#)
  }

  /// The counters begin anew, as after a connection was lost.
  mutating func resetTokens() { total = (0, 0, 0) }

  mutating func usageRecord(_ response: String, _ input: Int, _ cached: Int, _ output: Int) {
    record(
      "token_usage_record",
      #"{"response_id":"\#(response)","usage":\#(Self.counters((input, cached, output)))}"#)
  }

  /// Begins with another thread's history, as a fork writes it: with times of its own.
  mutating func replay(_ other: CodexRollout) {
    for line in other.lines {
      guard let start = line.firstRange(of: #""type":"#) else { continue }
      clock += 1
      lines.append(
        #"{"timestamp":"2026-03-01T10:\#(Self.two(clock / 60)):\#(Self.two(clock % 60)).000Z","#
          + line[start.lowerBound...])
    }
    total = other.total
  }

  static func counters(_ count: (input: Int, cached: Int, output: Int)) -> String {
    #"{"input_tokens":\#(count.input),"cached_input_tokens":\#(count.cached),"#
      + #""output_tokens":\#(count.output),"reasoning_output_tokens":0,"#
      + #""total_tokens":\#(count.input + count.output)}"#
  }

  private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
