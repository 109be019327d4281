import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Foundation
import Testing

@Suite struct `The Codex source` {
  private static let first = "01900000-0000-7000-8000-00000000000a"
  private static let second = "01900000-0000-7000-8000-00000000000b"
  private static let third = "01900000-0000-7000-8000-00000000000c"

  private static func name(_ id: String) -> String {
    "sessions/2026/03/01/rollout-2026-03-01T10-00-00-\(id).jsonl"
  }

  private static var original: CodexRollout {
    var rollout = CodexRollout(first)
    rollout.turn("t1")
    rollout.user("fix the test")
    rollout.call("call_1", output: #""Exit code: 1\nWall time: 0.5 seconds\nOutput:\nno""#)
    rollout.tokens(100, 40, 10)
    rollout.turn("t2")
    rollout.answer("done")
    rollout.tokens(120, 100, 5)
    return rollout
  }

  private static func fork(_ id: String = second, start: Int = 300) -> CodexRollout {
    var fork = CodexRollout(
      id, meta: #""forked_from_id":"\#(first)","cwd":"/work""#, start: start)
    fork.replay(original)
    fork.turn("\(id)-t3")
    fork.user("another way")
    fork.answer("yes")
    fork.tokens(200, 150, 20)
    return fork
  }

  private func imported(_ files: [String: String]) async throws -> Workspace {
    let work = try Workspace(CodexSource())
    for (name, text) in files { try work.files.write(text, to: name) }
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    return work
  }

  private func tokens(_ work: Workspace) throws -> [[Value]] {
    try work.rows(
      """
      SELECT session_id, total_input_tokens, total_cache_read_tokens, total_output_tokens
      FROM conversations ORDER BY 1
      """)
  }

  @Test func `keeps the source contract`() async throws {
    var grown = Self.original
    grown.user("and now?")
    grown.answer("it passes")
    grown.tokens(10, 0, 1)
    let name = Self.name(Self.first)
    let steps = [
      [name: Self.original.text + #"{"timestamp":"2026-03-01T10:05"#],
      [name: grown.text],
      [Self.name(Self.second): Self.fork().text],
      ["archived_sessions/rollout-2026-03-01T10-00-00-\(Self.first).jsonl": grown.text],
      [Self.name(Self.third): Self.original.text.prefix(900) + "\nnot json\n[1]\n"],
    ]
    try await SourceContract(source: CodexSource(), steps: steps).check()
  }

  @Test func `keeps what a file no longer says`() async throws {
    let whole = Self.original
    let work = try await imported(["rollout.jsonl": whole.text])
    let before = try tokens(work)
    let later = whole.lines.prefix(1) + whole.lines.suffix(3)
    try work.files.write(later.map { $0 + "\n" }.joined(), to: "rollout.jsonl")
    #expect(try await work.importAll().records.isConserved)
    #expect(try tokens(work) == before)
    #expect(try work.number("SELECT count(*) FROM messages") == 4)
  }

  // MARK: What is told more than once

  @Test func `takes one of the copies of each text`() async throws {
    var rollout = CodexRollout(Self.first)
    rollout.turn("t1")
    rollout.user("yes")
    rollout.event("agent_reasoning", #""text":"thinking""#)
    rollout.item("reasoning", #""summary":[{"type":"summary_text","text":"thinking"}]"#)
    rollout.event(
      "item_completed", #""item":{"type":"AgentMessage","content":[{"type":"Text","text":"hi"}]}"#)
    rollout.answer("hi")
    rollout.user("yes")
    rollout.answer("hi")
    let work = try await imported([Self.name(Self.first): rollout.text])
    #expect(
      try work.texts("SELECT role || content::VARCHAR FROM messages ORDER BY sequence_number") == [
        #"user[{"type":"text","text":"yes"}]"#,
        #"assistant[{"type":"thinking","thinking":"thinking"},{"type":"text","text":"hi"}]"#,
        #"user[{"type":"text","text":"yes"}]"#, #"assistant[{"type":"text","text":"hi"}]"#,
      ])
    #expect(
      try work.number("SELECT count(*) FROM catchment.raw_records WHERE outcome = 'duplicate'") == 6
    )
  }

  @Test func `reads events alone where there are no items`() async throws {
    var rollout = CodexRollout(Self.first)
    rollout.event("user_message", #""message":"review""#)
    rollout.event("agent_message", #""message":"fine""#)
    let work = try await imported([Self.name(Self.first): rollout.text])
    #expect(
      try work.texts("SELECT kind FROM messages ORDER BY sequence_number") == [
        "prompt", "response",
      ])
  }

  // MARK: Tokens

  @Test func `leaves out repeated counters and goes on after a reset`() async throws {
    var rollout = Self.original
    rollout.repeatTokens()
    rollout.repeatTokens()
    rollout.resetTokens()
    rollout.turn("t3")
    rollout.answer("again")
    rollout.tokens(50, 0, 3)
    let work = try await imported([Self.name(Self.first): rollout.text])
    #expect(
      try tokens(work) == [[.text(Self.first), .integer(130), .integer(140), .integer(18)]])
  }

  @Test func `takes records of responses before counters`() async throws {
    var rollout = CodexRollout(Self.first)
    rollout.turn("t1")
    rollout.user("go")
    rollout.call("call_1")
    rollout.usageRecord("resp_1", 100, 60, 7)
    rollout.result("call_1", #""fine""#)
    rollout.tokens(100, 60, 7)
    rollout.answer("done")
    rollout.usageRecord("resp_1", 110, 100, 3)
    rollout.tokens(110, 100, 3)
    rollout.usageRecord("resp_compaction", 30, 0, 2)
    let work = try await imported([Self.name(Self.first): rollout.text])
    #expect(
      try tokens(work) == [[.text(Self.first), .integer(80), .integer(160), .integer(12)]])
    #expect(
      try work.rows(
        """
        SELECT response_id, output_tokens FROM messages WHERE role = 'assistant'
        ORDER BY sequence_number
        """) == [
          [.text("resp_1"), .integer(7)], [.text("resp_1"), .integer(3)],
          [.text("resp_compaction"), .integer(2)],
        ])
  }

  @Test func `does not count what is not stated`() async throws {
    var rollout = CodexRollout(Self.first)
    rollout.user("go")
    rollout.event("token_count", #""info":null"#)
    rollout.answer("done")
    let work = try await imported([Self.name(Self.first): rollout.text])
    #expect(try tokens(work) == [[.text(Self.first), .null, .null, .null]])
  }

  // MARK: Forks and sub-agents

  @Test(arguments: [["a", "b"], ["b", "a"]])
  func `counts a fork's own records alone, whichever comes first`(order: [String]) async throws {
    let files = ["a": Self.original.text, "b": Self.fork().text]
    let work = try Workspace(CodexSource())
    for name in order {
      try work.files.write(files[name] ?? "", to: "\(name).jsonl")
      try await work.importAll()
    }
    #expect(
      try tokens(work) == [
        [.text(Self.first), .integer(80), .integer(140), .integer(15)],
        [.text(Self.second), .integer(50), .integer(150), .integer(20)],
      ])
    #expect(
      try work.texts(
        """
        SELECT p.session_id FROM conversations c
        LEFT JOIN conversations p ON p.conversation_id = c.parent_conversation_id
        ORDER BY c.session_id
        """) == [nil, Self.first])
    #expect(try work.number("SELECT count(*) FROM messages WHERE kind = 'prompt'") == 2)
  }

  @Test func `keeps a fork's copy once while its original is missing`() async throws {
    let forks = [Self.fork(), Self.fork(Self.third, start: 600)]
    let work = try Workspace(CodexSource())
    for fork in forks { try work.files.write(fork.text, to: Self.name(fork.id)) }
    try await work.importAll()
    #expect(try work.number("SELECT sum(total_output_tokens)::BIGINT FROM conversations") == 55)
    #expect(
      try work.number(
        """
        SELECT count(*) FROM conversations WHERE platform_metadata->>'lineage' = 'unresolved'
        """) == 1)
    try work.files.write(Self.original.text, to: Self.name(Self.first))
    try await work.importAll()
    #expect(try work.number("SELECT sum(total_output_tokens)::BIGINT FROM conversations") == 55)
    #expect(
      try work.number(
        """
        SELECT count(*) FROM conversations WHERE platform_metadata->>'lineage' = 'unresolved'
        """) == 0)
  }

