import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Testing

/// What the Claude Code reader makes of each thing that its format says.
@Suite struct `The Claude Code reader` {
  private static let session = "11111111-1111-4111-8111-111111111111"
  private static let name = "p/\(session).jsonl"

  private func work(_ files: [String: String]) async throws -> Workspace {
    let work = try Workspace(ClaudeCodeSource())
    for (name, text) in files { try work.files.write(text, to: name) }
    #expect(try await work.importAll().status == .done)
    return work
  }

  private func work(_ build: (inout Transcript) -> Void) async throws -> Workspace {
    var transcript = Transcript(session: Self.session)
    build(&transcript)
    return try await work([Self.name: transcript.text])
  }

  private func assistant(
    _ id: String, request: String? = nil, usage: String? = nil, content: String = "[]",
    stop: String = "null", model: String = "m", more: String = ""
  ) -> String {
    let request = request.map { #""requestId":"\#($0)","# } ?? ""
    let usage = usage.map { #","usage":\#($0)"# } ?? ""
    return request + more
      + #""message":{"id":"\#(id)","role":"assistant","model":"\#(model)","content":\#(content),"#
      + #""stop_reason":\#(stop)\#(usage)}"#
  }

  // MARK: Responses and usage

  @Test func `counts a streamed response once, with the greatest of each counter`() async throws {
    let work = try await work {
      $0.user("go")
      $0.record(
        "assistant",
        assistant(
          "msg_1", request: "r",
          usage:
            #"{"input_tokens":9,"output_tokens":5,"cache_read_input_tokens":1}"#))
      $0.record("progress", #""data":{"type":"hook_progress"}"#)
      $0.record(
        "assistant",
        assistant(
          "msg_1", request: "r",
          usage:
            #"{"input_tokens":3,"output_tokens":631,"cache_read_input_tokens":2,"#
            + #""cache_creation":{"ephemeral_1h_input_tokens":4},"#
            + #""output_tokens_details":{"thinking_tokens":6}}"#, stop: #""end_turn""#))
    }
    let rows = try work.rows(
      """
      SELECT input_tokens, output_tokens, cache_read_tokens, cache_write_tokens,
        cache_write_1h_tokens, reasoning_tokens, epoch(ended_at - timestamp)::BIGINT, stop_reason
      FROM messages WHERE role = 'assistant'
      """)
    #expect(
      rows == [
        [
          .integer(9), .integer(631), .integer(2), .null, .integer(4), .integer(6), .integer(2),
          .text("end_turn"),
        ]
      ])
    #expect(
      try work.texts("SELECT outcome FROM catchment.raw_records ORDER BY line")
        == ["loaded", "loaded", "filtered", "updated"])
  }

  @Test func `leaves usage that is not stated empty`() async throws {
    let work = try await work { $0.record("assistant", assistant("msg_1")) }
    let rows = try work.rows(
      "SELECT input_tokens, output_tokens, cost, cost_source FROM messages")
    #expect(rows == [[.null, .null, .null, .text("unknown")]])
    #expect(try work.rows("SELECT total_input_tokens FROM conversations") == [[.null]])
  }

  @Test func `tells responses apart that reuse one id`() async throws {
    let call = #"[{"type":"tool_use","id":"toolu_1","name":"Bash","input":{}}]"#
    let work = try await work {
      $0.user("go")
      $0.record(
        "assistant",
        assistant(
          "msg_1", usage: #"{"output_tokens":5}"#, content: call, stop: #""tool_use""#))
      $0.result(of: "toolu_1", "ok")
      $0.record("assistant", assistant("msg_1", usage: #"{"output_tokens":7}"#))
      $0.record(
        "assistant",
        assistant(
          "msg_1", usage: #"{"output_tokens":8}"#, stop: #""end_turn""#))
    }
    #expect(
      try work.rows("SELECT output_tokens FROM messages WHERE role = 'assistant' ORDER BY 1")
        == [[.integer(5)], [.integer(8)]])
  }

  @Test func `begins a response when the block index does not rise`() async throws {
    let work = try await work {
      for (block, output) in [(0, 1), (1, 2), (0, 3)] {
        $0.record(
          "assistant",
          assistant(
            "msg_1", request: "r", usage: #"{"output_tokens":\#(output)}"#,
            more: #""apiBlockIndex":\#(block),"#))
      }
    }
    #expect(
      try work.rows("SELECT output_tokens FROM messages ORDER BY 1")
        == [[.integer(2)], [.integer(3)]])
  }

  @Test func `unites the lines of two responses that are interleaved`() async throws {
    let work = try await work {
      for (id, output) in [("a", 1), ("b", 10), ("a", 2), ("b", 20)] {
        $0.record(
          "assistant",
          assistant(
            "msg_\(id)", request: "req_\(id)", usage: #"{"output_tokens":\#(output)}"#,
            content: #"[{"type":"text","text":"\#(id)\#(output)"}]"#))
      }
    }
    let rows = try work.texts(
      "SELECT output_tokens || json_extract(content, '$[*].text')::VARCHAR FROM messages ORDER BY 1"
    )
    #expect(rows == [#"20["b10", "b20"]"#, #"2["a1", "a2"]"#])
  }

  @Test func `knows what is no call: synthetic messages and API errors`() async throws {
    let work = try await work {
      $0.record("assistant", assistant("msg_1", model: "<synthetic>"))
      $0.record("assistant", assistant("msg_2", more: #""isApiErrorMessage":true,"#))
      $0.record("assistant", assistant("msg_3", usage: #"{"output_tokens":1}"#))
    }
    #expect(
      try work.texts("SELECT kind FROM messages ORDER BY sequence_number")
        == ["synthetic", "api_error", "response"])
    #expect(
      try work.rows("SELECT total_responses, total_messages, model FROM conversations")
        == [[.integer(1), .integer(3), .text("m")]])
  }

  @Test func `takes costs that lines state, and the session's own total before them`() async throws
  {
    let old = try await work {
      $0.record("assistant", assistant("msg_1", more: #""costUSD":0.25,"#))
      $0.record("assistant", assistant("msg_2", more: #""costUSD":0.5,"#))
    }
    let question = "SELECT total_cost, cost_source FROM conversations"
    #expect(try old.rows(question) == [[.double(0.75), .text("reported")]])
    let new = try await work {
      $0.record("assistant", assistant("msg_1", more: #""costUSD":0.25,"#))
      $0.raw(#"{"type":"cost-state","sessionId":"\#(Self.session)","totalCostUSD":2.5}"#)
    }
    #expect(try new.rows(question) == [[.double(2.5), .text("reported")]])
    #expect(
      try new.texts("SELECT platform_metadata->>'$.cost_state.totalCostUSD' FROM conversations")
        == ["2.5"])
  }

  // MARK: Tools

  @Test func `joins a result to its call`() async throws {
    let work = try await work {
      $0.response(
        "1",
        blocks: [
          Transcript.toolUse("t1", "Bash", #"{"command":"ls"}"#), Transcript.toolUse("t2", "Grep"),
          Transcript.toolUse("t3", "Read"), Transcript.toolUse("t4", "Bash"),
        ], output: 3, stop: "tool_use")
      $0.result(of: "t1", "Exit code 2\\nno such file", isError: true)
      $0.record(
        "user",
        #""message":{"content":[{"type":"tool_result","tool_use_id":"t2","#
          + #""content":[{"type":"text","text":"found"}]}]},"toolUseResult":{"durationMs":42}"#)
      $0.record(
        "user",
        #""message":{"content":[{"type":"tool_result","tool_use_id":"t3","#
          + #""content":"<tool_use_error>no</tool_use_error>"}]},"toolUseResult":"Error: no""#)
    }
    let rows = try work.rows(
      """
      SELECT native_id, tool_input::VARCHAR, tool_output::VARCHAR, is_error, exit_code, duration_ms,
        duration_source
      FROM tool_calls ORDER BY 1
      """)
    #expect(
      rows == [
        [
          .text("t1"), .text(#"{"command":"ls"}"#), .text(#""Exit code 2\nno such file""#),
          .boolean(true), .integer(2), .integer(4_000), .text("elapsed"),
        ],
        [
          .text("t2"), .text("{}"), .text(#"[{"type":"text","text":"found"}]"#), .null, .null,
          .integer(42), .text("reported"),
        ],
        [
          .text("t3"), .text("{}"), .text(#""<tool_use_error>no</tool_use_error>""#),
          .boolean(true),
          .null, .integer(4_000), .text("elapsed"),
        ],
        [.text("t4"), .text("{}"), .null, .null, .null, .null, .null],
      ])
    #expect(try work.number("SELECT total_tool_calls FROM conversations") == 4)
  }

  @Test(arguments: [
    #""text""#, #"[{"type":"text","text":"a"},{"type":"image"}]"#, #"{"a":[1]}"#, "7", "[]",
  ])
  func `keeps a result of any shape as it was written`(content: String) async throws {
    let result = #"{"type":"tool_result","tool_use_id":"t1","content":\#(content)}"#
    let work = try await work {
      $0.response("1", blocks: [Transcript.toolUse("t1", "Bash")], output: 3)
      $0.record("user", #""message":{"content":[\#(result)]},"toolUseResult":[1]"#)
    }
    #expect(try work.texts("SELECT tool_output::VARCHAR FROM tool_calls") == [content])
  }

  @Test func `keeps a result without a call whole in its message`() async throws {
    let result = #"{"type":"tool_result","tool_use_id":"nobody","content":"x"}"#
    let work = try await work { $0.record("user", #""message":{"content":[\#(result)]}"#) }
    #expect(try work.texts("SELECT content::VARCHAR FROM messages") == ["[\(result)]"])
    #expect(try work.number("SELECT count(*) FROM tool_calls") == 0)
  }

  // MARK: Threads

  @Test func `links a sub-agent to its parent and to the call that began it`() async throws {
    var parent = Transcript(session: Self.session)
    parent.response(
      "1",
      blocks: [
        Transcript.toolUse("t1", "Task"), Transcript.toolUse("t2", "Task"),
      ], output: 3, stop: "tool_use")
    parent.record(
      "user",
      #""message":{"content":[{"type":"tool_result","tool_use_id":"t1","#
        + #""content":"x"}]},"toolUseResult":{"agentId":"a1","totalTokens":99,"#
        + #""usage":{"output_tokens":99}}"#)
    parent.record("progress", #""parentToolUseID":"t2","data":{"agentId":"a2"}"#)
    var agents: [String: String] = [Self.name: parent.text]
    for name in ["a1", "a2"] {
      var agent = Transcript(session: Self.session, prefix: name)
      agent.user("look")
      agent.response("agent-\(name)", blocks: [Transcript.text("found")], output: 9)
      agents["p/\(Self.session)/subagents/agent-\(name).jsonl"] = agent.text
    }
    let work = try await work(agents)
    let rows = try work.texts(
      """
      SELECT t.native_id || ' ' || p.session_id || ' ' || c.is_sidechain || ' '
        || (t.child_conversation_id = c.conversation_id)
      FROM conversations c JOIN tool_calls t ON t.tool_call_id = c.parent_tool_call_id
      JOIN conversations p ON p.conversation_id = c.parent_conversation_id ORDER BY 1
      """)
    #expect(rows == ["t1 \(Self.session) true true", "t2 \(Self.session) true true"])
    #expect(try work.number("SELECT sum(total_output_tokens)::BIGINT FROM conversations") == 21)
  }

  @Test func `keeps a sub-agent whose parent is not there`() async throws {
    var agent = Transcript(session: Self.session, prefix: "a")
    agent.user("look")
    let work = try await work(["p/agent-a9.jsonl": agent.text])
    #expect(
      try work.rows("SELECT is_sidechain, parent_tool_call_id FROM conversations")
        == [[.boolean(true), .null]])
  }

  @Test func `gives a fork its own lines, and the original as its parent`() async throws {
    var original = Transcript(session: Self.session)
    original.user("question")
    original.response("1", blocks: [Transcript.text("yes")], output: 5)
    var fork = original.forked(to: "22222222-2222-4222-8222-222222222222", lines: 2)
    fork.user("another way")
    let work = try await work([
      Self.name: original.text, "p/\(fork.session).jsonl": fork.text,
      "q/\(Self.session).jsonl":
        original.text,
    ])
    let rows = try work.texts(
      """
      SELECT c.session_id[1] || ' ' || c.total_messages || ' ' || coalesce(p.session_id[1], '-')
        || ' ' || coalesce(c.total_output_tokens::VARCHAR, '-')
      FROM conversations c LEFT JOIN conversations p ON p.conversation_id = c.parent_conversation_id
      ORDER BY 1
      """)
    #expect(rows == ["1 2 - 5", "2 1 1 -"])
  }

  @Test func `bridges parents over records that make no message`() async throws {
    let work = try await work {
      $0.user("one")
      $0.record("progress", #""data":{}"#)
      $0.record("file-history-snapshot", #""snapshot":{}"#)
      $0.user("two")
    }
    #expect(
      try work.number(
        """
        SELECT count(*) FROM messages c JOIN messages p ON p.message_id = c.parent_message_id
        WHERE c.sequence_number = 1 AND p.sequence_number = 0
        """) == 1)
  }

  @Test func `stores a compaction's summary and what it covers`() async throws {
    let work = try await work {
      $0.user("one")
      $0.user("two")
      $0.record(
        "system",
        #""subtype":"compact_boundary","content":"Conversation compacted","#
          + #""compactMetadata":{"trigger":"auto","preTokens":9}"#)
      $0.record("user", #""isCompactSummary":true,"message":{"content":"we did things"}"#)
      $0.user("three")
    }
    #expect(
      try work.rows("SELECT type, text, len(covers_messages) FROM summaries")
        == [[.text("compaction"), .text("we did things"), .integer(3)]])
    #expect(
      try work.texts("SELECT kind FROM messages ORDER BY sequence_number")
        == ["prompt", "prompt", "compact_boundary", "compact_summary", "prompt"])
    #expect(
      try work.texts("SELECT metadata->>'$.compaction.trigger' FROM messages WHERE role = 'system'")
        == ["auto"])
  }

  // MARK: Titles and text

  @Test func `names a session by its title, a summary, or its first prompt`() async throws {
    var plain = Transcript(session: Self.session)
    plain.record("user", #""isMeta":true,"message":{"content":"Caveat: The messages below"}"#)
    plain.user("<command-name>/clear</command-name>")
    plain.user("first line\\nsecond line")
    let title = #"{"type":"ai-title","aiTitle":"By the model","sessionId":"\#(Self.session)"}"#
    let summary = #"{"type":"summary","summary":"By a summary","leafUuid":"\#(Self.session)-2"}"#
    let question = "SELECT title FROM conversations WHERE session_id = '\(Self.session)'"
    let elsewhere = "p/33333333-3333-4333-8333-333333333333.jsonl"
    let byPrompt = try await work([Self.name: plain.text])
    #expect(try byPrompt.texts(question) == ["first line"])
    let bySummary = try await work([Self.name: plain.text, elsewhere: summary + "\n"])
    #expect(try bySummary.texts(question) == ["By a summary"])
    let byModel = try await work([
      Self.name: plain.text + title + "\n", elsewhere: summary + "\n",
    ])
    #expect(try byModel.texts(question) == ["By the model"])
  }

  @Test(arguments: ["", #","sessionId":"\#(session)""#])
  func `keeps a summary's conversation, though it has no message`(session: String) async throws {
    let summary = #"{"type":"summary","summary":"A title","leafUuid":"elsewhere"\#(session)}"#
    let work = try await work(["p/33333333-3333-4333-8333-333333333333.jsonl": summary + "\n"])
    #expect(
      try work.rows(
        """
        SELECT s.text, c.total_messages, c.created_at IS NULL
        FROM summaries s LEFT JOIN conversations c USING (conversation_id)
        """) == [[.text("A title"), .integer(0), .boolean(true)]])
    #expect(try work.number("SELECT count(*) FROM conversation_usage") == 0)
  }

  @Test(arguments: [
    ("do it", "prompt"), ("<command-name>/x</command-name>", "command"),
    ("<local-command-stdout>x</local-command-stdout>", "command_output"),
    ("<bash-input>ls</bash-input>", "command"), ("<bash-stdout>x</bash-stdout>", "command_output"),
    ("<system-reminder>x</system-reminder>", "context"),
    ("<ide_opened_file>x</ide_opened_file>", "context"),
    ("<ide_selection>x</ide_selection> fix this", "prompt"),
    ("[Request interrupted by user for tool use]", "interruption"),
    ("<user-prompt-submit-hook>x</user-prompt-submit-hook>", "hook"),
    ("<task-notification>x", "notification"), ("Caveat: The messages below were", "meta"),
    ("<div>is this right?</div>", "prompt"), ("", "prompt"),
  ])
  func `knows what kind of text a user record holds`(text: String, kind: String) async throws {
    let work = try await work { $0.user(text) }
    #expect(try work.texts("SELECT kind FROM messages") == [kind])
  }

  @Test func `keeps attachments, with what the model was shown`() async throws {
    let work = try await work {
      $0.user("one")
      $0.record("attachment", #""attachment":{"type":"date"},"rendered":[{"content":"today"}]"#)
      $0.raw(#"{"type":"attachment","attachment":{"type":"queued_command"}}"#)
    }
    #expect(
      try work.texts("SELECT content::VARCHAR FROM messages WHERE kind = 'attachment'")
        == [
          #"[{"type":"attachment","attachment":{"type":"date"},"rendered":[{"content":"today"}]}]"#
        ])
  }

  @Test func `keeps a conversation's place, branch, version and times`() async throws {
    let work = try await work {
      $0.user("one")
      $0.record("user", #""gitBranch":"main","message":{"content":"two"}"#)
      $0.record("user", #""gitBranch":"","message":{"content":"three"}"#)
    }
    #expect(
      try work.rows(
        """
        SELECT workspace_path, git_branch, platform_version, duration_ms, platform, status
        FROM conversations
        """) == [
          [
            .text("/work"), .text("main"), .text("2.1.0"), .integer(2_000), .text("claude_code"),
            .text("active"),
          ]
        ])
  }
}
