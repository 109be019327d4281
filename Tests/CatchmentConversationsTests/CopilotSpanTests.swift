import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Foundation
import GRDB
import Testing

/// A span for tests, which can be written as OTLP and as rows of SQLite.
private struct TestSpan {
  var id: String
  var parent = ""
  var at: Int
  var lasts = 1_000
  var status = 1
  var attributes: KeyValuePairs<String, String>

  private static func quoted(_ text: String) -> String {
    "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
  }

  private var start: Int { 1_781_293_600_000 + at * 1_000 }

  var otlp: String {
    let attributes = attributes.map { name, value in
      "{\"key\":\(Self.quoted(name)),\"value\":{\"stringValue\":\(Self.quoted(value))}}"
    }.joined(separator: ",")
    return """
      {"traceId":"t1","spanId":"\(id)","parentSpanId":"\(parent)","name":"n","kind":1,\
      "startTimeUnixNano":"\(start)000000","endTimeUnixNano":"\(start + lasts)000000",\
      "status":{"code":\(status)},"attributes":[\(attributes)]}
      """
  }

  /// As a line of the file that Visual Studio writes.
  static func line(_ spans: [TestSpan]) -> String {
    let all = spans.map(\.otlp).joined(separator: ",")
    return """
      {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":\
      {"stringValue":"vs-copilot"}}]},"scopeSpans":[{"scope":{},"spans":[\(all)]}]}]}

      """
  }

  static let schema = """
    CREATE TABLE spans (span_id TEXT PRIMARY KEY, trace_id TEXT NOT NULL, parent_span_id TEXT,
      name TEXT NOT NULL, start_time_ms INTEGER NOT NULL, end_time_ms INTEGER NOT NULL,
      status_code INTEGER NOT NULL DEFAULT 0, operation_name TEXT, chat_session_id TEXT);
    CREATE TABLE span_attributes (span_id TEXT NOT NULL, key TEXT NOT NULL, value TEXT,
      PRIMARY KEY (span_id, key));
    """

  func write(to database: GRDB.Database) throws {
    try database.execute(
      sql: "INSERT INTO spans VALUES (?, 't1', ?, 'n', ?, ?, ?, NULL, NULL)",
      arguments: [id, parent.isEmpty ? nil : parent, start, start + lasts, status])
    for (name, value) in attributes {
      try database.execute(
        sql: "INSERT INTO span_attributes VALUES (?, ?, ?)", arguments: [id, name, value])
    }
  }
}

@Suite struct `The Copilot source, of traces` {
  private static let session = "copilot_chat.chat_session_id"

  /// A turn of two requests and a call between them, written as they end; and a title.
  private static let turn: [TestSpan] = [
    TestSpan(
      id: "title", at: 0,
      attributes: [
        "gen_ai.operation.name": "chat", "gen_ai.conversation.id": "aside",
        "copilot_chat.parent_chat_session_id": "s1", "gen_ai.response.model": "small",
        "copilot_chat.user_request": "a title", "gen_ai.usage.input_tokens": "20",
        "gen_ai.usage.output_tokens": "2",
      ]),
    TestSpan(
      id: "r1", parent: "turn", at: 2,
      attributes: [
        "gen_ai.operation.name": "chat", session: "s1", "gen_ai.conversation.id": "x",
        "gen_ai.response.model": "gpt-5", "gen_ai.usage.input_tokens": "100",
        "gen_ai.usage.cache_read.input_tokens": "70", "gen_ai.usage.output_tokens": "9",
        "gen_ai.response.finish_reasons": #"["tool_calls"]"#,
        "gen_ai.output.messages":
          #"[{"role":"assistant","parts":[{"type":"text","content":"let me look"},{"type":"tool_call","id":"c1","name":"read","arguments":"{\"path\":\"a\"}"}]}]"#,
      ]),
    TestSpan(
      id: "tool", parent: "turn", at: 4, lasts: 250, status: 2,
      attributes: [
        "gen_ai.operation.name": "execute_tool", session: "s1", "gen_ai.tool.call.id": "c1",
        "gen_ai.tool.name": "read", "gen_ai.tool.call.result": "no such file",
      ]),
    TestSpan(
      id: "hook", parent: "turn", at: 5,
      attributes: ["gen_ai.operation.name": "execute_hook", session: "s1"]),
    TestSpan(
      id: "r2", parent: "turn", at: 6,
      attributes: [
        "gen_ai.operation.name": "chat", session: "s1", "gen_ai.response.model": "gpt-5",
        "gen_ai.usage.input_tokens": "120", "gen_ai.usage.cache_read.input_tokens": "110",
        "gen_ai.usage.output_tokens": "5",
        "gen_ai.output.messages":
          #"[{"role":"assistant","parts":[{"type":"text","content":"it is not there"}]}]"#,
      ]),
    TestSpan(
      id: "turn", at: 1, lasts: 9_000,
      attributes: [
        "gen_ai.operation.name": "invoke_agent", session: "s1",
        "copilot_chat.user_request": "read a", "copilot_chat.repo.head_branch_name": "main",
        "gen_ai.request.model": "gpt-5", "gen_ai.usage.input_tokens": "220",
        "gen_ai.usage.cache_read.input_tokens": "180", "gen_ai.usage.output_tokens": "14",
      ]),
  ]