  @Test func `links a sub-agent to the call that started it`() async throws {
    var parent = CodexRollout(Self.first)
    parent.user("look around")
    parent.call(
      "call_1", "spawn_agent", output: #""{\"agent_id\":\"\#(Self.second)\"}""#)
    parent.event(
      "item_completed",
      #""item":{"type":"SubAgentActivity","id":"call_1","kind":"started","#
        + #""agent_thread_id":"\#(Self.second)"}"#)
    var agent = CodexRollout(
      Self.second,
      meta: #""source":{"subagent":{"thread_spawn":{"parent_thread_id":"\#(Self.first)"}}},"#
        + #""subagent_history_start_ordinal":9"#)
    agent.raw(
      #"{"ordinal":3,"type":"response_item","payload":{"type":"message","role":"user","#
        + #""content":[{"type":"input_text","text":"look around"}]}}"#)
    agent.raw(
      #"{"ordinal":9,"type":"response_item","payload":{"type":"message","role":"assistant","#
        + #""content":[{"type":"output_text","text":"found"}]}}"#)
    let work = try await imported([
      Self.name(Self.first): parent.text, Self.name(Self.second): agent.text,
    ])
    #expect(
      try work.rows(
        """
        SELECT c.is_sidechain, c.total_messages, t.tool_name FROM conversations c
        JOIN tool_calls t ON t.tool_call_id = c.parent_tool_call_id
        WHERE c.session_id = '\(Self.second)'
        """) == [[.boolean(true), .integer(1), .text("spawn_agent")]])
  }

  @Test func `takes a thread that lies in two places once, however it is compressed`() async throws
  {
    let whole = Self.original
    let part = whole.lines.prefix(6).map { $0 + "\n" }.joined()
    let work = try await imported([
      Self.name(Self.first): part, "archived_sessions/rollout-\(Self.first).jsonl": whole.text,
    ])
    #expect(
      try tokens(work) == [[.text(Self.first), .integer(80), .integer(140), .integer(15)]])
    let alone = try await imported(["other.jsonl": whole.text])
    #expect(
      try work.texts("SELECT message_id::VARCHAR FROM messages ORDER BY 1")
        == alone.texts("SELECT message_id::VARCHAR FROM messages ORDER BY 1"))
  }

  // MARK: Calls

  @Test(arguments: [
    (#""Exit code: 2\nWall time: 1.5 seconds\nOutput:\nx""#, 2, 1_500),
    (#""Chunk ID: a\nWall time: 0.25 seconds\nProcess exited with code 0\nOutput:\nx""#, 0, 250),
    (#""{\"output\":\"x\",\"metadata\":{\"exit_code\":-1,\"duration_seconds\":0.3}}""#, -1, 300),
    (#""failed in sandbox X with execution error: denied, exit code: 7, stdout: ""#, 7, 0),
    (#"[{"type":"input_text","text":"Exit code: 3\nWall time: 2 seconds\nOutput:\n"}]"#, 3, 2_000),
    (##"{"content":"Exit code: 4\nWall time: 2 seconds\nOutput:\n","success":false}"##, 4, 2_000),
  ])
  func `finds exit codes and durations in outputs`(
    output: String, code: Int, milliseconds: Int
  ) async throws {
    var rollout = CodexRollout(Self.first)
    rollout.call("call_1", output: output)
    let work = try await imported([Self.name(Self.first): rollout.text])
    #expect(
      try work.rows(
        """
        SELECT exit_code, is_error, if(duration_source = 'reported', duration_ms, 0)
        FROM tool_calls
        """) == [[.integer(Int64(code)), .boolean(code != 0), .integer(Int64(milliseconds))]])
  }

  @Test func `tells calls apart that a server gave the same id`() async throws {
    var rollout = CodexRollout(Self.first)
    rollout.call("call_1", output: #""one""#)
    rollout.call("call_1", output: #""two""#)
    rollout.result("call_0", #""of no call""#)
    let work = try await imported([Self.name(Self.first): rollout.text])
    #expect(
      try work.texts("SELECT tool_output->>'$' FROM tool_calls ORDER BY timestamp") == [
        "one", "two",
      ])
    #expect(
      try work.number("SELECT count(*) FROM messages WHERE content::VARCHAR LIKE '%of no call%'")
        == 1)
  }

  // MARK: Turns

  @Test func `marks turns that were interrupted or rolled back, and compactions`() async throws {
    var rollout = Self.original
    rollout.record("compacted", #"{"message":"in short","replacement_history":[{"role":"user"}]}"#)
    rollout.user("more")
    rollout.answer("half")
    rollout.event("turn_aborted", #""reason":"interrupted""#)
    rollout.event("thread_rolled_back", #""num_turns":1"#)
    let work = try await imported([Self.name(Self.first): rollout.text])
    #expect(
      try work.texts("SELECT stop_reason FROM messages WHERE stop_reason IS NOT NULL")
        == ["interrupted"])
    #expect(
      try work.number("SELECT count(*) FROM messages WHERE metadata->>'rolled_back' = 'true'") == 2)
    #expect(
      try work.rows("SELECT text, len(covers_messages) FROM summaries")
        == [[.text("in short"), .integer(4)]])
  }

  // MARK: Other formats

  @Test func `reads the bare records of early 2025`() async throws {
    let lines = [
      #"{"id":"\#(Self.first)","timestamp":"2025-04-20T10:00:00Z","instructions":null,"git":{"branch":"x"}}"#,
      #"{"record_type":"state"}"#,
      #"{"type":"message","role":"user","content":[{"type":"input_text","text":"hello"}]}"#,
      #"{"type":"function_call","name":"shell","arguments":"{}","call_id":"c"}"#,
      #"{"type":"function_call_output","call_id":"c","output":"fine"}"#,
    ]
    let work = try await imported(["rollout-a.jsonl": lines.joined(separator: "\n") + "\n"])
    #expect(
      try work.rows(
        "SELECT session_id, git_branch, total_messages, total_tool_calls FROM conversations")
        == [[.text(Self.first), .text("x"), .integer(3), .integer(1)]])
  }

  @Test func `reads what exec prints, unless the rollout tells it`() async throws {
    let stream = """
      {"type":"thread.started","thread_id":"\(Self.first)"}
      {"type":"turn.started"}
      {"type":"item.started","item":{"id":"item_0","type":"command_execution","command":"ls"}}
      {"type":"item.completed","item":{"id":"item_0","type":"command_execution","command":"ls","aggregated_output":"a","exit_code":1,"status":"failed"}}
      {"type":"item.completed","item":{"id":"item_1","type":"agent_message","text":"done"}}
      {"type":"turn.completed","usage":{"input_tokens":30,"cached_input_tokens":10,"output_tokens":4}}

      """
    let alone = try await imported(["out.jsonl": stream])
    #expect(
      try tokens(alone) == [[.text(Self.first), .integer(20), .integer(10), .integer(4)]])
    #expect(try alone.number("SELECT exit_code FROM tool_calls WHERE is_error") == 1)
    let both = try await imported(["out.jsonl": stream, "rollout.jsonl": Self.original.text])
    #expect(
      try tokens(both) == [[.text(Self.first), .integer(80), .integer(140), .integer(15)]])
  }

  @Test func `is recognised by its contents`() {
    let source = CodexSource()
    let recognised = { (text: String, path: String) in
      Array(text.utf8).withUnsafeBytes { source.recognise($0, of: path) }
    }
    #expect(recognised(Self.original.text, "/x/notes.jsonl") == .certain)
    #expect(recognised(#"{"sessionId":"a","uuid":"b"}"#, "/x/a.jsonl") == .none)
    #expect(recognised("\u{FEFF}{", "/x/rollout-1.jsonl") == .none)
    let compressed: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0]
    compressed.withUnsafeBytes {
      #expect(source.recognise($0, of: "/x/rollout-1.jsonl.zst") == .certain)
      #expect(source.recognise($0, of: "/x/other.jsonl.zst") == .none)
    }
    #expect(!source.mayHold("/x/.codex/history.jsonl"))
  }

  // MARK: Hostile input

  @Test(arguments: UInt64(1)...2) func `loses nothing of damaged files`(seed: UInt64) async throws {
    var files = [Self.original, Self.fork(), Self.fork(Self.third)].map {
      (name: "rollout-2026-03-01T10-00-00-\($0.id).jsonl", bytes: Array($0.text.utf8))
    }
    for file in Samples.files(in: "codex", extension: "jsonl") {
      guard let data = FileManager.default.contents(atPath: file.path), data.count < 40_000 else {
        continue
      }
      files.append((file.lastPathComponent, Array(data)))
    }
    try await DamagedFiles(source: CodexSource(), originals: files).check(copies: 150, seed: seed)
  }
}
