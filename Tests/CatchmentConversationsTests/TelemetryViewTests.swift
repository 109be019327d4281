import Catchment
import CatchmentConversations
import DuckDB
import Testing

@Suite struct `Telemetry of turns, edits and tools` {
  private let connection: Connection
  private let conversation = "'00000000-0000-4000-8000-00000000000a'::UUID"

  init() throws {
    connection = try Database().connect()
    for table in ConversationTables.all {
      let columns = table.columns.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
      try connection.execute("CREATE TABLE \(table.name) (\(columns))")
    }
    try connection.execute(
      "CREATE TABLE conversation_duplicates (duplicate_id UUID, is_set_aside BOOLEAN)")
  }

  private func texts(_ query: String) throws -> [String] {
    try connection.query("\(ConversationViews.shipped.asCommonTables)\n\(query)").rows()
      .map { row in row.map { $0.isNull ? "NULL" : $0.description }.joined(separator: " ") }
  }

  private func converse(_ platform: String = "claude_code") throws {
    try connection.execute(
      """
      INSERT INTO conversations (conversation_id, platform, is_sidechain, workspace_path)
      VALUES (\(conversation), '\(platform)', false, '/work')
      """)
  }

  private func id(_ number: Int) -> String {
    "'00000000-0000-4000-8000-0000000000\(number + 10)'::UUID"
  }

  private func time(_ second: Int) -> String {
    "make_timestamptz(1772359200000000 + \(second)000000)"
  }

  /// A message at the second of its number.
  private func say(
    _ number: Int, _ kind: String, role: String = "assistant", model: String? = nil,
    output: Int? = nil, stop: String? = nil, metadata: String = "{}"
  ) throws {
    try connection.execute(
      """
      INSERT INTO messages (message_id, conversation_id, sequence_number, role, kind, timestamp,
        model, input_tokens, output_tokens, stop_reason, metadata, content)
      VALUES (\(id(number)), \(conversation), \(number), '\(role)', '\(kind)', \(time(number)),
        \(model.map(SQL.literal) ?? "NULL"), \(output == nil ? "NULL" : "0"),
        \(output.map(String.init) ?? "NULL"), \(stop.map(SQL.literal) ?? "NULL"),
        \(SQL.literal(metadata)), '[{"type":"text","text":"message \(number)"}]')
      """)
  }

  private func call(
    _ second: Int, _ tool: String, _ input: String, fails: Bool = false, message: Int = 0
  ) throws {
    try connection.execute(
      """
      INSERT INTO tool_calls (tool_call_id, message_id, conversation_id, tool_name, tool_input,
        tool_output, is_error, timestamp, duration_ms)
      VALUES (\(id(second)), \(id(message)), \(conversation), '\(tool)', \(SQL.literal(input)),
        '"x"', \(fails), \(time(second)), \(second * 10))
      """)
  }

  // MARK: Turns