  private func write(_ spans: [TestSpan], to path: String) throws {
    let queue = try DatabaseQueue(path: path)
    try queue.write { database in
      if try !database.tableExists("spans") { try database.execute(sql: TestSpan.schema) }
      for span in spans { try span.write(to: database) }
    }
  }

  private func expectTurn(_ work: Workspace) throws {
    #expect(
      try work.texts(
        """
        SELECT concat_ws('|', c.session_id, kind, m.model, input_tokens, cache_read_tokens,
          output_tokens, stop_reason, content->>'$[0].text')
        FROM messages m JOIN conversations c USING (conversation_id)
        ORDER BY c.session_id, sequence_number
        """) == [
          "aside|meta|a title", "aside|response|small|20|2", "s1|prompt|read a",
          "s1|response|gpt-5|30|70|9|tool_calls|let me look",
          "s1|response|gpt-5|10|110|5|it is not there",
        ])
    #expect(
      try work.texts(
        """
        SELECT concat_ws('|', tool_name, tool_input->>'path', tool_output->>'$', is_error,
          duration_ms, duration_source) FROM tool_calls
        """) == ["read|a|no such file|true|250|reported"])
    #expect(
      try work.texts(
        """
        SELECT concat_ws('|', c.session_id, p.session_id, c.is_sidechain, c.git_branch,
          c.total_input_tokens, c.total_cache_read_tokens, c.total_output_tokens)
        FROM conversations c LEFT JOIN conversations p ON p.conversation_id = c.parent_conversation_id
        ORDER BY c.session_id
        """) == ["aside|s1|true|20|2", "s1|false|main|40|180|14"])
  }

  @Test func `reads lines of OTLP, whatever their order`() async throws {
    for spans in [Self.turn, Self.turn.reversed()] {
      let work = try Workspace(CopilotSource())
      let text = spans.map { TestSpan.line([$0]) }.joined()
      try work.files.write(text, to: "x_traces.jsonl")
      let report = try await work.importAll()
      #expect(report.records.isConserved && report.records.read == 6)
      #expect(report.records.filtered == 1)
      try expectTurn(work)
    }
  }

  @Test func `reads the rows of SQLite as the same`() async throws {
    let work = try Workspace(CopilotSource())
    let path = "\(work.files.path)/agent-traces.db"
    try write(Self.turn.suffix(2), to: path)
    #expect(try await work.importAll().records.isConserved)
    try write(Array(Self.turn.dropLast(2)), to: path)
    #expect(try await work.importAll().records.isConserved)
    try expectTurn(work)
  }

  /// An export with such a time could not be read again.
  @Test func `leaves out a time that is no plausible one`() async throws {
    let work = try Workspace(CopilotSource())
    let text = TestSpan.line(Self.turn)
      .replacing("TimeUnixNano\":\"1781293", with: "TimeUnixNano\":\"17")
    try work.files.write(text, to: "traces.jsonl")
    try await Conservation.expect(work)
    #expect(try work.number("SELECT count(created_at) FROM conversations") == 0)
    #expect(try work.number("SELECT count(*) FROM conversations") > 0)
  }

  @Test func `counts a span that two files have once`() async throws {
    let work = try Workspace(CopilotSource())
    try work.files.write(TestSpan.line(Self.turn), to: "a_traces.jsonl")
    let again = Self.turn.dropFirst(2).map { TestSpan.line([$0]) }.joined()
    try work.files.write(again, to: "b_traces.jsonl")
    let report = try await work.importAll()
    #expect(report.records.duplicate == 4)
    try expectTurn(work)
  }

  @Test func `makes a response of a turn without requests, as Visual Studio writes it`()
    async throws
  {
    let work = try Workspace(CopilotSource())
    let spans = [
      TestSpan(
        id: "turn", at: 1,
        attributes: [
          "gen_ai.operation.name": "invoke_agent", "gen_ai.conversation.id": "vs",
          "gen_ai.request.model": "gpt-5", "copilot_chat.client_id": "VS",
          "gen_ai.usage.output_tokens": "7",
        ]),
      TestSpan(
        id: "tool", parent: "turn", at: 2,
        attributes: [
          "gen_ai.operation.name": "execute_tool", "gen_ai.conversation.id": "vs",
          "gen_ai.tool.call.id": "c1", "gen_ai.tool.name": "run_build",
          "gen_ai.tool.call.arguments": #"{"configuration":"Debug"}"#,
        ]),
    ]
    try work.files.write(TestSpan.line(spans), to: "x_traces.jsonl")
    try await work.importAll()
    #expect(
      try work.texts(
        """
        SELECT concat_ws('|', session_id, kind, m.model, output_tokens, tool_name,
          tool_input->>'configuration')
        FROM messages m JOIN conversations USING (conversation_id)
        JOIN tool_calls USING (message_id)
        """) == ["vs|response|gpt-5|7|run_build|Debug"])
  }

  @Test func `leaves a session to the chat that tells it`() async throws {
    let work = try Workspace(CopilotSource())
    try work.files.write(
      #"{"sessionId":"s1","requests":[{"requestId":"q","message":{"text":"hi"},"response":[{"value":"ho"}]}]}"#,
      to: "chat.json")
    try work.files.write(TestSpan.line(Self.turn), to: "x_traces.jsonl")
    #expect(try await work.importAll().records.isConserved)
    #expect(
      try work.texts(
        """
        SELECT content->>'$[0].text' FROM messages JOIN conversations USING (conversation_id)
        WHERE session_id = 's1' ORDER BY sequence_number
        """) == ["hi", "ho"])
  }

  @Test func `keeps the source contract`() async throws {
    let lines = Self.turn.map { TestSpan.line([$0]) }
    try await SourceContract(
      source: CopilotSource(),
      steps: [
        ["x_traces.jsonl": lines[0] + lines[1] + "{\"resourceSpans\":[{\"res"],
        ["x_traces.jsonl": lines[0] + lines[1] + lines[2] + lines[3]],
        ["x_traces.jsonl": lines.joined() + "{\"resourceSpans\":7}\n", "y_traces.jsonl": lines[5]],
      ]
    ).check()
  }

  @Test func `survives damage`() async throws {
    try await DamagedFiles(
      source: CopilotSource(),
      originals: [("x_traces.jsonl", Array(Self.turn.map { TestSpan.line([$0]) }.joined().utf8))]
    ).check(copies: 100, seed: 5)
  }

  @Test(.enabled(if: Samples.has("copilot"), "no samples: set CATCHMENT_SAMPLES"))
  func `reads the recorded traces with the totals that their turns state`() async throws {
    let work = try Workspace(CopilotSource())
    let sample = "copilot/git-ai-project__git-ai/tests/fixtures/copilot-otel/traces.db"
    try FileManager.default.copyItem(
      atPath: Samples.path(sample), toPath: "\(work.files.path)/traces.db")
    #expect(try await work.importAll().records.isConserved)
    // The sums of the requests are what the turns state: 35,515 and 34,076 in, 729 and 177 out.
    #expect(
      try work.texts(
        """
        SELECT concat_ws('|', total_input_tokens + total_cache_read_tokens,
          total_cache_read_tokens, total_output_tokens, total_tool_calls)
        FROM conversations WHERE NOT is_sidechain ORDER BY created_at
        """) == ["35515|20736|729|2", "34076|19456|177|2"])
  }
}
