import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Testing

/// Writes a log of the Copilot CLI's events for tests, a line a call.
struct CopilotEvents {
  private(set) var lines: [String] = []
  private var clock = 0

  init(_ session: String) {
    event(
      "session.start",
      #""sessionId":"\#(session)","copilotVersion":"1.0.80","context":{"cwd":"/work","branch":"main"}"#
    )
  }

  /// A session with a prompt, a call, an answer and its end.
  static var session: CopilotEvents {
    var events = CopilotEvents("cli")
    events.event("session.model_change", #""newModel":"openai/gpt-5.4""#)
    events.event("user.message", #""content":"fix it","attachments":[]"#)
    events.answer("looking", output: 40, call: "t1")
    events.event("tool.execution_start", #""toolCallId":"t1","toolName":"bash""#)
    events.event(
      "tool.execution_complete",
      #""toolCallId":"t1","success":true,"result":{"content":"no\n<exited with exit code 1>"}"#)
    events.answer("done", output: 10)
    events.shutdown("gpt-5.4", input: 1_000, output: 50, cached: 700)
    return events
  }

  var text: String { lines.map { $0 + "\n" }.joined() }

  mutating func event(_ type: String, _ data: String) {
    clock += 1
    let second = clock < 10 ? "0\(clock)" : "\(clock)"
    lines.append(
      #"{"type":"\#(type)","data":{\#(data)},"id":"e\#(clock)","#
        + #""timestamp":"2026-03-01T10:00:\#(second).000Z","parentId":null}"#)
  }

  mutating func answer(_ text: String, output: Int, call: String? = nil) {
    let calls = call.map { #"{"toolCallId":"\#($0)","name":"bash","arguments":"{\"c\":1}"}"# } ?? ""
    event(
      "assistant.message",
      #""messageId":"m","content":"\#(text)","outputTokens":\#(output),"toolRequests":[\#(calls)]"#)
  }

  mutating func shutdown(_ model: String, input: Int, output: Int, cached: Int) {
    event(
      "session.shutdown",
      #""totalNanoAiu":5,"modelMetrics":{"\#(model)":{"usage":{"inputTokens":\#(input),"#
        + #""outputTokens":\#(output),"cacheReadTokens":\#(cached),"cacheWriteTokens":0}}}"#)
  }
}

@Suite struct `The Copilot source, of the CLI's events` {
  private func imported(_ files: [String: String]) async throws -> Workspace {
    let work = try Workspace(CopilotSource())
    for (name, text) in files { try work.files.write(text, to: name) }
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    return work
  }

  private func totals(_ work: Workspace) throws -> [[Value]] {
    try work.rows(
      """
      SELECT total_input_tokens, total_cache_read_tokens, total_output_tokens FROM conversations
      """)
  }

  @Test func `makes messages, calls and totals of events`() async throws {
    let work = try await imported(["events.jsonl": CopilotEvents.session.text])
    #expect(
      try work.rows(
        """
        SELECT session_id, platform_version, workspace_path, git_branch, title, total_messages
        FROM conversations
        """) == [
          [
            .text("cli"), .text("1.0.80"), .text("/work"), .text("main"), .text("fix it"),
            .integer(3),
          ]
        ])
    #expect(try totals(work) == [[.integer(300), .integer(700), .integer(50)]])
    #expect(
      try work.texts("SELECT DISTINCT model FROM messages WHERE role = 'assistant'")
        == ["openai/gpt-5.4"])
    #expect(
      try work.rows("SELECT tool_input->>'c', exit_code, is_error, duration_ms FROM tool_calls")
        == [[.text("1"), .integer(1), .boolean(true), .integer(1_000)]])
  }

  @Test func `takes the difference of counters that go on when a session is resumed`()
    async throws
  {
    var events = CopilotEvents.session
    events.event("session.resume", #""context":{"cwd":"/work"}"#)
    events.event("user.message", #""content":"more""#)
    events.answer("yes", output: 20)
    events.shutdown("gpt-5.4", input: 1_500, output: 70, cached: 1_100)
    let work = try await imported(["events.jsonl": events.text])
    #expect(try totals(work) == [[.integer(400), .integer(1_100), .integer(70)]])
  }

  @Test(arguments: [90, 45])
  func `takes counters whole that began anew`(output: Int) async throws {
    var events = CopilotEvents.session
    events.answer("yes", output: output)
    events.shutdown("gpt-5.4", input: 1_500, output: output, cached: 1_100)
    let work = try await imported(["events.jsonl": events.text])
    #expect(
      try totals(work) == [[.integer(700), .integer(1_800), .integer(Int64(50 + output))]])
  }

  @Test func `takes counters whole after a compaction, and keeps its summary`() async throws {
    var events = CopilotEvents.session
    events.event(
      "session.compaction_complete", #""success":true,"summaryContent":"in short""#)
    events.shutdown("gpt-5.4", input: 1_500, output: 60, cached: 1_100)
    let work = try await imported(["events.jsonl": events.text])
    #expect(try totals(work) == [[.integer(700), .integer(1_800), .integer(110)]])
    #expect(
      try work.rows("SELECT text, len(covers_messages) FROM summaries")
        == [[.text("in short"), .integer(3)]])
  }

  @Test func `knows the output alone when the program did not end well`() async throws {
    let events = CopilotEvents.session.lines.dropLast().map { $0 + "\n" }.joined()
    let work = try await imported(["events.jsonl": events])
    #expect(try totals(work) == [[.null, .null, .integer(50)]])
  }

  @Test func `says reasoning once, and keeps that of a response which never came`() async throws {
    var events = CopilotEvents("cli")
    events.event("assistant.reasoning", #""content":"hm""#)
    events.event("assistant.message", #""reasoningText":"hm","content":"yes""#)
    events.event("assistant.reasoning", #""content":"well""#)
    events.event("abort", #""reason":"user initiated""#)
    let work = try await imported(["events.jsonl": events.text])
    #expect(
      try work.texts("SELECT content::VARCHAR FROM messages ORDER BY sequence_number") == [
        #"[{"type":"thinking","thinking":"hm"},{"type":"text","text":"yes"}]"#,
        #"[{"type":"thinking","thinking":"well"}]"#,
      ])
    #expect(
      try work.texts("SELECT stop_reason FROM messages WHERE stop_reason IS NOT NULL")
        == ["user initiated"])
  }

  @Test func `takes a session that lies in two places once`() async throws {
    let events = CopilotEvents.session
    let part = events.lines.prefix(4).map { $0 + "\n" }.joined()
    let work = try await imported(["a/events.jsonl": events.text, "b/events.jsonl": part])
    #expect(try totals(work) == [[.integer(300), .integer(700), .integer(50)]])
    #expect(
      try work.number("SELECT count(*) FROM catchment.raw_records WHERE outcome = 'duplicate'") == 4
    )
  }
}
