import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Testing

/// Writes Continue's files for tests.
private enum Write {
  static func item(_ role: String, _ text: String, _ more: String = "") -> String {
    #"{"message":{"role":"\#(role)","content":"\#(text)"},"contextItems":[]\#(more)}"#
  }

  static func session(_ id: String, _ items: [String], more: String = "") -> String {
    #"{"sessionId":"\#(id)","title":"Talk \#(id)","workspaceDirectory":"file:///c%3A/my%20work","#
      + #""history":[\#(items.joined(separator: ","))]\#(more)}"#
  }

  static func entry(_ id: String, created: String = "1750000000123") -> String {
    #"{"sessionId":"\#(id)","title":"Index title","dateCreated":"\#(created)","#
      + #""workspaceDirectory":"/elsewhere"}"#
  }

  static func event(_ kind: String, _ session: String, _ completion: String) -> String {
    #"{"eventName":"\#(kind)","schema":"0.2.0","timestamp":"2026-03-01T10:00:00.000Z","#
      + #""selectedProfileId":"local","sessionId":"\#(session)","modelTitle":"Big","#
      + #""prompt":"p","completion":"\#(completion)","feedback":true}"# + "\n"
  }

  static let call =
    #"{"id":"toolu_1","type":"function","function":{"name":"Read","arguments":"{\"path\":\"a\"}"}}"#

  static func state(_ status: String) -> String {
    #","toolCallStates":[{"toolCallId":"toolu_1","status":"\#(status)","#
      + #""output":[{"name":"Result","content":"text of a"}]}]"#
  }
}

@Suite struct `The Continue source` {
  private func work(_ files: [String: String]) async throws -> Workspace {
    let work = try Workspace(ContinueSource())
    for (name, text) in files { try work.files.write(text, to: name) }
    try await work.importAll()
    return work
  }

  @Test func `keeps the source contract`() async throws {
    let talk = [Write.item("user", "why?"), Write.item("assistant", "because")]
    try await SourceContract(
      source: ContinueSource(),
      steps: [
        ["sessions/sessions.json": "[\(Write.entry("one"))"],
        ["sessions/one.json": Write.session("one", talk)],
        [
          "sessions/sessions.json": "[\(Write.entry("one")),\(Write.entry("two"))]",
          "sessions/two.json": Write.session("two", talk),
        ],
        ["dev_data/0.2.0/chatInteraction.jsonl": Write.event("chatInteraction", "one", "because")],
        [
          "dev_data/0.2.0/chatInteraction.jsonl": Write.event("chatInteraction", "one", "because")
            + Write.event("dream", "one", "x"), "copy/one.json": Write.session("one", talk),
        ],
      ]
    ).check()
  }

  @Test func `keeps the source contract for a session that is written anew`() async throws {
    let first = [
      Write.item("user", "why?"), Write.item("assistant", "because"), Write.item("user", "really?"),
      Write.item("assistant", "ye"),
    ]
    let edited = Array(first.prefix(2)) + [Write.item("user", "no, how?")]
    try await SourceContract(
      source: ContinueSource(),
      steps: [
        ["one.json": Write.session("one", first)],
        ["one.json": Write.session("one", first.dropLast() + [Write.item("assistant", "yes")])],
        ["one.json": Write.session("one", edited)],
      ], onlyGrows: false
    ).check()
  }