  @Test func `a turn is a prompt with all until the next`() throws {
    try converse()
    try say(1, "system", role: "system")
    try say(2, "prompt", role: "user")
    try say(3, "response", model: "claude-sonnet-4-5", output: 10)
    try call(3, "Bash", #"{"command":"ls"}"#, fails: true, message: 3)
    try say(5, "response", model: "claude-sonnet-4-5", output: 30)
    try call(5, "Edit", #"{"file_path":"a"}"#, message: 5)
    try say(9, "prompt", role: "user")
    try say(10, "response", model: "beans-1", output: 1)
    try say(11, "response", model: "claude-sonnet-4-5", output: 1)
    #expect(
      try texts(
        """
        SELECT turn, model, work, responses, tool_calls, tool_errors, output_tokens, active_ms,
          round(cost * 1e6)::INTEGER, is_interrupted FROM turns ORDER BY turn
        """) == [
          "1 claude-sonnet-4-5 change 2 2 1 40 4000 600 false",
          "2 NULL talk 2 0 0 2 6000 NULL false",
        ])
  }

  struct Mark: CustomTestStringConvertible {
    var platform: String
    var kind = "response"
    var stop: String?
    var metadata = "{}"
    var mark: String?
    var testDescription: String { "\(platform) \(kind) \(stop ?? "") \(metadata)" }
  }

  @Test(arguments: [
    Mark(platform: "claude_code", kind: "interruption", mark: "message"),
    Mark(platform: "claude_code", stop: "end_turn"),
    Mark(platform: "codex", stop: "interrupted", mark: "interrupted"),
    Mark(platform: "codex", stop: "review_ended"),
    Mark(platform: "copilot", stop: "cancelled", mark: "cancelled"),
    Mark(platform: "copilot", stop: "user initiated", mark: "user initiated"),
    Mark(platform: "copilot", stop: "error"),
    Mark(
      platform: "cline", metadata: #"{"cancel_reason":"user_cancelled"}"#, mark: "user_cancelled"),
    Mark(platform: "roo_code", metadata: #"{"cancel_reason":"streaming_failed"}"#),
    Mark(platform: "opencode", stop: "stop"),
  ])
  func `an interrupted turn is told by the platform's mark`(_ mark: Mark) throws {
    try converse(mark.platform)
    try say(2, "prompt", role: "user")
    try say(3, "response", model: "claude-sonnet-4-5", output: 10)
    try say(
      4, mark.kind, role: mark.kind == "response" ? "assistant" : "user", stop: mark.stop,
      metadata: mark.metadata)
    try say(5, "prompt", role: "user")
    try say(6, "response", model: "claude-sonnet-4-5", output: 1)
    #expect(
      try texts("SELECT turn, mark, output_tokens FROM interrupted_turns")
        == (mark.mark.map { ["1 \($0) 10"] } ?? []))
    #expect(
      try texts("SELECT is_interrupted FROM turns ORDER BY turn")
        == ["\(mark.mark != nil)", "false"])
  }

  @Test func `models are compared at like work only`() throws {
    try converse()
    for (turn, model) in ["m-1", "m-2", "m-1", "m-3"].enumerated() {
      try say(turn * 10 + 1, "prompt", role: "user")
      try say(turn * 10 + 2, "response", model: model, output: 10 * (turn + 1))
      // The last is the only one at its work.
      if turn == 3 { try call(60, "Bash", "{}", message: 32) }
    }
    #expect(
      try texts(
        """
        SELECT work, size, model, turns, output_tokens, models, is_few FROM model_comparison
        ORDER BY ALL
        """) == [
          "run 1-3 m-3 1 40.0 1 true", "talk 0 m-1 2 20.0 2 true", "talk 0 m-2 1 20.0 2 true",
        ])
  }

  // MARK: Edits

  private func undone() throws -> [String] {
    try texts(
      """
      SELECT path, undone_by, epoch(undone_at - timestamp)::INTEGER FROM undone_edits
      ORDER BY timestamp, path
      """)
  }

