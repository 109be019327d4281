import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Testing

/// Writes a conversation of a ChatGPT export for tests: just what the format needs.
struct ChatGPTExport {
  private var nodes: [String]
  private let id: String
  private let updated: Double
  var title = #""A talk""#
  var more = ""

  init(_ id: String, updated: Double = 1_700_000_100) {
    self.id = id
    self.updated = updated
    nodes = [Self.node("root", nil, children: ["s"], message: "null")]
  }

  static func node(
    _ id: String, _ parent: String?, children: [String], message: String
  ) -> String {
    let list = children.map { #""\#($0)""# }.joined(separator: ",")
    return #""\#(id)":{"id":"\#(id)","parent":\#(parent.map { #""\#($0)""# } ?? "null"),"#
      + #""children":[\#(list)],"message":\#(message)}"#
  }

  /// Adds a node with a message of text.
  mutating func say(
    _ id: String, _ role: String, _ text: String, after parent: String, then: [String] = [],
    time: Double? = 1_700_000_001, more: String = ""
  ) {
    say(
      id, role, content: #"{"content_type":"text","parts":["\#(text)"]}"#, after: parent,
      then: then,
      time: time, more: more)
  }

  mutating func say(
    _ id: String, _ role: String, content: String, after parent: String, then: [String] = [],
    time: Double? = 1_700_000_001, more: String = ""
  ) {
    let message =
      #"{"id":"\#(id)","author":{"role":"\#(role)","name":null},"create_time":"#
      + #"\#(time.map { "\($0)" } ?? "null"),"content":\#(content),"#
      + #""weight":1.0\#(more)}"#
    nodes.append(Self.node(id, parent, children: then, message: message))
  }

  func json(current: String) -> String {
    #"{"id":"\#(id)","title":\#(title),"create_time":1700000000.25,"update_time":\#(updated),"#
      + #""mapping":{\#(nodes.joined(separator: ","))},"current_node":"\#(current)"\#(more)}"#
  }

  /// A question, an answer, and a second question with two answers, the second of which is shown.
  static func branching(_ id: String, updated: Double = 1_700_000_100) -> ChatGPTExport {
    var export = ChatGPTExport(id, updated: updated)
    export.say("s", "system", "", after: "root", then: ["q1"])
    export.say("q1", "user", "why?", after: "s", then: ["a1"])
    export.say(
      "a1", "assistant", "because", after: "q1", then: ["q2"],
      more: #","end_turn":true,"metadata":{"model_slug":"gpt-4"}"#)
    export.say("q2", "user", "really?", after: "a1", then: ["a2", "a3"])
    export.say("a2", "assistant", "no", after: "q2", more: #","metadata":{"model_slug":"gpt-4"}"#)
    export.say("a3", "assistant", "yes", after: "q2", more: #","metadata":{"model_slug":"o3"}"#)
    return export
  }

  /// A conversation of one question.
  static func short(_ id: String, _ text: String = "hello") -> String {
    var export = ChatGPTExport(id)
    export.say("s", "user", text, after: "root")
    return export.json(current: "s")
  }
}

@Suite struct `The ChatGPT source` {
  private func work(_ files: [String: String]) async throws -> Workspace {
    let work = try Workspace(ChatGPTSource())
    for (name, text) in files { try work.files.write(text, to: name) }
    try await work.importAll()
    return work
  }

  private func texts(_ work: Workspace) throws -> [String?] {
    try work.texts("SELECT content->>'$[0].text' FROM messages ORDER BY sequence_number")
  }

  @Test func `keeps the source contract`() async throws {
    let first = ChatGPTExport.branching("one").json(current: "a3")
    let second = ChatGPTExport.short("two")
    var newer = ChatGPTExport.branching("one", updated: 1_700_000_200)
    newer.say("q3", "user", "thanks", after: "a3")
    try await SourceContract(
      source: ChatGPTSource(),
      steps: [
        ["old/conversations.json": "[\(first)"],
        ["old/conversations.json": "[\(first), \(second)]"],
        [
          "new/conversations-000.json":
            "[\(newer.json(current: "q3")), \(second), {\"mapping\": 1}]"
        ],
      ]
    ).check()
  }

  @Test func `keeps the source contract for a file that is written anew`() async throws {
    let first = ChatGPTExport.branching("one").json(current: "a3")
    var newer = ChatGPTExport("one", updated: 1_700_000_200)
    newer.say("s", "system", "", after: "root")
    try await SourceContract(
      source: ChatGPTSource(),
      steps: [
        ["conversations.json": "[\(first), \(ChatGPTExport.short("two"))]"],
        ["conversations.json": "[\(newer.json(current: "s"))]"],
      ], onlyGrows: false
    ).check()
  }

  @Test func `keeps the tree, and marks the branch that is shown`() async throws {
    let work = try await work([
      "conversations.json": "[\(ChatGPTExport.branching("one").json(current: "a3"))]"
    ])
    let rows = try work.rows(
      """
      SELECT m.content->>'$[0].text', m.role, m.kind, m.metadata->>'is_current',
        p.content->>'$[0].text', m.model
      FROM messages m LEFT JOIN messages p ON p.message_id = m.parent_message_id
      ORDER BY m.sequence_number
      """
    ).map { $0.map { $0.text ?? "–" }.joined(separator: " ") }
    #expect(
      rows == [
        "– system system true – –", "why? user prompt true – –",
        "because assistant response true why? gpt-4", "really? user prompt true because –",
        "no assistant response false really? gpt-4", "yes assistant response true really? o3",
      ])
    let row = try work.rows(
      """
      SELECT title, session_id, epoch_us(created_at), epoch_us(updated_at), total_messages,
        total_responses, total_cost, total_input_tokens, platform_metadata->>'current_node'
      FROM conversations
      """)
    #expect(
      row == [
        [
          .text("A talk"), .text("one"), .integer(1_700_000_000_250_000),
          .integer(1_700_000_100_000_000), .integer(6), .integer(3), .null, .null, .text("a3"),
        ]
      ])
  }

  @Test func `pairs calls with results by their place in the tree`() async throws {
    var export = ChatGPTExport("one")
    export.say("s", "user", "draw it", after: "root", then: ["c1"])
    export.say(
      "c1", "assistant", content: #"{"content_type":"code","language":"json","text":"{\"n\":1}"}"#,
      after: "s", then: ["c2"], more: #","recipient":"python""#)
    export.say(
      "c2", "assistant", "search this", after: "c1", then: ["r2"], more: #","recipient":"browser""#)
    export.say(
      "r2", "tool", content: #"{"content_type":"execution_output","text":"2"}"#, after: "c2",
      then: ["r1"],
      more: #","metadata":{"aggregate_result":{"status":"success","start_time":5,"end_time":7.5}}"#)
    export.say(
      "r1", "tool", content: #"{"content_type":"system_error","name":"E","text":"boom"}"#,
      after: "r2", then: ["r3"])
    export.say(
      "r3", "tool", content: #"{"content_type":"tether_quote","text":"more"}"#, after: "r1",
      then: ["a"])
    export.say("a", "assistant", "done", after: "r3", more: #","recipient":"all""#)
    let work = try await work(["c.json": export.json(current: "a")])
    let calls = try work.rows(
      """
      SELECT tool_name, tool_input::VARCHAR, coalesce(tool_output->>'$', tool_output->>'text'),
        is_error, duration_ms FROM tool_calls ORDER BY native_id
      """)
    // The nearest call above a result that has none: the second call is answered first.
    #expect(
      calls == [
        [.text("python"), .text(#"{"n":1}"#), calls[0][2], .boolean(true), .integer(0)],
        [.text("browser"), .text(#""search this""#), .text("2"), .boolean(false), .integer(2_500)],
      ])
    #expect(calls[0][2].text?.contains("boom") == true)
    let blocks = try work.texts(
      "SELECT content->>'$[0].type' FROM messages ORDER BY sequence_number")
    #expect(
      blocks == [
        "text", "tool_use", "tool_use", "tool_result", "tool_result", "tether_quote", "text",
      ])
  }

  @Test func `keeps content of every kind`() async throws {
    var export = ChatGPTExport("one")
    let image =
      #"{"content_type":"image_asset_pointer","asset_pointer":"file-service://f","width":8}"#
    export.say(
      "s", "user",
      content: #"{"content_type":"user_editable_context","user_profile":"an engineer"}"#,
      after: "root", then: ["q"], time: nil,
      more: #","metadata":{"is_visually_hidden_from_conversation":true}"#)
    export.say(
      "q", "user", content: #"{"content_type":"multimodal_text","parts":["look",\#(image)]}"#,
      after: "s", then: ["t"], more: #","metadata":{"attachments":[{"name":"a.txt"}]}"#)
    export.say(
      "t", "assistant",
      content: #"{"content_type":"thoughts","thoughts":[{"summary":"S","content":"hm"}]}"#,
      after: "q", then: ["d"])
    export.say(
      "d", "assistant", content: #"{"content_type":"dream","sheep":2}"#, after: "t",
      more: #","channel":"final","status":"in_progress""#)
    let work = try await work(["c.json": export.json(current: "d")])
    let rows = try work.rows(
      """
      SELECT kind, is_meta, timestamp IS NULL, content::VARCHAR FROM messages ORDER BY sequence_number
      """
    ).map { $0.map(\.description).joined(separator: " ") }
    #expect(rows[0].contains("context true true"))
    #expect(rows[0].contains(#""value":{"content_type":"user_editable_context""#))
    #expect(
      rows[1].contains(
        #"[{"type":"text","text":"look"},{"type":"image","value":\#(image)},"#
          + #"{"type":"attachment","value":{"name":"a.txt"}}]"#))
    #expect(rows[2].contains(#"[{"type":"thinking","thinking":"hm"}]"#))
    #expect(rows[3].contains(#"[{"type":"dream","value":{"content_type":"dream","sheep":2}}]"#))
    #expect(
      try work.texts(
        "SELECT metadata->>'status' FROM messages WHERE metadata->>'channel' = 'final'")
        == ["in_progress"])
    #expect(try work.texts("SELECT issue FROM catchment.raw_records") == ["unknown_type"])
  }

  @Test(arguments: [["a", "b"], ["b", "a"]])
  func `unites overlapping exports, the newest word of each message standing`(
    folders: [String]
  ) async throws {
    var old = ChatGPTExport("one", updated: 1_700_000_100)
    old.title = #""Old""#
    old.say("s", "user", "hello", after: "root", then: ["a", "b"])
    old.say("a", "assistant", "draft", after: "s", time: 1_700_000_002)
    old.say("b", "assistant", "only in the old one", after: "s", time: 1_700_000_003)
    var new = ChatGPTExport("one", updated: 1_700_000_200)
    new.title = #""New""#
    new.say("s", "user", "hello", after: "root", then: ["a"])
    new.say("a", "assistant", "final", after: "s", then: ["c"], time: 1_700_000_002)
    new.say("c", "user", "thanks", after: "a", time: 1_700_000_150)
    let files = [
      "\(folders[0])/conversations.json":
        "[\(old.json(current: "a")), \(ChatGPTExport.short("gone"))]",
      "\(folders[1])/conversations.json": "[\(new.json(current: "c"))]",
    ]
    let work = try await work(files)
    #expect(
      try work.texts(
        """
        SELECT content->>'$[0].text' FROM messages
        WHERE conversation_id = (SELECT conversation_id FROM conversations WHERE session_id = 'one')
        ORDER BY sequence_number
        """) == ["hello", "final", "thanks", "only in the old one"])
    #expect(
      try work.texts("SELECT title FROM conversations ORDER BY session_id") == ["A talk", "New"])
    #expect(
      try work.texts(
        "SELECT content->>'$[0].text' FROM messages WHERE metadata->>'is_current' = 'false'")
        == ["only in the old one"])
    // In steps, the newer or the older one first, the tables are the same.
    for first in folders {
      let steps = try Workspace(ChatGPTSource(), files: work.files)
      try await steps.importAll(["\(work.files.path)/\(first)"])
      try await steps.importAll()
      #expect(try steps.checksums().differences(from: try work.checksums()) == [])
    }
  }

  @Test func `counts a conversation that is exported again without a change as a duplicate`()
    async throws
  {
    let talk = ChatGPTExport.branching("one")
    let same = ChatGPTExport.branching("one").json(current: "a3")
    let spaced = talk.json(current: "a3").replacing(#""mapping":"#, with: #""mapping": "#)
    let work = try await work(["1/c.json": same, "2/c.json": "[\(same)]", "3/c.json": spaced])
    #expect(
      try work.texts("SELECT outcome FROM catchment.raw_records ORDER BY 1")
        == ["duplicate", "duplicate", "loaded"])
    #expect(try work.number("SELECT count(*) FROM messages") == 6)
  }

  @Test func `explains each of the messages that one record made`() async throws {
    let talk = ChatGPTExport.branching("one").json(current: "a3")
    let work = try await work(["conversations.json": "[\(talk)]"])
    let explainer = Explainer(home: work.home, sources: [work.source])
    for id in try work.texts("SELECT message_id::VARCHAR FROM messages") {
      #expect(try explainer.explain(id ?? "").origins.count == 1)
    }
  }

  @Test func `says what is wrong with a record`() async throws {
    let records = [
      #"{"id":"x","title":"no mapping","create_time":1,"current_node":"a"}"#,
      #"{"conversation_id":"shared","something":true}"#, "12", #"{"id":"y","mapping":[]}"#,
      #"{"id":"z","mapping":{"#,
    ]
    let work = try await work([
      "conversations.json": "[\(ChatGPTExport.short("fine")),\(records.joined(separator: ","))"
    ])
    #expect(
      try work.texts(
        "SELECT concat_ws(' ', outcome, issue) FROM catchment.raw_records ORDER BY line")
        == [
          "loaded", "dead_lettered mapping_missing", "filtered unknown_type",
          "dead_lettered not_an_object", "dead_lettered mapping_missing",
          "dead_lettered json_truncated",
        ])
  }

  @Test func `survives what no export has`() async throws {
    let nodes = [
      ChatGPTExport.node("a", "b", children: ["b"], message: #"{"author":7,"content":[]}"#),
      ChatGPTExport.node("b", "a", children: ["a"], message: #"{"content":{"content_type":3}}"#),
      ChatGPTExport.node(
        "c", "nobody", children: ["c", "x"],
        message: #"{"author":{"role":"critic"},"create_time":"soon","content":{"parts":3}}"#),
      #""d":5"#, #""d":null"#, #""e":{"message":[],"parent":{},"children":7}"#,
    ]
    let work = try await work([
      "c.json":
        #"{"id":"one","title":5,"mapping":{\#(nodes.joined(separator: ","))},"current_node":[]}"#
    ])
    #expect(try work.number("SELECT count(*) FROM messages") == 3)
    #expect(try work.texts("SELECT metadata->>'role' FROM messages ORDER BY 1")[0] == "critic")
    #expect(try work.texts("SELECT title FROM conversations") == [nil])
  }

  @Test func `is recognised by its contents`() {
    let source = ChatGPTSource()
    func recognise(_ text: String, _ name: String) -> Recognition {
      Array(text.utf8).withUnsafeBytes { source.recognise($0, of: "/x/\(name)") }
    }
    #expect(recognise("[\(ChatGPTExport.short("one"))]", "anything.json") == .certain)
    #expect(recognise(#"[{"uuid":"u","chat_messages":[]}]"#, "conversations.json") == .possible)
    #expect(recognise(#"{"name":"package"}"#, "package.json") == .none)
    #expect(recognise("PK\u{3}\u{4}…chat.html…", "x.zip") == .certain)
    #expect(recognise("PK\u{3}\u{4}…conversations.json…", "x.zip") == .possible)
    #expect(recognise("PK\u{3}\u{4}…photo.jpg…", "x.zip") == .none)
    #expect(source.mayHold("/x/export.zip/conversations-001.json"))
    #expect(!source.mayHold("C:\\x\\user.json"))
    #expect(!source.mayHold("/x/file-abc.dat"))
  }

  @Test func `conserves the records of damaged files`() async throws {
    let both =
      "[\(ChatGPTExport.branching("one").json(current: "a3")),\n \(ChatGPTExport.short("two"))]"
    try await DamagedFiles(
      source: ChatGPTSource(), originals: [("conversations.json", Array(both.utf8))]
    ).check()
  }
}

@Suite(.enabled(if: Samples.has("ORACLES.tsv"), "no samples: set CATCHMENT_SAMPLES"))
struct `A sample of ChatGPT` {
  private static let capture = "native-browser-capture-v1.json"

  @Test(arguments: Oracle.of("chatgpt"))
  func `comes to the counts of the oracle`(oracle: Oracle) async throws {
    let work = try Workspace(ChatGPTSource())
    let report = try await work.importAll([Samples.path(oracle.file)])
    #expect(report.records.isConserved)
    if oracle.file.hasSuffix(Self.capture) { return try checkCapture(work) }
    #expect(report.records.read == oracle["conversations"])
    let counts: [(String, String)] = [
      ("conversations_with_mapping", "SELECT count(*) FROM conversations"),
      ("messages", "SELECT count(*) FROM messages"),
      (
        "messages_on_current_path",
        "SELECT count(*) FROM messages WHERE metadata->>'is_current' = 'true'"
      ),
      (
        "branch_nodes",
        """
        SELECT count(*) FROM (
          SELECT conversation_id, parent_message_id FROM messages GROUP BY ALL HAVING count(*) > 1)
        """
      ),
    ]
    for (metric, sql) in counts { #expect(try work.number(sql) == oracle[metric], "\(metric)") }
    for (role, count) in try oracle.numbers("messages_by_role") {
      #expect(try work.number("SELECT count(*) FROM messages WHERE role = '\(role)'") == count)
    }
    // The oracle counts what a tool's message says of the model too; that one is no response.
    for (model, count) in try oracle.numbers("model_slugs") {
      let responses = try work.number("SELECT count(*) FROM messages WHERE model = '\(model)'")
      let results = model == "gpt-4-plugins" ? 1 : 0
      #expect(responses + results == count, "\(model)")
    }
  }

  /// The oracle looks for a mapping at the top of the file only and counts nothing; the bytes have
  /// `raw_provider_payload`, what the website loads, with nine nodes of which eight hold a message.
  private func checkCapture(_ work: Workspace) throws {
    #expect(try work.number("SELECT count(*) FROM conversations") == 1)
    #expect(try work.number("SELECT count(*) FROM messages") == 8)
    #expect(
      try work.texts(
        "SELECT content->>'$[0].text' FROM messages WHERE metadata->>'is_current' = 'false'")
        == ["Superseded answer."])
    #expect(
      try work.texts("SELECT tool_name || ' ' || (tool_output->>'$') FROM tool_calls")
        == ["browser.search Privacy-safe tool result."])
  }
}
