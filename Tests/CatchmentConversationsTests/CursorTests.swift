import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Foundation
import Testing

@Suite struct `The Cursor source` {
  private static let transcript = """
    {"role":"user","message":{"content":[{"type":"text","text":"<user_query>\\nsay hi\\n</user_query>"}]}}
    {"role":"assistant","message":{"content":[{"type":"text","text":"hi"},{"type":"tool_use","name":"Shell","input":{"command":"ls"}}]}}

    """

  private static func row(_ key: String, _ value: String) -> String {
    "INSERT INTO cursorDiskKV VALUES ('\(key)', '\(value.replacing("'", with: "''"))');\n"
  }

  private static let schema = """
    CREATE TABLE ItemTable (key TEXT UNIQUE ON CONFLICT REPLACE, value BLOB);
    CREATE TABLE cursorDiskKV (key TEXT UNIQUE ON CONFLICT REPLACE, value BLOB);
    INSERT INTO ItemTable VALUES ('cursorAuth/accessToken', 'secret');
    INSERT INTO cursorDiskKV VALUES ('agentKv:1', '{"x":1}');

    """

  /// The bubbles' rows are not in the conversation's order, nor are their times.
  private static let conversation =
    row(
      "bubbleId:c1:b2",
      #"{"type":2,"text":"I will look.","createdAt":"2025-10-07T18:29:13.057Z","tokenCount":{"inputTokens":0,"outputTokens":0},"usageUuid":"u1"}"#
    )
    + row(
      "bubbleId:c1:b3",
      #"{"type":2,"text":"","createdAt":"2025-10-07T18:28:13Z","thinking":{"text":"hm"},"toolFormerData":{"tool":15,"name":"run_terminal_cmd","toolCallId":"call_1\nfc_1","status":"completed","rawArgs":"{\"command\":\"ls\"}","result":"{\"output\":\"none\",\"exitCodeV2\":2}"}}"#
    )
    + row(
      "bubbleId:c1:b1",
      #"{"type":1,"text":"list it","createdAt":"2025-10-07T18:28:55.045Z","modelInfo":{"modelName":"gpt-5"}}"#
    )
    + row("bubbleId:c1:b4", #"{"type":2,"text":"","thinking":{"text":""}}"#)
    + row(
      "composerData:c1",
      #"{"_v":10,"composerId":"c1","name":"Listing","createdAt":1759861723898,"lastUpdatedAt":1759863763312,"modelConfig":{"modelName":"default"},"subComposerIds":["c2"],"fullConversationHeadersOnly":[{"bubbleId":"b1","type":1},{"bubbleId":"b2","type":2},{"bubbleId":"b3","type":2},{"bubbleId":"b4","type":2}]}"#
    )
    + row(
      "composerData:c2",
      #"{"_v":3,"composerId":"c2","createdAt":1759861723898,"usageData":{"gpt-5":{"costInCents":50,"amount":1}},"conversation":[{"bubbleId":"x1","type":1,"text":"within"}]}"#
    )

  @Test func `keeps the source contract with transcripts`() async throws {
    let path = "p/agent-transcripts/a/a.jsonl"
    let line = "{\"role\":\"user\",\"message\":{\"content\":\"more\"}}\n"
    try await SourceContract(
      source: CursorSource(),
      steps: [
        [path: Self.transcript + "{\"role\":\"us"], [path: Self.transcript + line],
        ["p/agent-transcripts/a/subagents/b.jsonl": Self.transcript + "not json\n"],
      ]
    ).check()
  }

  @Test func `reads a conversation in its order, with its calls and models`() async throws {
    let work = try Workspace(CursorSource())
    try writeDatabase("\(work.files.path)/state.vscdb", Self.schema + Self.conversation)
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    #expect(report.records.read == 6)
    #expect(
      try work.texts(
        """
        SELECT concat_ws('|', role, messages.model, input_tokens, content->>'$[0].text')
        FROM messages JOIN conversations c USING (conversation_id)
        WHERE session_id = 'c1' ORDER BY sequence_number
        """) == ["user|list it", "assistant|gpt-5|I will look.", "assistant|gpt-5"])
    #expect(
      try work.texts(
        "SELECT concat_ws('|', tool_name, tool_input->>'command', exit_code, is_error) FROM tool_calls"
      )
        == ["run_terminal_cmd|ls|2|true"])
    #expect(
      try work.texts(
        """
        SELECT concat_ws('|', c.title, p.session_id, c.is_sidechain, c.total_cost)
        FROM conversations c LEFT JOIN conversations p ON p.conversation_id = c.parent_conversation_id
        ORDER BY c.session_id
        """) == ["Listing|false", "within|c1|true|0.5"])
  }

  @Test func `takes up rows that changed, and keeps what was deleted`() async throws {
    let work = try Workspace(CursorSource())
    let path = "\(work.files.path)/state.vscdb"
    try writeDatabase(path, Self.schema + Self.conversation)
    try await work.importAll()
    try writeDatabase(
      path,
      "DELETE FROM cursorDiskKV WHERE key = 'bubbleId:c1:b2';\n"
        + Self.row("bubbleId:c1:b4", #"{"type":2,"text":"All done."}"#))
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    #expect(
      try work.texts(
        """
        SELECT content->>'$[0].text' FROM messages JOIN conversations USING (conversation_id)
        WHERE session_id = 'c1' AND (content->>'$[0].type') = 'text' ORDER BY sequence_number
        """) == ["list it", "I will look.", "All done."])
  }

  @Test func `reads transcripts, and those of sub-agents, but not what the database has too`()
    async throws
  {
    let work = try Workspace(CursorSource())
    try work.files.write(Self.transcript, to: "p/agent-transcripts/a/a.jsonl")
    try work.files.write(Self.transcript, to: "p/agent-transcripts/a/subagents/b.jsonl")
    try work.files.write(Self.transcript, to: "p/agent-transcripts/c1/c1.jsonl")
    try writeDatabase("\(work.files.path)/state.vscdb", Self.schema + Self.conversation)
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    #expect(report.records.duplicate == 2)
    #expect(
      try work.texts(
        """
        SELECT concat_ws('|', c.session_id, p.session_id, c.title, c.total_tool_calls)
        FROM conversations c LEFT JOIN conversations p ON p.conversation_id = c.parent_conversation_id
        WHERE length(c.session_id) = 1 ORDER BY 1
        """) == ["a|say hi|1", "b|a|say hi|1"])
  }
}

