import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Foundation
import Testing

/// Parts of VS Code's chat sessions for tests.
enum Chat {
  static let id = "aaaaaaaa-1111-4222-8333-444444444444"

  static func request(_ id: String, _ text: String, response: String = "[]", _ more: String = "")
    -> String
  {
    #"{"requestId":"\#(id)","timestamp":1772359200000,"modelId":"copilot/gpt-4.1","#
      + #""message":{"text":"\#(text)","parts":[]},"responseId":"\#(id)-r","#
      + #""response":\#(response)\#(more)}"#
  }

  static func session(_ requests: String..., title: String? = nil) -> String {
    let name = title.map { #""customTitle":"\#($0)","# } ?? ""
    return #"{"version":3,"sessionId":"\#(id)","creationDate":1772359100000,"#
      + #""responderUsername":"GitHub Copilot",\#(name)"requests":[\#(requests.joined(separator: ","))]}"#
  }

  static func log(_ lines: String...) -> String { lines.map { $0 + "\n" }.joined() }

  static func whole(_ session: String) -> String { #"{"kind":0,"v":\#(session)}"# }

  /// An answer that calls a tool, with what the model was told of it.
  static let calling = request(
    "r2", "run it",
    response: #"""
      [{"value":"running "},{"kind":"thinking","value":["hm"]},
       {"kind":"toolInvocationSerialized","toolId":"run_in_terminal","toolCallId":"shown-1",
        "toolSpecificData":{"kind":"terminal","commandLine":{"original":"make"},
         "terminalCommandState":{"exitCode":2,"duration":1500}}},
       {"kind":"undoStop","id":"u"}]
      """#.replacing("\n", with: " "),
    #","result":{"timings":{"totalElapsed":4000},"metadata":{"promptTokens":900,"outputTokens":30,"#
      + #""toolCallRounds":[{"toolCalls":[{"id":"toolu_1","name":"run","arguments":"{\"a\":1}"}]}],"#
      + #""toolCallResults":{"toolu_1":{"content":[{"value":"no rule"}]}}}}"#)
}

@Suite struct `The Copilot source, of VS Code's chats` {
  private func imported(_ files: [String: String]) async throws -> Workspace {
    let work = try Workspace(CopilotSource())
    for (name, text) in files { try work.files.write(text, to: name) }
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    return work
  }

  private static let folder = "User/workspaceStorage/0a1b/chatSessions"

  @Test func `keeps the source contract`() async throws {
    let name = "\(Self.folder)/\(Chat.id).jsonl"
    let start = Chat.whole(Chat.session(Chat.request("r1", "hello")))
    let answer = #"{"kind":2,"k":["requests",0,"response"],"v":[{"value":"hi"}]}"#
    let pushed = #"{"kind":2,"k":["requests"],"v":[\#(Chat.calling)]}"#
    let titled = #"{"kind":1,"k":["customTitle"],"v":"Greeting"}"#
    let document = Chat.session(Chat.request("d1", "other")).replacing(Chat.id, with: "doc")
    let steps = [
      [name: Chat.log(start) + #"{"kind":2,"#],
      [name: Chat.log(start, answer)],
      [name: Chat.log(start, answer, pushed, titled, "not json")],
      ["\(Self.folder)/doc.json": document],
      ["User/workspaceStorage/9f9f/chatSessions/\(Chat.id).jsonl": Chat.log(start, answer)],
      ["session-state/cli/events.jsonl": CopilotEvents.session.text],
    ]
    try await SourceContract(source: CopilotSource(), steps: steps).check()
  }

  @Test func `replays a log of changes`() async throws {
    let work = try await imported([
      "a.jsonl": Chat.log(
        Chat.whole(Chat.session()),
        #"{"kind":2,"k":["requests"],"v":[\#(Chat.request("r1", "one"))]}"#,
        #"{"kind":2,"k":["requests",0,"response"],"v":[{"value":"a"},{"value":"b"},{"value":"c"}]}"#,
        #"{"kind":2,"k":["requests",0,"response"],"i":1,"v":[{"value":"d"}]}"#,
        #"{"kind":1,"k":["requests",0,"modelId"],"v":"copilot/o3"}"#,
        #"{"kind":1,"k":["customTitle"],"v":"Letters"}"#,
        #"{"kind":3,"k":["requests",0,"vote"]}"#, #"{"kind":1,"k":["inputState","mode"],"v":"x"}"#,
        #"{"kind":1,"k":["requests",9,"response"],"v":[]}"#)
    ])
    #expect(
      try work.texts("SELECT content::VARCHAR FROM messages ORDER BY sequence_number") == [
        #"[{"type":"text","text":"one"}]"#,
        #"[{"type":"text","text":"a"},{"type":"text","text":"d"}]"#,
      ])
    #expect(
      try work.rows("SELECT title, model FROM conversations")
        == [[.text("Letters"), .text("copilot/o3")]])
    #expect(
      try work.rows(
        """
        SELECT r.line, r.outcome FROM messages m
        JOIN catchment.raw_records r ON r.record_id = m.raw_record_id
        """) == [[.integer(2), .text("loaded")], [.integer(2), .text("loaded")]])
  }

  @Test func `keeps requests that a log takes back`() async throws {
    let second = #"{"kind":2,"k":["requests"],"i":1,"v":[\#(Chat.request("r3", "three"))]}"#
    let again = Chat.whole(
      Chat.session(Chat.request("r1", "one"), Chat.request("r4", "four")))
    let work = try await imported([
      "a.jsonl": Chat.log(
        Chat.whole(Chat.session(Chat.request("r1", "one"), Chat.request("r2", "two"))), second,
        again)
    ])
    #expect(
      try work.rows(
        """
        SELECT content->>'$[0].text', metadata->>'removed' FROM messages
        WHERE role = 'user' ORDER BY sequence_number
        """) == [
          [.text("one"), .null], [.text("two"), .text("true")], [.text("three"), .text("true")],
          [.text("four"), .null],
        ])
  }

  @Test func `joins a call as asked with the call as shown`() async throws {
    let work = try await imported(["a.json": Chat.session(Chat.calling)])
    #expect(
      try work.rows(
        """
        SELECT native_id, tool_name, tool_input->>'a', exit_code, is_error, duration_ms,
          tool_output->>'$.content[0].value'
        FROM tool_calls
        """) == [
          [
            .text("toolu_1"), .text("run"), .text("1"), .integer(2), .boolean(true),
            .integer(1_500), .text("no rule"),
          ]
        ])
    #expect(
      try work.rows(
        """
        SELECT input_tokens, output_tokens, cache_read_tokens, epoch_ms(ended_at) - epoch_ms(timestamp),
          (content->>'$[*].type')::VARCHAR
        FROM messages WHERE role = 'assistant'
        """) == [
          [
            .integer(900), .integer(30), .null, .integer(4_000),
            .text("[text, thinking, tool_use, part]"),
          ]
        ])
  }

  @Test func `takes a session that lies in two workspaces once`() async throws {
    let first = Chat.request("r1", "one")
    let work = try await imported([
      "User/workspaceStorage/a/chatSessions/x.json": Chat.session(first),
      "User/workspaceStorage/b/chatSessions/x.json": Chat.session(
        first, Chat.request("r2", "two"), title: "Both"),
      "User/workspaceStorage/c/chatSessions/x.json": Chat.session(first),
    ])
    #expect(
      try work.rows("SELECT title, total_messages FROM conversations")
        == [[.text("Both"), .integer(4)]])
    #expect(
      try work.number("SELECT count(*) FROM catchment.raw_records WHERE outcome = 'duplicate'") == 1
    )
  }

  @Test func `tells an answer that failed or was cancelled`() async throws {
    let failed = Chat.request("r1", "one", #","result":{"errorDetails":{"message":"limit"}}"#)
    let cancelled = Chat.request("r2", "two", #","isCanceled":true"#)
    let work = try await imported(["a.json": Chat.session(failed, cancelled)])
    #expect(
      try work.texts(
        "SELECT stop_reason FROM messages WHERE role = 'assistant' ORDER BY sequence_number")
        == ["error", "cancelled"])
  }

  @Test func `leaves out a transcript that repeats a chat`() async throws {
    let work = try await imported([
      "chatSessions/a.json": Chat.session(Chat.request("r1", "one")),
      "transcripts/a.jsonl": CopilotEvents(Chat.id).text,
    ])
    #expect(try work.number("SELECT total_messages FROM conversations") == 2)
  }

  @Test func `keeps odd values without a crash`() async throws {
    let work = try await imported([
      "a.jsonl": Chat.log(
        #"{"kind":0,"v":{"sessionId":4,"requests":{"a":1}}}"#,
        #"{"kind":2,"k":["requests"],"v":3}"#,
        #"{"kind":2,"k":["requests"],"v":[1,{"requestId":5,"response":7,"message":[2]}],"i":-4}"#,
        #"{"kind":1,"k":["requests",1,"response"],"v":[null,3,{"kind":4,"value":{}}]}"#,
        #"{"kind":9,"k":[],"v":1}"#, #"{"kind":1,"k":[true],"v":1}"#, #"{"kind":3,"k":[]}"#,
        #"{"kind":2,"k":["requests",1,"requestId","x"],"v":[]}"#, "[]", "7", #"{"a":1}"#)
    ])
    #expect(try work.number("SELECT count(*) FROM messages") > 0)
    #expect(
      try work.texts(
        "SELECT issue FROM catchment.raw_records WHERE issue IS NOT NULL ORDER BY line")
        == [
          "unknown_type", "unknown_type", "unknown_type", "not_an_object", "not_an_object",
          "unknown_type",
        ])
  }

  @Test(arguments: UInt64(1)...2) func `loses nothing of damaged files`(seed: UInt64) async throws {
    let log = Chat.log(
      Chat.whole(Chat.session(Chat.request("r1", "one"))),
      #"{"kind":2,"k":["requests"],"v":[\#(Chat.calling)]}"#,
      #"{"kind":2,"k":["requests",0,"response"],"v":[{"value":"a"}],"i":0}"#)
    var files: [(name: String, bytes: [UInt8])] = [
      ("a.jsonl", Array(log.utf8)), ("b.json", Array(Chat.session(Chat.calling).utf8)),
      ("events.jsonl", Array(CopilotEvents.session.text.utf8)),
    ]
    for suffix in ["json", "jsonl"] {
      for file in Samples.files(in: "copilot", extension: suffix) {
        files.append((file.lastPathComponent, Array(try Data(contentsOf: file))))
      }
    }
    try await DamagedFiles(source: CopilotSource(), originals: files).check(copies: 150, seed: seed)
  }
}

@Suite(.enabled(if: Samples.has("ORACLES.tsv"), "no samples: set CATCHMENT_SAMPLES"))
struct `A sample of Copilot` {
  /// The parts of an answer by kind, as they were kept.
  private static let parts = """
    SELECT CASE b->>'type' WHEN 'text' THEN 'markdown' WHEN 'tool_use'
      THEN 'toolInvocationSerialized' WHEN 'part' THEN b->>'$.value.kind' ELSE b->>'type' END, count(*)
    FROM (SELECT unnest(content->'$[*]') AS b FROM messages WHERE role = 'assistant') GROUP BY 1
    """

  @Test(arguments: Oracle.of("copilot"))
  func `comes to the counts of the oracle`(oracle: Oracle) async throws {
    let work = try Workspace(CopilotSource())
    let report = try await work.importAll([Samples.path(oracle.file)])
    #expect(report.records.isConserved)
    if let lines = oracle["log_lines"] { #expect(report.records.read + report.unfinished == lines) }
    // The oracle calls lines bad that are no changes to a chat; all of these are events.
    #expect(try work.number("SELECT count(*) FROM dead_letters") == 0)
    guard let requests = oracle["requests"] else { return }
    #expect(try work.number("SELECT count(*) FROM messages WHERE role = 'user'") == requests)
    if let id = oracle.text("sessionId"), !id.isEmpty {
      #expect(try work.texts("SELECT session_id FROM conversations") == [id])
    }
    // `None` stands for a request without a model.
    let models = try work.texts(
      """
      SELECT DISTINCT model FROM messages WHERE role = 'assistant' AND model IS NOT NULL ORDER BY 1
      """)
    #expect(
      models.compactMap(\.self) == (try oracle.list("models")).filter { $0 != "None" }.sorted())
    var kinds = try oracle.counts("response_parts_by_kind") ?? [:]
    // Older versions name what newer ones leave without a name.
    kinds["markdown", default: 0] += kinds.removeValue(forKey: "markdownContent") ?? 0
    let counted = try work.rows(Self.parts).compactMap { row in
      row[0].text.flatMap { kind in row[1].int64.map { (kind, Int($0)) } }
    }
    #expect(Dictionary(counted, uniquingKeysWith: +) == kinds.filter { $0.value > 0 })
  }
}
