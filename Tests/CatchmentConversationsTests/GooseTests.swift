import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import Testing

@Suite struct `The Goose source` {
  private static let head =
    #"{"working_dir":"/w","description":"List it","message_count":4,"accumulated_input_tokens":900,"accumulated_output_tokens":30}"#
    + "\n"
  private static let prompt =
    #"{"role":"user","created":1750000000,"content":[{"type":"text","text":"list it"}]}"# + "\n"
  private static let call =
    #"{"id":"m2","role":"assistant","created":1750000002,"content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"I look."},{"type":"toolRequest","id":"c1","toolCall":{"status":"success","value":{"name":"developer__shell","arguments":{"command":"ls"}}}},{"type":"toolRequest","id":"c2","toolCall":{"status":"error","error":"no such tool"}}]}"#
    + "\n"
  private static let result =
    #"{"role":"user","created":1750000003,"content":[{"type":"toolResponse","id":"c1","toolResult":{"status":"success","value":[{"type":"text","text":"a.txt"}]}}]}"#
    + "\n"

  @Test func `keeps the source contract`() async throws {
    let name = "goose/sessions/20250615_1.jsonl"
    let start = Self.head + Self.prompt
    try await SourceContract(
      source: GooseSource(),
      steps: [
        [name: start + #"{"role":"assis"#], [name: start + Self.call],
        [name: start + Self.call + Self.result + "not json\n"],
        ["goose/sessions/20250615_2.jsonl": Self.prompt],
      ]
    ).check()
  }

  @Test func `reads a file of lines, with its calls and what came back`() async throws {
    let work = try Workspace(GooseSource())
    try work.files.write(
      Self.head + Self.prompt + Self.call + Self.result, to: "goose/sessions/20250615_1.jsonl")
    #expect(try await work.importAll().records.isConserved)
    #expect(
      try work.texts(
        """
        SELECT concat_ws('|', session_id, title, workspace_path, total_messages, total_input_tokens,
          total_output_tokens, epoch_ms(created_at)) FROM conversations
        """) == ["20250615_1|List it|/w|3|900|30|1750000000000"])
    #expect(
      try work.texts("SELECT kind FROM messages ORDER BY sequence_number")
        == ["prompt", "response", "tool_result"])
    #expect(
      try work.texts(
        """
        SELECT concat_ws('|', tool_name, tool_input->>'command', coalesce(
          tool_output->>'$[0].text', tool_output->>'$'), is_error) FROM tool_calls ORDER BY native_id
        """) == ["developer__shell|ls|a.txt", "unknown|no such tool|true"])
  }

  // MARK: The database

  private static let schema = """
    CREATE TABLE sessions (id TEXT PRIMARY KEY, name TEXT, description TEXT, session_type TEXT,
      working_dir TEXT, created_at TIMESTAMP, updated_at TIMESTAMP, accumulated_input_tokens INTEGER,
      accumulated_output_tokens INTEGER, accumulated_cache_read_tokens INTEGER,
      accumulated_cache_write_tokens INTEGER, accumulated_cost REAL, model_config_json TEXT,
      parent_session_id TEXT);
    CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, message_id TEXT, session_id TEXT,
      role TEXT, content_json TEXT, created_timestamp INTEGER, metadata_json TEXT);

    """

  private static func session(_ id: String, parent: String = "NULL") -> String {
    """
    INSERT INTO sessions VALUES ('\(id)', 'A name', '', 'user', '/w', '2026-03-01 09:00:00',
      '2026-03-01 09:01:05', 1000, 40, 600, 100, 0.25, '{"model_name":"sonnet"}', \(parent));

    """
  }

  private static func message(
    _ id: String, _ role: String, _ text: String, in session: String = "s1",
    _ metadata: String = "{}"
  ) -> String {
    """
    INSERT INTO messages (message_id, session_id, role, content_json, created_timestamp, metadata_json)
    VALUES ('\(id)', '\(session)', '\(role)', '[{"type":"text","text":"\(text)"}]', 1772355600,
      '\(metadata)');

    """
  }

  private static let talk =
    schema + session("s1") + session("s2", parent: "'s1'") + message("a", "user", "one")
    + message(
      "b", "assistant", "two", #"{"userVisible":true,"inference":{"requestedModel":"opus"}}"#)
    + message("c", "user", "within", in: "s2", #"{"userVisible":false,"agentVisible":true}"#)

  @Test func `reads the database, and its sub-agents' sessions`() async throws {
    let work = try Workspace(GooseSource())
    try writeDatabase("\(work.files.path)/sessions.db", Self.talk)
    #expect(try await work.importAll().records.isConserved)
    #expect(
      try work.texts(
        """
        SELECT concat_ws('|', c.session_id, c.title, p.session_id, c.model, c.total_input_tokens,
          c.total_cache_read_tokens, c.total_cache_write_tokens, c.total_cost,
          epoch_ms(c.updated_at), c.is_sidechain)
        FROM conversations c LEFT JOIN conversations p ON p.conversation_id = c.parent_conversation_id
        ORDER BY c.session_id
        """) == [
          "s1|A name|sonnet|300|600|100|0.25|1772355665000|false",
          "s2|A name|s1|sonnet|300|600|100|0.25|1772355665000|true",
        ])
    #expect(
      try work.texts(
        "SELECT concat_ws('|', content->>'$[0].text', model, is_meta) FROM messages ORDER BY 1")
        == ["one|false", "two|opus|false", "within|true"])
  }

  @Test func `tells a message once that was written anew, and each of two under one name`()
    async throws
  {
    let work = try Workspace(GooseSource())
    let path = "\(work.files.path)/sessions.db"
    try writeDatabase(path, Self.talk)
    try await work.importAll()
    try writeDatabase(
      path,
      "DELETE FROM messages WHERE session_id = 's1';\n" + Self.message("a", "user", "one")
        + Self.message("b", "assistant", "two") + Self.message("b", "assistant", "and more"))
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    #expect(
      try work.texts("SELECT content->>'$[0].text' FROM messages ORDER BY 1")
        == ["and more", "one", "two", "within"])
    let before = try work.checksums()
    try await work.rebuild()
    #expect(try work.checksums() == before)
  }

  @Test func `takes a session's file for a copy when the database has it`() async throws {
    let work = try Workspace(GooseSource())
    try work.files.write(Self.head + Self.prompt, to: "goose/sessions/s1.jsonl")
    try await work.importAll()
    try writeDatabase("\(work.files.path)/goose/sessions/sessions.db", Self.talk)
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    #expect(try work.number("SELECT count(*) FROM messages") == 3)
    let copies = "SELECT count(*) FROM catchment.raw_records WHERE outcome = 'duplicate'"
    #expect(try work.number(copies) == 2)
  }
}
