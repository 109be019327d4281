import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Testing

/// Writes conversations of a claude.ai export for tests.
private enum Export {
  static func message(
    _ id: String, _ sender: String, _ text: String, parent: String? = nil, blocks: [String]? = nil,
    updated: Int = 1, more: String = ""
  ) -> String {
    let content = (blocks ?? [#"{"type":"text","text":"\#(text)","citations":[]}"#])
      .joined(separator: ",")
    let link = parent.map { #","parent_message_uuid":"\#($0)""# } ?? ""
    return #"{"uuid":"\#(id)","text":"\#(text)","content":[\#(content)],"sender":"\#(sender)","#
      + #""created_at":"2026-01-01T10:00:01.5Z","updated_at":"2026-01-01T10:00:0\#(updated)Z","#
      + #""attachments":[],"files":[]\#(link)\#(more)}"#
  }

  static func conversation(
    _ id: String, _ messages: [String], updated: Int = 5, name: String = "A talk",
    more: String = ""
  ) -> String {
    #"{"uuid":"\#(id)","name":"\#(name)","created_at":"2026-01-01T10:00:00.000000+00:00","#
      + #""updated_at":"2026-01-01T10:00:0\#(updated)Z","account":{"uuid":"acc"},"#
      + #""chat_messages":[\#(messages.joined(separator: ","))]\#(more)}"#
  }

  static let root = "00000000-0000-4000-8000-000000000000"

  static func branching(_ id: String) -> String {
    conversation(
      id,
      [
        message("q1", "human", "why?", parent: root),
        message("a1", "assistant", "because", parent: "q1"),
        message("q2", "human", "really?", parent: "a1"),
        message("a3", "assistant", "no", parent: "q2"),
        message("q1b", "human", "how?", parent: root),
        message("a2", "assistant", "so", parent: "q1b"),
      ])
  }
}

@Suite struct `The claude.ai source` {
  private func work(_ files: [String: String]) async throws -> Workspace {
    let work = try Workspace(ClaudeAISource())
    for (name, text) in files { try work.files.write(text, to: name) }
    try await work.importAll()
    return work
  }

  @Test func `keeps the source contract`() async throws {
    let first = Export.branching("one")
    let second = Export.conversation("two", [Export.message("m", "human", "hello")])
    let newer = Export.conversation(
      "two", [Export.message("m", "human", "hello"), Export.message("n", "assistant", "hi")],
      updated: 7, name: "Two")
    try await SourceContract(
      source: ClaudeAISource(),
      steps: [
        ["old/conversations.json": "[\(first)"], ["old/conversations.json": "[\(first),\(second)]"],
        ["new/conversations.json": "[\(newer),\(first),5]"],
      ]
    ).check()
  }

  @Test func `follows parents where an export has them`() async throws {
    let work = try await work(["c.json": "[\(Export.branching("one"))]"])
    let rows = try work.rows(
      """
      SELECT m.content->>'$[0].text', m.role, m.kind, p.content->>'$[0].text',
        m.metadata->>'is_current'
      FROM messages m LEFT JOIN messages p ON p.message_id = m.parent_message_id
      ORDER BY m.sequence_number
      """
    ).map { $0.map { $0.text ?? "–" }.joined(separator: " ") }
    #expect(
      rows == [
        "why? user prompt – false", "because assistant response why? false",
        "really? user prompt because false", "no assistant response really? false",
        "how? user prompt – true", "so assistant response how? true",
      ])
  }

  @Test func `takes the list for the path where an export has no parents`() async throws {
    let text = Export.conversation(
      "one", [Export.message("q", "human", "why?"), Export.message("a", "assistant", "so")],
      more: #","summary":"A question","project_uuid":"p1","is_starred":false"#)
    let work = try await work(["c.json": text])
    #expect(
      try work.texts(
        """
        SELECT p.content->>'$[0].text' FROM messages m
        LEFT JOIN messages p ON p.message_id = m.parent_message_id ORDER BY m.sequence_number
        """) == [nil, "why?"])
    #expect(
      try work.rows(
        """
        SELECT title, epoch_us(created_at), epoch_us(updated_at), total_messages, total_responses,
          total_input_tokens, platform_metadata->>'project_uuid' FROM conversations
        """) == [
          [
            .text("A talk"), .integer(1_767_261_600_000_000), .integer(1_767_261_605_000_000),
            .integer(2), .integer(1), .null, .text("p1"),
          ]
        ])
    #expect(
      try work.rows("SELECT type, text, len(covers_messages) FROM summaries")
        == [[.text("conversation"), .text("A question"), .integer(2)]])
  }