  @Test func `keeps what was before an edited prompt beside what came after it`() async throws {
    let first = [
      Write.item("user", "why?"), Write.item("assistant", "because"), Write.item("user", "really?"),
      Write.item("assistant", "ye"),
    ]
    let work = try Workspace(ContinueSource())
    let answered = first.dropLast() + [Write.item("assistant", "yes")]
    let edited = first.prefix(2) + [Write.item("user", "how?"), Write.item("assistant", "so")]
    for items in [first, Array(answered), Array(edited)] {
      try work.files.write(Write.session("one", items), to: "one.json")
      try await work.importAll()
    }
    #expect(
      try work.texts(
        """
        SELECT concat_ws(' ', content->>'$[0].text', metadata->>'is_current') FROM messages
        ORDER BY sequence_number
        """) == [
          "why? true", "because true", "really? false", "yes false", "how? true", "so true",
        ])
    #expect(
      try work.texts("SELECT outcome FROM catchment.raw_records ORDER BY generation")
        == ["loaded", "updated", "loaded"])
  }

  @Test func `joins calls with their results, which are written twice`() async throws {
    let calling = #"{"message":{"role":"assistant","content":"","toolCalls":[\#(Write.call)]}"#
    let result =
      #"{"message":{"role":"tool","content":"text of a","toolCallId":"toolu_1"},"contextItems":[]}"#
    let work = try await work([
      "one.json": Write.session("one", [calling + Write.state("errored") + "}", result]),
      "two.json": Write.session("two", [calling + "}", result]),
    ])
    #expect(
      try work.rows(
        """
        SELECT tool_name, tool_input->>'path', coalesce(tool_output->>'$[0].content', tool_output->>'$'),
          is_error, result_message_id IS NOT NULL
        FROM tool_calls t JOIN conversations USING (conversation_id) ORDER BY session_id
        """) == [
          [.text("Read"), .text("a"), .text("text of a"), .boolean(true), .boolean(true)],
          [.text("Read"), .text("a"), .text("text of a"), .null, .boolean(true)],
        ])
    #expect(try work.number("SELECT count(*) FROM tool_calls") == 2)
  }

  @Test func `keeps every kind of item`() async throws {
    let picture =
      #"{"message":{"role":"user","content":[{"type":"text","text":"see"},"#
      + #"{"type":"imageUrl","imageUrl":{"url":"data:x"}}]},"contextItems":[{"name":"f.ts"}]}"#
    let work = try await work([
      "one.json": Write.session(
        "one",
        [
          Write.item("system", "rules"), picture, Write.item("thinking", "hm"),
          Write.item(
            "assistant", "so",
            #","reasoning":{"text":"well","startAt":1750000001000,"endAt":1750000002000},"#
              + #""promptLogs":[{"modelTitle":"Small"},{"modelTitle":"Big"}],"#
              + #""conversationSummary":"they talked""#),
          Write.item("oracle", "?"),
        ], more: #","mode":"agent","chatModelTitle":"Big""#)
    ])
    #expect(
      try work.texts(
        """
        SELECT concat_ws(' ', role, kind, list_transform(from_json(content, '["JSON"]'),
          lambda b: b->>'type')::VARCHAR) FROM messages ORDER BY sequence_number
        """) == [
          "system system [text]", "user prompt [text, image, context]",
          "assistant thinking [thinking]", "assistant response [thinking, text]",
          "system system [text]",
        ])
    #expect(
      try work.rows(
        "SELECT model, epoch_ms(timestamp), epoch_ms(ended_at) FROM messages WHERE kind = 'response'"
      )
        == [[.text("Big"), .integer(1_750_000_001_000), .integer(1_750_000_002_000)]])
    #expect(
      try work.rows("SELECT type, text, len(covers_messages) FROM summaries")
        == [[.text("compaction"), .text("they talked"), .integer(4)]])
    #expect(
      try work.rows(
        "SELECT model, workspace_path, total_responses, platform_metadata->>'mode' FROM conversations"
      )
        == [[.text("Big"), .text("c:/my work"), .integer(1), .text("agent")]])
  }

  @Test func `completes sessions from the index and the log, in whatever order they come`()
    async throws
  {
    let files = [
      "sessions/sessions.json": "[\(Write.entry("one")),\(Write.entry("missing"))]",
      "sessions/one.json": Write.session(
        "one", [Write.item("user", "why?"), Write.item("assistant", "because")]),
      "dev_data/0.2.0/chatInteraction.jsonl": Write.event("chatInteraction", "one", "because")
        + Write.event("chatInteraction", "one", "something else"),
      "dev_data/chatFeedback.jsonl": Write.event("chatFeedback", "one", "because"),
      "dev_data/tokens_generated.jsonl": #"{"model":"m","promptTokens":1}"# + "\n",
    ]
    let work = try await work(files)
    #expect(
      try work.rows("SELECT title, epoch_ms(created_at), total_messages FROM conversations")
        == [[.text("Talk one"), .integer(1_750_000_000_123), .integer(2)]])
    #expect(
      try work.rows(
        """
        SELECT epoch_ms(timestamp), model, metadata->>'time_source', metadata->>'feedback'
        FROM messages WHERE role = 'assistant'
        """) == [
          [.integer(1_772_359_200_000), .text("Big"), .text("dev_data"), .text("true")]
        ])
    #expect(
      try work.texts("SELECT outcome FROM catchment.raw_records ORDER BY 1")
        == ["filtered", "filtered", "filtered", "loaded", "updated", "updated", "updated"])
    for first in files.keys.sorted() {
      let steps = try Workspace(ContinueSource(), files: work.files)
      try await steps.importAll(["\(work.files.path)/\(first)"])
      try await steps.importAll()
      #expect(try steps.checksums().differences(from: try work.checksums()) == [], "\(first)")
    }
  }

  @Test func `says what is wrong with a record, and survives what no session has`() async throws {
    let odd = [
      "a.json": #"{"history":[],"workspaceDirectory":""}"#,
      "b.json":
        #"{"sessionId":"b","workspaceDirectory":5,"history":[5,{},{"message":7},"#
        + #"{"message":{"role":"assistant","content":7,"toolCalls":[7,{"id":1}]},"#
        + #""toolCallStates":{},"reasoning":3,"promptLogs":[9],"contextItems":9}],"#
        + #""usage":{"totalCost":"free","promptTokens":-1}}"#,
      "c.json": #"{"sessionId":"c","history":[],"workspaceDirectory":"#,
    ]
    let work = try await work(odd)
    #expect(
      try work.texts(
        "SELECT concat_ws(' ', outcome, issue) FROM catchment.raw_records ORDER BY 1")
        == [
          "dead_lettered json_truncated", "dead_lettered session_id_missing",
          "loaded unknown_type",
        ])
    #expect(
      try work.rows("SELECT total_messages, total_input_tokens, total_cost FROM conversations")
        == [[.integer(4), .null, .null]])
  }

  @Test func `is found where Continue keeps its data`() {
    let source = ContinueSource()
    #expect(
      source.defaultRoots(home: "/h", environment: [:])
        == ["/h/.continue/sessions", "/h/.continue/dev_data"])
    #expect(
      source.defaultRoots(home: "/h", environment: ["CONTINUE_GLOBAL_DIR": "/c"])
        == ["/c/sessions", "/c/dev_data"])
    func recognise(_ text: String, _ path: String) -> Recognition {
      Array(text.utf8).withUnsafeBytes { source.recognise($0, of: path) }
    }
    #expect(recognise(Write.session("one", []), "/x/a.json") == .certain)
    #expect(recognise("[\(Write.entry("one"))]", "/x/sessions.json") == .certain)
    #expect(recognise(#"{"sessionId":"s","requests":[]}"#, "/x/a.json") == .none)
    #expect(recognise("", "C:\\h\\.continue\\dev_data\\0.2.0\\autocomplete.jsonl") == .certain)
    #expect(!source.mayHold("/x/other.jsonl"))
  }

  @Test func `conserves the records of damaged files`() async throws {
    let calling =
      #"{"message":{"role":"assistant","content":"on it","toolCalls":[\#(Write.call)]}"#
      + Write.state("done") + "}"
    let session = Write.session("one", [Write.item("user", "why?"), calling])
    let log = (0..<4).map { Write.event("chatInteraction", "one", "so \($0)") }.joined()
    try await DamagedFiles(
      source: ContinueSource(),
      originals: [
        ("one.json", Array(session.utf8)),
        ("sessions.json", Array("[\(Write.entry("one")),\(Write.entry("two"))]".utf8)),
        ("dev_data/0.2.0/chatInteraction.jsonl", Array(log.utf8)),
      ]
    ).check()
  }
}

@Suite(.enabled(if: Samples.has("continue"), "no samples: set CATCHMENT_SAMPLES"))
struct `A sample of Continue` {
  @Test func `imports whole`() async throws {
    let work = try Workspace(ContinueSource())
    let report = try await work.importAll([Samples.path("continue")])
    #expect(report.records.loaded == 1)
    #expect(
      try work.rows(
        """
        SELECT session_id, title, workspace_path, total_messages, total_tool_calls,
          total_input_tokens, total_output_tokens, total_cache_read_tokens,
          total_cache_write_tokens, total_cost, cost_source FROM conversations
        """) == [
          [
            .text("2dbfd673-096d-4773-b5f3-9023894a7355"), .text("File Reading and Appending"),
            .text("/Users/svarlamov/projects/testing-git"), .integer(4), .integer(2),
            .integer(1_813), .integer(305), .integer(4_366), .integer(2_183), .double(0.002423),
            .text("reported"),
          ]
        ])
    #expect(
      try work.texts("SELECT concat(tool_name, ' ', is_error) FROM tool_calls ORDER BY 1")
        == ["MultiEdit false", "Read false"])
  }
}