  @Test(arguments: [
    ("Edit", "file_path", "old_string", "new_string"),
    ("replace_string_in_file", "filePath", "oldString", "newString"),
    ("Edit", "path", "oldText", "newText"), ("editor", "path", "old_text", "new_text"),
  ])
  func `an edit is undone by one that puts the old text back`(
    tool: String, path: String, old: String, new: String
  ) throws {
    try converse()
    func edit(_ second: Int, _ file: String, _ from: String, _ to: String) throws {
      try call(second, tool, #"{"\#(path)":"\#(file)","\#(old)":"\#(from)","\#(new)":"\#(to)"}"#)
    }
    try edit(1, "a.c", "one", "two")
    try edit(2, "b.c", "one", "two")
    try edit(3, "b.c", "two", "three")
    try edit(4, "a.c", "is two here", "is one here")
    try edit(5, "c.c", "x", "x and more")
    try edit(6, "c.c", "x and more", "x and less")
    #expect(try undone() == ["a.c edit 3"])
  }

  @Test func `a failed edit neither undoes nor is undone`() throws {
    try converse()
    try call(1, "Edit", #"{"file_path":"a","old_string":"1","new_string":"2"}"#, fails: true)
    try call(2, "Edit", #"{"file_path":"a","old_string":"2","new_string":"1"}"#)
    try call(3, "Edit", #"{"file_path":"a","old_string":"1","new_string":"2"}"#, fails: true)
    #expect(try undone().isEmpty)
  }

  @Test func `a file written as it was before undoes what lay between`() throws {
    try converse()
    for (second, content) in [(1, "A"), (2, "B"), (3, "A")] {
      try call(second, "Write", #"{"file_path":"a","content":"\#(content)"}"#)
    }
    #expect(try undone() == ["a edit 1"])
  }

  @Test func `edits of one call are told apart, and patches by their places`() throws {
    try converse()
    try call(
      1, "MultiEdit",
      #"{"file_path":"a","edits":[{"old_string":"1","new_string":"2"},{"old_string":"5","new_string":"6"}]}"#
    )
    try call(2, "Edit", #"{"file_path":"a","old_string":"6","new_string":"5"}"#)
    let patch =
      #"*** Begin Patch\n*** Update File: b\n@@\n ctx\n-old\n+new\n*** Update File: d\n@@\n-p\n+q\n*** End Patch"#
    try call(3, "apply_patch", #"{"input":"\#(patch)"}"#)
    let back = #"*** Begin Patch\n*** Update File: b\n@@\n-new\n+old\n*** End Patch"#
    try call(7, "shell", #"{"command":["apply_patch","\#(back)"]}"#)
    #expect(try undone() == ["a edit 1", "b edit 4"])
  }

  @Test(arguments: [
    ("git checkout -- src/a.c", ["src/a.c git checkout 8"]),
    ("cd x && git restore src/a.c", ["src/a.c git restore 8"]),
    ("git restore --staged src/a.c", []), ("git checkout main", []),
    ("git checkout .", ["src/a.c git checkout 8", "b.c git checkout 7"]),
    ("git reset --hard HEAD", ["src/a.c git reset 8", "b.c git reset 7"]),
    ("git status; echo a.c", []), ("git revert HEAD", []),
    ("git commit -am 'revert b.c'", []),
    ("git -C /x checkout -- src/a.c", ["src/a.c git checkout 8"]),
  ])
  func `git takes back what was not committed`(command: String, expected: [String]) throws {
    try converse()
    try call(1, "Edit", #"{"file_path":"src/a.c","old_string":"1","new_string":"2"}"#)
    try call(2, "Edit", #"{"file_path":"b.c","old_string":"1","new_string":"2"}"#)
    try call(9, "Bash", #"{"command":"\#(command)"}"#)
    #expect(try undone() == expected)
  }

  @Test func `a commit keeps an edit from a checkout, and a revert takes the last commit's back`()
    throws
  {
    try converse()
    try call(1, "Edit", #"{"file_path":"a","old_string":"1","new_string":"2"}"#)
    try call(2, "Bash", #"{"command":"git commit -am one"}"#)
    try call(3, "Edit", #"{"file_path":"b","old_string":"1","new_string":"2"}"#)
    try call(4, "Bash", #"{"command":"git commit -am two"}"#)
    try call(5, "Bash", #"{"command":"git checkout ."}"#)
    #expect(try undone().isEmpty)
    try call(6, "Bash", #"{"command":"git revert --no-edit HEAD"}"#)
    #expect(try undone() == ["b git revert 3"])
  }

  // MARK: Tools

  @Test func `a retry repeats a call that failed`() throws {
    try converse()
    try call(1, "Bash", #"{"command":"make"}"#, fails: true)
    try call(2, "Bash", #"{"command":"ls"}"#)
    try call(3, "Bash", #"{"command":"make"}"#, fails: true)
    try call(4, "Bash", #"{"command":"make"}"#)
    try call(5, "Bash", #"{"command":"make"}"#)
    #expect(try texts("SELECT calls, errors, retries, longest_ms FROM tool_stats") == ["5 2 2 50"])
    #expect(
      try texts("SELECT tool_input, errors, calls, error_rate FROM failing_calls")
        == [#"{"command":"make"} 2 4 0.5"#])
  }

  @Test func `context grows response by response`() throws {
    try converse()
    try say(1, "prompt", role: "user")
    try say(2, "response", output: 5)
    try connection.execute(
      "UPDATE messages SET input_tokens = 7, cache_read_tokens = 3 WHERE kind = 'response'")
    try say(3, "response", output: 5)
    #expect(
      try texts("SELECT first_tokens, largest_tokens, last_tokens, contexts FROM context_growth")
        == ["10 10 0 [10, 0]"])
  }
}