@Suite(.enabled(if: Samples.has("cursor"), "no samples: set CATCHMENT_SAMPLES"))
struct `A sample of Cursor` {
  private static let database = "cursor/git-ai-project__git-ai/tests/fixtures/cursor_test.vscdb"

  /// Counted from the rows: of 42 bubbles 2 are prompts, 19 are calls, 11 more have text and 6 more
  /// thoughts; the other four are empty.
  @Test func `comes to what its rows hold`() async throws {
    let work = try Workspace(CursorSource())
    let report = try await work.importAll([Samples.path(Self.database)])
    #expect(report.records.isConserved)
    #expect(report.records.read == 43)
    #expect(try work.number("SELECT count(*) FROM messages") == 38)
    #expect(try work.number("SELECT count(*) FROM messages WHERE kind = 'prompt'") == 2)
    #expect(try work.number("SELECT count(*) FROM tool_calls") == 19)
    #expect(try work.texts("SELECT model FROM conversations") == ["gpt-5"])
    // The noughts of the other bubbles mean that the count is not known.
    #expect(
      try work.texts(
        "SELECT input_tokens || '/' || output_tokens FROM messages WHERE input_tokens IS NOT NULL ORDER BY 1"
      ) == ["23050/5947", "52228/1941"])
  }

  @Test func `imports with the transcript, and again without a change`() async throws {
    let work = try Workspace(CursorSource())
    let report = try await work.importAll([Samples.path("cursor")])
    #expect(report.records.isConserved)
    #expect(report.unitsCommitted == 2)
    let before = try work.checksums()
    #expect(try await work.importAll([Samples.path("cursor")]).records.read == 0)
    _ = try await Rebuild(home: work.home, sources: [work.source]).run()
    #expect(try work.checksums() == before)
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func `is conserved when rows are damaged`(seed: UInt64) async throws {
    try await DamagedRows(
      source: CursorSource(), name: "state.vscdb", database: Self.database,
      columns: [("cursorDiskKV", "value"), ("cursorDiskKV", "key")]
    ).check(copies: 12, seed: seed)
  }
}
