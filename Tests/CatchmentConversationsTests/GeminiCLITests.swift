import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Foundation
import Testing

@Suite struct `The Gemini CLI source` {
  private static let id = "11111111-2222-4333-8444-555555555555"
  private static let chats = "tmp/0a1b/chats"

  private static let head =
    #"{"sessionId":"\#(id)","projectHash":"0a1b","startTime":"2026-03-01T10:00:00Z","#
    + #""directories":["/work"]}"#
  private static let prompt = message("m1", "user", #""content":"fix the test""#)
  private static let calling = message(
    "m2", "gemini", #""content":"","model":"gemini-2.5-pro","toolCalls":[\#(call)]"#)
  private static let called = message(
    "m2", "gemini",
    #""content":"ran it","model":"gemini-2.5-pro","thoughts":[{"subject":"Plan","description":"run"}],"#
      + #""tokens":{"input":100,"output":10,"cached":40,"thoughts":5,"tool":3,"total":118},"#
      + #""toolCalls":[\#(result)]"#)
  private static let answer = message(
    "m3", "gemini",
    #""content":[{"text":"done"},{"inlineData":{"mimeType":"image/png"}}],"model":"gemini-2.5-flash","#
      + #""tokens":{"input":120,"output":4,"cached":100,"thoughts":0,"tool":0,"total":124}"#)

  private static let call = #"{"id":"c1","name":"run_shell_command","args":{"command":"make"}}"#
  private static let result =
    #"{"id":"c1","name":"run_shell_command","args":{"command":"make"},"status":"success","#
    + #""timestamp":"2026-03-01T10:00:09Z","result":[{"functionResponse":{"id":"c1","#
    + #""name":"run_shell_command","response":{"output":"Output: no\nExit Code: 2\nSignal: 0"}}}]}"#

  private static func message(_ id: String, _ type: String, _ members: String) -> String {
    let second = id.dropFirst()
    return
      #"{"id":"\#(id)","timestamp":"2026-03-01T10:00:0\#(second)Z","type":"\#(type)",\#(members)}"#
  }

  private static func log(_ lines: String...) -> String { lines.map { $0 + "\n" }.joined() }

  private static func document(_ messages: String..., summary: String? = nil) -> String {
    let title = summary.map { #""summary":"\#($0)","# } ?? ""
    return head.dropLast() + #","# + title + #""messages":[\#(messages.joined(separator: ","))]}"#
  }

  private func imported(_ files: [String: String]) async throws -> Workspace {
    let work = try Workspace(GeminiCLISource())
    for (name, text) in files { try work.files.write(text, to: name) }
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    return work
  }

  @Test func `keeps the source contract`() async throws {
    let log = "\(Self.chats)/session-2026-03-01T10-00-11111111.jsonl"
    let document = "\(Self.chats)/session-2025-11-01T10-00-22222222.json"
    let other = Self.document(Self.prompt, Self.called).replacing(Self.id, with: "another")
    let steps = [
      [log: Self.log(Self.head, Self.prompt) + #"{"id":"m2","#],
      [log: Self.log(Self.head, Self.prompt, Self.calling)],
      [
        log: Self.log(
          Self.head, Self.prompt, Self.calling, Self.called, #"{"$rewindTo":"m2"}"#, Self.answer,
          "not json", #"{"$set":{"summary":"Fixing"}}"#)
      ],
      [document: other],
      ["copies/of-it.json": other],
      ["other/part.jsonl": Self.log(Self.head, Self.prompt)],
    ]
    try await SourceContract(source: GeminiCLISource(), steps: steps).check()
  }

  @Test func `takes the last of a message's versions`() async throws {
    let work = try await imported([
      "a.jsonl": Self.log(Self.head, Self.prompt, Self.calling, Self.called, Self.answer)
    ])
    #expect(
      try work.rows(
        """
        SELECT model, input_tokens, cache_read_tokens, output_tokens, reasoning_tokens,
          content->>'$[0].thinking'
        FROM messages WHERE role = 'assistant' ORDER BY sequence_number
        """) == [
          [
            .text("gemini-2.5-pro"), .integer(63), .integer(40), .integer(15), .integer(5),
            .text("Plan\nrun"),
          ],
          [
            .text("gemini-2.5-flash"), .integer(20), .integer(100), .integer(4), .integer(0), .null,
          ],
        ])
    #expect(
      try work.rows("SELECT exit_code, is_error, duration_ms FROM tool_calls")
        == [[.integer(2), .boolean(true), .integer(7_000)]])
    #expect(
      try work.rows("SELECT title, workspace_path, total_responses FROM conversations")
        == [[.text("fix the test"), .text("/work"), .integer(2)]])
  }

  @Test func `keeps what was rewound, and what a compression left out`() async throws {
    let compressed = #"{"$set":{"messages":[\#(Self.message("m3", "gemini", #""content":"""#))]}}"#
    let work = try await imported([
      "a.jsonl": Self.log(
        Self.head, Self.prompt, Self.called, Self.answer, compressed, #"{"$rewindTo":"m3"}"#)
    ])
    #expect(
      try work.texts("SELECT metadata->>'rewound' FROM messages ORDER BY sequence_number")
        == [nil, nil, "true"])
    #expect(try work.number("SELECT total_output_tokens FROM conversations") == 19)
  }

  @Test func `keeps what a document no longer says`() async throws {
    let work = try await imported(["a.json": Self.document(Self.prompt, Self.called)])
    try work.files.write(
      Self.document(Self.prompt, Self.answer, summary: "Fixing the test"), to: "a.json")
    #expect(try await work.importAll().records.isConserved)
    #expect(
      try work.rows("SELECT title, total_messages, total_output_tokens FROM conversations")
        == [[.text("Fixing the test"), .integer(3), .integer(19)]])
  }

  @Test func `takes a session that lies in two places once`() async throws {
    let work = try await imported([
      "a.json": Self.document(Self.prompt, Self.called),
      "b.jsonl": Self.log(Self.head, Self.prompt, Self.called, Self.answer),
    ])
    #expect(
      try work.rows("SELECT total_messages, total_output_tokens FROM conversations")
        == [[.integer(3), .integer(19)]])
  }

  @Test func `links a sub-agent to its parent`() async throws {
    let child = "99999999-2222-4333-8444-555555555555"
    let started = Self.message(
      "m2", "gemini", #""toolCalls":[{"id":"c1","name":"explore","agentId":"\#(child)"}]"#)
    let work = try await imported([
      "\(Self.chats)/s.jsonl": Self.log(Self.head, Self.prompt, started),
      "\(Self.chats)/\(Self.id)/\(child).jsonl": Self.log(
        #"{"sessionId":"\#(child)","projectHash":"0a1b","kind":"subagent"}"#, Self.answer),
    ])
    #expect(
      try work.rows(
        """
        SELECT p.session_id, t.tool_name FROM conversations c
        JOIN conversations p ON p.conversation_id = c.parent_conversation_id
        JOIN tool_calls t ON t.tool_call_id = c.parent_tool_call_id WHERE c.is_sidechain
        """) == [[.text(Self.id), .text("explore")]])
  }

  @Test func `names a log without a first line by its first message`() async throws {
    let lines = Self.log(Self.prompt, Self.called)
    let work = try await imported(["a.jsonl": lines, "b/c.jsonl": lines])
    #expect(try work.texts("SELECT session_id FROM conversations") == ["of-message-m1"])
    #expect(
      try work.number("SELECT count(*) FROM catchment.raw_records WHERE outcome = 'duplicate'") == 2
    )
  }

  @Test func `keeps odd values without a crash`() async throws {
    let work = try await imported([
      "a.jsonl": Self.log(
        #"{"sessionId":7,"projectHash":"x","messages":{"a":1},"directories":"no"}"#,
        #"{"id":5,"type":"gemini","content":{"text":3},"tokens":[1],"toolCalls":[1,{"name":2}]}"#,
        #"{"id":"x","type":"poem","content":[null,4,["a"]],"timestamp":-1}"#, "[]", "3",
        #"{"$set":3}"#, #"{"$rewindTo":{}}"#, #"{"other":1}"#)
    ])
    #expect(
      try work.texts(
        "SELECT issue FROM catchment.raw_records WHERE issue IS NOT NULL ORDER BY line") == [
          "unknown_type", "not_an_object", "not_an_object", "unknown_type",
        ])
  }

  @Test(arguments: UInt64(1)...2) func `loses nothing of damaged files`(seed: UInt64) async throws {
    let log = Self.log(Self.head, Self.prompt, Self.calling, Self.called, Self.answer)
    var files: [(name: String, bytes: [UInt8])] = [
      ("a.jsonl", Array(log.utf8)),
      ("b.json", Array(Self.document(Self.prompt, Self.called).utf8)),
    ]
    for suffix in ["json", "jsonl"] {
      for file in Samples.files(in: "gemini_cli", extension: suffix) {
        let data = try Data(contentsOf: file)
        files.append((file.lastPathComponent, Array(data)))
      }
    }
    try await DamagedFiles(source: GeminiCLISource(), originals: files).check(
      copies: 150, seed: seed)
  }
}

@Suite(.enabled(if: Samples.has("ORACLES.tsv"), "no samples: set CATCHMENT_SAMPLES"))
struct `A sample of Gemini CLI` {
  @Test(arguments: Oracle.of("gemini_cli"))
  func `comes to the counts of the oracle`(oracle: Oracle) async throws {
    let work = try Workspace(GeminiCLISource())
    let report = try await work.importAll([Samples.path(oracle.file)])
    #expect(report.records.isConserved)
    let types = try work.rows(
      """
      SELECT CASE role WHEN 'assistant' THEN 'gemini' WHEN 'user' THEN 'user'
        ELSE metadata->>'subtype' END, count(*) FROM messages GROUP BY 1
      """)
    #expect(Self.counts(types) == (try oracle.counts("messages_by_type")))
    let calls = try work.rows(
      """
      SELECT CASE is_error WHEN false THEN 'success' WHEN true THEN
        if(exit_code IS NOT NULL, 'success', 'error') ELSE 'None' END, count(*)
      FROM tool_calls GROUP BY 1
      """)
    #expect(Self.counts(calls) == (try oracle.counts("tool_calls_by_status")))
    let sums = try oracle.counts("sum_tokens") ?? [:]
    let columns = [
      (
        "sum(input_tokens) + sum(cache_read_tokens)",
        sums["input", default: 0] + sums["tool", default: 0]
      ),
      ("sum(cache_read_tokens)", sums["cached", default: 0]),
      ("sum(output_tokens)", sums["output", default: 0] + sums["thoughts", default: 0]),
      ("sum(reasoning_tokens)", sums["thoughts", default: 0]),
    ]
    for (sum, expected) in columns {
      #expect(
        try work.number("SELECT coalesce(\(sum), 0)::BIGINT FROM messages") == expected, "\(sum)")
    }
  }

  private static func counts(_ rows: [[Value]]) -> [String: Int] {
    Dictionary(
      rows.compactMap { row in
        row[0].text.flatMap { name in row[1].int64.map { (name, Int($0)) } }
      }, uniquingKeysWith: +)
  }
}