  @Test func `prefers blocks to the flattened text, and pairs results with calls`() async throws {
    let stamps =
      #""start_timestamp":"2026-01-01T10:00:02Z","stop_timestamp":"2026-01-01T10:00:04Z""#
    let message = Export.message(
      "a", "assistant", "This block is not supported",
      blocks: [
        #"{"type":"thinking","thinking":"hm",\#(stamps)}"#,
        #"{"type":"tool_use","name":"web_search","input":{"query":"q"},\#(stamps)}"#,
        #"{"type":"tool_use","id":"toolu_2","name":"repl","input":{"code":"1"}}"#,
        #"{"type":"tool_result","name":"web_search","content":[{"type":"text","text":"found"}],"#
          + #""is_error":false,"stop_timestamp":"2026-01-01T10:00:07Z"}"#,
        #"{"type":"tool_result","tool_use_id":"toolu_2","content":"boom","is_error":true}"#,
        #"{"type":"tool_result","tool_use_id":"toolu_9","content":"whose?"}"#,
        #"{"type":"token_budget"}"#, #"{"type":"hologram","depth":3}"#,
      ], more: #","files":[]"#)
    let question = Export.message(
      "q", "human", "", blocks: [],
      more: #","attachments":[1],"model":"x","files_v2":[{"file_name":"a.png"}]"#)
    let work = try await work(["c.json": Export.conversation("one", [question, message])])
    #expect(
      try work.rows(
        """
        SELECT tool_name, native_id, tool_input::VARCHAR, is_error, duration_ms,
          coalesce(tool_output->>'$[0].text', tool_output->>'$') FROM tool_calls ORDER BY native_id
        """) == [
          [
            .text("web_search"), .text("a/1"), .text(#"{"query":"q"}"#), .boolean(false),
            .integer(5_000), .text("found"),
          ],
          [
            .text("repl"), .text("toolu_2"), .text(#"{"code":"1"}"#), .boolean(true), .null,
            .text("boom"),
          ],
        ])
    #expect(
      try work.texts(
        "SELECT unnest(from_json(content, '[{\"type\":\"VARCHAR\"}]')).type FROM messages ORDER BY sequence_number"
      )
        == [
          "file", "thinking", "tool_use", "tool_use", "tool_result", "tool_result", "tool_result",
          "token_budget", "hologram",
        ])
    #expect(
      try work.number(
        "SELECT epoch_ms(ended_at) - epoch_ms(timestamp) FROM messages WHERE role = 'assistant'")
        == 5_500)
    #expect(try work.texts("SELECT issue FROM catchment.raw_records") == ["unknown_type"])
  }

  @Test(arguments: [["a", "b"], ["b", "a"]])
  func `unites overlapping exports`(folders: [String]) async throws {
    let old = Export.conversation(
      "one",
      [
        Export.message("q", "human", "why?"), Export.message("x", "assistant", "withdrawn"),
      ], updated: 5, name: "Old")
    let new = Export.conversation(
      "one",
      [
        Export.message("q", "human", "why, then?", updated: 6),
        Export.message("y", "assistant", "so"),
      ], updated: 7, name: "New")
    let work = try await work([
      "\(folders[0])/conversations.json": "[\(old)]",
      "\(folders[1])/conversations.json": "[\(new)]",
    ])
    #expect(
      try work.texts("SELECT content->>'$[0].text' FROM messages ORDER BY 1")
        == ["so", "why, then?", "withdrawn"])
    #expect(try work.texts("SELECT title FROM conversations") == ["New"])
    #expect(
      try work.texts(
        "SELECT content->>'$[0].text' FROM messages WHERE metadata->>'is_current' = 'false'")
        == ["withdrawn"])
    let steps = try Workspace(ClaudeAISource(), files: work.files)
    try await steps.importAll(["\(work.files.path)/b"])
    try await steps.importAll()
    #expect(try steps.checksums().differences(from: try work.checksums()) == [])
  }

  @Test func `reads the conversations of a ZIP file, and nothing else of it`() async throws {
    let zip = StoredZIP(members: [
      ("users.json", #"[{"uuid":"u","full_name":"N"}]"#),
      ("conversations.json", "[\(Export.branching("one"))]"),
      ("projects.json", #"[{"uuid":"p","name":"P"}]"#),
    ])
    let work = try Workspace(ClaudeAISource())
    try work.files.write(zip.bytes, to: "data-2026-01-01.zip")
    let report = try await work.importAll()
    #expect(report.records.read == 1)
    #expect(try work.number("SELECT count(*) FROM messages") == 6)
  }

  @Test func `says what is wrong with a record, and survives what no export has`() async throws {
    let odd = [
      #"{"uuid":"x","name":"n","updated_at":"2026-01-01T00:00:00Z"}"#, #"{"uuid":"p"}"#, "[]",
      #"{"uuid":"o","chat_messages":[5,{"uuid":7,"sender":"robot","content":{"a":1}},"#
        + #"{"uuid":"m","sender":"human","content":[5,{"type":9},{"type":"tool_use","id":3}],"#
        + #""created_at":-1,"parent_message_uuid":"m","attachments":{}}]}"#,
    ]
    let work = try await work(["conversations.json": "[\(odd.joined(separator: ","))]"])
    #expect(
      try work.texts(
        "SELECT concat_ws(' ', outcome, issue) FROM catchment.raw_records ORDER BY line")
        == [
          "dead_lettered messages_missing", "filtered unknown_type",
          "dead_lettered not_an_object", "loaded unknown_type",
        ])
    #expect(try work.number("SELECT count(*) FROM messages") == 2)
  }

  @Test func `is told apart from ChatGPT by the contents`() {
    let (claude, chatGPT) = (ClaudeAISource(), ChatGPTSource())
    func recognise(_ source: any Source, _ text: String, _ name: String) -> Recognition {
      Array(text.utf8).withUnsafeBytes { source.recognise($0, of: "/x/\(name)") }
    }
    let export = "[\(Export.branching("one"))]"
    #expect(recognise(claude, export, "conversations.json") == .certain)
    #expect(recognise(chatGPT, export, "conversations.json") < .certain)
    let other = "[\(ChatGPTExport.short("one"))]"
    #expect(recognise(claude, other, "conversations.json") == .none)
    #expect(recognise(claude, "PK\u{3}\u{4}…users.json…", "x.zip") == .certain)
    #expect(recognise(chatGPT, "PK\u{3}\u{4}…users.json…", "x.zip") == .none)
    #expect(recognise(claude, "PK\u{3}\u{4}…conversations.json…", "data-2026.zip") == .certain)
  }

  @Test func `conserves the records of damaged files`() async throws {
    let text =
      "[\(Export.branching("one")),\(Export.conversation("two", [Export.message("m", "human", "hello")]))]"
    try await DamagedFiles(
      source: ClaudeAISource(), originals: [("conversations.json", Array(text.utf8))]
    ).check()
  }
}

@Suite(.enabled(if: Samples.has("claude_ai"), "no samples: set CATCHMENT_SAMPLES"))
struct `A sample of claude.ai` {
  @Test func `imports whole`() async throws {
    let work = try Workspace(ClaudeAISource())
    let report = try await work.importAll([Samples.path("claude_ai")])
    #expect(report.records.isConserved)
    #expect(report.records.deadLettered == 0)
    #expect(
      try work.texts("SELECT session_id FROM conversations ORDER BY 1")
        == ["37f8a88b-17fc-495a-87a0-ca6e0822e8f3", "origin-matrix-claude-ai"])
    #expect(
      try work.texts("SELECT title FROM conversations ORDER BY session_id")
        == ["Improving search index performance", "Origin capability matrix"])
    #expect(try work.number("SELECT count(*) FROM messages") == 4)
    #expect(
      try work.texts(
        "SELECT content->>'$[0].text' FROM messages WHERE content LIKE '%Prove the parser%'")
        == ["Prove the parser claim."])
  }
}
