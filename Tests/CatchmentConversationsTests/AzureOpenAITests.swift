import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Testing

/// Writes logs of calls to Azure OpenAI for tests.
private enum Log {
  static func message(_ role: String, _ text: String, _ more: String = "") -> String {
    #"{"role":"\#(role)","content":"\#(text)"\#(more)}"#
  }

  static func request(_ messages: [String], _ more: String = "") -> String {
    #"{"messages":[\#(messages.joined(separator: ","))],"model":"my-deployment"\#(more)}"#
  }

  static func response(
    _ id: String, _ text: String, created: Int = 1_770_000_000, prompt: Int = 20, cached: Int = 5,
    message: String? = nil, finish: String = "stop"
  ) -> String {
    let answer = message ?? #"{"role":"assistant","content":"\#(text)","refusal":null}"#
    return #"{"id":"\#(id)","object":"chat.completion","created":\#(created),"#
      + #""model":"gpt-4o-2024-08-06","choices":[{"index":0,"finish_reason":"\#(finish)","#
      + #""message":\#(answer)}],"usage":{"prompt_tokens":\#(prompt),"completion_tokens":9,"#
      + #""prompt_tokens_details":{"cached_tokens":\#(cached)},"#
      + #""completion_tokens_details":{"reasoning_tokens":4}}}"#
  }

  static let uri =
    "https://r.openai.azure.com/openai/deployments/my-deployment/chat/completions?x=1"

  /// A captured exchange.
  static func exchange(
    _ request: String, _ response: String, status: Int = 200, uri: String = uri
  ) -> String {
    #"{"method":"POST","uri":"\#(uri)","status":\#(status),"response_headers":{"#
      + #""date":"Thu, 25 Apr 2024 09:22:53 GMT","apim-request-id":"req-1","x-ms-region":"East US"},"#
      + #""request":\#(request),"response":\#(response)}"# + "\n"
  }

  /// A conversation of three calls, each of which repeats what was said before.
  static var talk: [String] {
    var said = [message("system", "be brief"), message("user", "why?")]
    let first = exchange(request(said), response("r1", "because", created: 1_770_000_000))
    said += [message("assistant", "because"), message("user", "really?")]
    let second = exchange(request(said), response("r2", "yes", created: 1_770_000_060))
    // The same words, written as parts.
    said[1] = #"{"role":"user","content":[{"type":"text","text":"why?"}]}"#
    said += [message("assistant", "yes"), message("user", "thanks")]
    return [first, second, exchange(request(said), response("r3", "ok", created: 1_770_000_120))]
  }

  /// A row of API Management's log.
  static func row(
    _ id: String, _ sequence: Int, request: String? = nil, response: String? = nil,
    tokens: String = ""
  ) -> String {
    func quoted(_ text: String) -> String {
      "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }
    let messages =
      (request.map { #","RequestMessages":\#(quoted($0))"# } ?? "")
      + (response.map { #","ResponseMessages":\#(quoted($0))"# } ?? "")
    return
      #"{"TimeGenerated":"2026-03-01T10:00:00Z","CorrelationId":"\#(id)","RequestId":"\#(id)-r","#
      + #""SequenceNumber":\#(sequence),"OperationName":"ChatCompletions_Create","#
      + #""DeploymentName":"d","ModelName":"gpt-4o"\#(tokens)\#(messages)}"# + "\n"
  }
}

@Suite struct `The Azure OpenAI source` {
  private func work(_ files: [String: String]) async throws -> Workspace {
    let work = try Workspace(AzureOpenAISource())
    for (name, text) in files { try work.files.write(text, to: name) }
    try await work.importAll()
    return work
  }

  private func messages(_ work: Workspace) throws -> [String?] {
    try work.texts(
      """
      SELECT concat_ws(' ', role, kind, content->>'$[0].text') FROM messages
      JOIN conversations USING (conversation_id) ORDER BY created_at, session_id, sequence_number
      """)
  }

  @Test func `keeps the source contract`() async throws {
    let talk = Log.talk
    let parts = #"[{"role":"user","content":"hello there"}]"#
    try await SourceContract(
      source: AzureOpenAISource(),
      steps: [
        ["b.jsonl": talk[1]],
        ["b.jsonl": talk[1] + "not json\n"],
        ["a.jsonl": talk[0], "c.jsonl": talk[2] + talk[0]],
        ["rows.jsonl": Log.row("c1", 1, request: String(parts.prefix(20)))],
        [
          "rows.jsonl": Log.row("c1", 1, request: String(parts.prefix(20)))
            + Log.row("c1", 2, request: String(parts.dropFirst(20)), response: "hi")
        ],
      ]
    ).check()
  }

  @Test func `says what many requests repeat once`() async throws {
    let work = try await work(["log.jsonl": Log.talk.joined()])
    #expect(
      try messages(work) == [
        "system system be brief", "user prompt why?", "assistant response because",
        "user prompt really?", "assistant response yes", "user prompt thanks",
        "assistant response ok",
      ])
    #expect(
      try work.number(
        """
        SELECT count(*) FROM messages m JOIN messages p ON p.message_id = m.parent_message_id
        WHERE p.sequence_number = m.sequence_number - 1
        """) == 6)
    #expect(
      try work.rows(
        """
        SELECT title, model, total_responses, total_input_tokens, total_cache_read_tokens,
          total_output_tokens, total_reasoning_tokens, cost_source FROM conversations
        """) == [
          [
            .text("why?"), .text("gpt-4o-2024-08-06"), .integer(3), .integer(45), .integer(15),
            .integer(27), .integer(12), .text("unknown"),
          ]
        ])
    #expect(
      try work.rows(
        """
        SELECT response_id, request_id, stop_reason, metadata->>'deployment', metadata->>'region'
        FROM messages WHERE kind = 'response' ORDER BY sequence_number LIMIT 1
        """) == [
          [.text("r1"), .text("req-1"), .text("stop"), .text("my-deployment"), .text("East US")]
        ])
  }

  @Test func `finds a conversation in whatever order its calls are written`() async throws {
    let whole = try await work(["log.jsonl": Log.talk.joined()])
    let expected = try messages(whole)
    for order in [[2, 1, 0], [1, 2, 0], [0, 2, 1]] {
      let work = try Workspace(AzureOpenAISource())
      for (number, call) in order.enumerated() {
        try work.files.write(Log.talk[call], to: "\(number).jsonl")
        try await work.importAll()
      }
      #expect(try messages(work) == expected, "\(order)")
      #expect(
        try work.texts("SELECT session_id FROM conversations")
          == whole.texts("SELECT session_id FROM conversations"))
    }
  }

  @Test func `keeps calls apart that only ask the same`() async throws {
    let asked = Log.request([Log.message("user", "a joke")])
    let calls = [
      Log.exchange(asked, Log.response("r1", "one")),
      Log.exchange(asked, Log.response("r2", "two")),
      // The service gave this one the id of another.
      Log.exchange(Log.request([Log.message("user", "more")]), Log.response("r1", "three")),
      // Logged twice, with other headers.
      Log.exchange(asked, Log.response("r1", "one")).replacing("East US", with: "West US"),
    ]
    let again = Log.exchange(
      Log.request([
        Log.message("user", "a joke"), Log.message("assistant", "two"), Log.message("user", "ha"),
      ]), Log.response("r4", "ho", created: 1_770_000_500))
    let work = try await work(["log.jsonl": calls.joined() + again])
    #expect(
      try messages(work).map { $0?.split(separator: " ").last.map(String.init) }.sorted {
        ($0 ?? "") < ($1 ?? "")
      } == ["ha", "ho", "joke", "joke", "more", "one", "three", "two"])
    #expect(try work.number("SELECT count(*) FROM conversations") == 3)
    #expect(
      try work.texts("SELECT outcome FROM catchment.raw_records ORDER BY line")
        == ["loaded", "loaded", "loaded", "duplicate", "loaded"])
  }

  @Test func `takes the conversation that the application names`() async throws {
    let named = #","metadata":{"conversation_id":"chat-7"},"user":"u1""#
    let calls = [
      Log.exchange(
        Log.request([Log.message("user", "one")], named),
        Log.response("r1", "1", created: 1_770_000_000)),
      Log.exchange(
        Log.request([Log.message("user", "two")], named),
        Log.response("r2", "2", created: 1_770_000_009)),
    ]
    let work = try await work(["log.jsonl": calls.joined()])
    #expect(try work.texts("SELECT session_id FROM conversations") == ["chat-7"])
    #expect(
      try work.texts("SELECT content->>'$[0].text' FROM messages ORDER BY sequence_number")
        == ["one", "1", "two", "2"])
    #expect(
      try work.texts("SELECT DISTINCT metadata->>'end_user' FROM messages WHERE kind = 'response'")
        == ["u1"])
  }

  @Test func `joins calls of tools with their results`() async throws {
    let call =
      #"{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","#
      + #""function":{"name":"weather","arguments":"{\"city\":\"Rome\"}"}}]}"#
    let asked = [Log.message("user", "weather?")]
    let result = #"{"role":"tool","tool_call_id":"call_1","content":"{\"c\":21}"}"#
    let work = try await work([
      "log.jsonl": Log.exchange(
        Log.request(asked), Log.response("r1", "", message: call, finish: "tool_calls"))
        + Log.exchange(
          Log.request(asked + [call, result]), Log.response("r2", "warm", created: 1_770_000_002))
    ])
    #expect(
      try work.rows(
        """
        SELECT tool_name, tool_input->>'city', tool_output->>'c', duration_ms FROM tool_calls
        """) == [[.text("weather"), .text("Rome"), .text("21"), .integer(2_000)]])
    #expect(try work.number("SELECT count(*) FROM conversations") == 1)
  }

  @Test func `puts a stream together`() async throws {
    func event(_ delta: String, finish: String = "null", more: String = "") -> String {
      #"data: {"id":"s1","created":1770000000,"model":"gpt-4o","choices":[{"index":0,"#
        + #""delta":\#(delta),"finish_reason":\#(finish)}]\#(more)}"# + "\n\n"
    }
    let opening = #"data: {"choices":[],"created":0,"id":"","model":""}"# + "\n\n"
    let calling =
      event(#"{"tool_calls":[{"index":0,"id":"call_9","function":{"name":"f","arguments":""}}]}"#)
      + event(#"{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":1}"}}]}"#)
    let streams = [
      opening + event(#"{"role":"assistant","content":"H\"e"}"#) + event(#"{"content":"y é"}"#)
        + event("{}", finish: #""stop""#)
        + #"data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#
        + "\n\ndata: [DONE]\n\n", opening + calling, opening + event(#"{"content":"cut"#),
    ]
    let lines = streams.enumerated().map { number, stream in
      let text = stream.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        .replacing("\n", with: "\\n")
      return #"{"uri":"\#(Log.uri)","status":200,"request":"#
        + Log.request([Log.message("user", "stream \(number)")], #","stream":true"#)
        + #","response_sse":"\#(text)"}"# + "\n"
    }
    let work = try await work(["log.jsonl": lines.joined()])
    let answers = try work.rows(
      """
      SELECT content->>'$[0].text', stop_reason, input_tokens, output_tokens, metadata->>'stream'
      FROM messages WHERE kind = 'response' ORDER BY raw_record_id
      """)
    #expect(
      answers.first == [
        .text("H\"ey é"), .text("stop"), .integer(3), .integer(2), .text("true"),
      ])
    #expect(
      try work.texts("SELECT concat(native_id, tool_name, tool_input) FROM tool_calls")
        == [#"call_9f{"a":1}"#])
    #expect(answers.dropFirst().allSatisfy { $0[2] == .null })
  }

  @Test func `keeps an error in the place of an answer`() async throws {
    let error =
      #"{"error":{"code":"content_filter","message":"filtered","innererror":"#
      + #"{"code":"ResponsibleAIPolicyViolation"}}}"#
    let work = try await work([
      "log.jsonl": Log.exchange(Log.request([Log.message("user", "bad")]), error, status: 400)
        + Log.exchange(
          #"{"input":"x","model":"e"}"#, #"{"error":{"code":"401"}}"#, status: 401,
          uri: "https://r.openai.azure.com/openai/deployments/d/embeddings")
    ])
    #expect(
      try work.rows(
        """
        SELECT kind, stop_reason, content->>'$[0].value.message', metadata->>'status_code',
          epoch_ms(timestamp) FROM messages ORDER BY sequence_number
        """) == [
          [.text("prompt"), .null, .null, .null, .integer(1_714_036_973_000)],
          [
            .text("api_error"), .text("content_filter"), .text("filtered"), .text("400"),
            .integer(1_714_036_973_000),
          ],
        ])
    #expect(
      try work.texts("SELECT outcome FROM catchment.raw_records ORDER BY line")
        == ["loaded", "filtered"])
    #expect(try work.number("SELECT total_responses FROM conversations") == 0)
  }

  @Test func `reads the Responses API, and follows the response it continues`() async throws {
    func answer(_ id: String, _ output: String, _ created: Int) -> String {
      #"{"id":"\#(id)","object":"response","created_at":\#(created),"model":"o3","status":"completed","#
        + #""output":[\#(output)],"usage":{"input_tokens":10,"output_tokens":5,"#
        + #""input_tokens_details":{"cached_tokens":4},"output_tokens_details":{"reasoning_tokens":3}}}"#
    }
    let uri = "https://r.openai.azure.com/openai/v1/responses"
    let first = answer(
      "resp_1",
      #"{"type":"reasoning","id":"rs","summary":[{"type":"summary_text","text":"hm"}]},"#
        + #"{"type":"function_call","call_id":"call_1","name":"f","arguments":"{}"}"#, 1_770_000_000
    )
    let second = answer(
      "resp_2",
      #"{"type":"message","role":"assistant","content":[{"type":"output_text","text":"so"}]}"#,
      1_770_000_005)
    let work = try await work([
      "log.jsonl": Log.exchange(
        #"{"instructions":"be brief","input":"why?","model":"o3"}"#, first, uri: uri)
        + Log.exchange(
          #"{"previous_response_id":"resp_1","input":[{"type":"function_call_output","#
            + #""call_id":"call_1","output":"3"}],"model":"o3"}"#, second, uri: uri)
    ])
    #expect(
      try messages(work) == [
        "system system be brief", "user prompt why?", "assistant response", "tool tool_result",
        "assistant response so",
      ])
    #expect(
      try work.texts("SELECT concat(tool_name, ' ', tool_output->>'$') FROM tool_calls") == ["f 3"])
    #expect(
      try work.rows(
        """
        SELECT total_input_tokens, total_cache_read_tokens, total_output_tokens,
          total_reasoning_tokens, model FROM conversations
        """) == [[.integer(12), .integer(8), .integer(10), .integer(6), .text("o3")]])
  }

  @Test func `joins a batch's output with its input`() async throws {
    func input(_ id: String, _ text: String) -> String {
      #"{"custom_id":"\#(id)","method":"POST","url":"/chat/completions","body":"#
        + Log.request([Log.message("user", text)]) + "}\n"
    }
    func output(_ id: String, _ response: String) -> String {
      #"{"id":"batch_req","custom_id":"\#(id)","response":{"status_code":200,"#
        + #""request_id":"q-\#(id)","body":\#(response)},"error":null}"# + "\n"
    }
    let files = [
      "b/output.jsonl": output("t2", Log.response("r2", "two"))
        + output("t1", Log.response("r1", "one")),
      "b/input.jsonl": input("t1", "first") + input("t2", "second") + input("t3", "third"),
      "other/input.jsonl": input("t1", "something else"),
    ]
    let work = try await work(files)
    let talks = try work.texts(
      """
      SELECT string_agg(content->>'$[0].text', ' ' ORDER BY sequence_number) FROM messages
      GROUP BY conversation_id ORDER BY 1
      """)
    #expect(talks == ["first one", "second two", "something else", "third"])
    let steps = try Workspace(AzureOpenAISource(), files: work.files)
    for name in files.keys.sorted(by: >) {
      try await steps.importAll(["\(work.files.path)/\(name)"])
    }
    #expect(try steps.checksums().differences(from: try work.checksums()) == [])
  }

  @Test func `reads stored completions, and what was asked of them`() async throws {
    let stored =
      #"{"object":"list","data":[\#(Log.response("chatcmpl-1", "so"))],"has_more":false}"#
    let asked =
      #"{"object":"list","data":[{"id":"chatcmpl-1-0","role":"system","content":"be brief"},"#
      + #"{"id":"chatcmpl-1-1","role":"user","content":"why?"}]}"#
    let work = try await work(["stored.json": stored])
    #expect(try messages(work) == ["assistant response so"])
    try work.files.write(asked, to: "asked.json")
    // A list of messages alone shows no sign of where it is from, so it must be named.
    try await work.importAll([work.files.path, "\(work.files.path)/asked.json"])
    #expect(try work.texts("SELECT session_id FROM conversations").count == 1)
  }

  @Test func `puts the rows of a gateway's log together`() async throws {
    let parts = #"[{"role":"user","content":"say \"hello\" to me"}]"#
    let tokens = #","PromptTokens":12,"CompletionTokens":3,"TotalTokens":15"#
    let rows =
      Log.row("c1", 2, request: String(parts.dropFirst(20)), response: #"[{"role":"assistant","#)
      + Log.row("c1", 1, request: String(parts.prefix(20)), tokens: tokens)
      + Log.row("c1", 3, response: #""content":"hello"}]"#)
      + Log.row("c2", 1, tokens: #","PromptTokens":7,"CompletionTokens":1"#)
    let archived =
      #"{"time":"2026-03-01T11:00:00Z","category":"GatewayLlmLogs","properties":{"correlationId":"c3","#
      + #""modelName":"gpt-4o","promptTokens":26,"completionTokens":5,"promptCachedTokens":100,"#
      + #""requestMessages":[{"role":"user","content":"hi"}],"responseMessages":"plain words"}}"#
      + "\n"
    let work = try await work(["rows.jsonl": rows, "PT1H.json": archived])
    #expect(
      try messages(work).sorted { ($0 ?? "") < ($1 ?? "") } == [
        "assistant response", "assistant response hello", "assistant response plain words",
        "user prompt hi", "user prompt say \"hello\" to me",
      ])
    #expect(
      try work.rows(
        """
        SELECT input_tokens, output_tokens, cache_read_tokens, model, metadata->>'deployment'
        FROM messages WHERE kind = 'response' ORDER BY input_tokens
        """) == [
          [.integer(7), .integer(1), .null, .text("gpt-4o"), .text("d")],
          [.integer(12), .integer(3), .null, .text("gpt-4o"), .text("d")],
          [.integer(26), .integer(5), .integer(100), .text("gpt-4o"), .null],
        ])
    #expect(
      try work.texts("SELECT outcome FROM catchment.raw_records ORDER BY 1")
        == ["loaded", "loaded", "loaded", "updated", "updated"])
  }

  @Test func `says what is wrong with a record, and survives what no log has`() async throws {
    let odd = [
      "5", #"{"custom_id":7}"#, #"{"request":{"messages":7,"metadata":9},"uri":"/openai/"}"#,
      #"{"weather":"fine"}"#, #"{"choices":[7,{"message":9},{"message":{"content":7}}],"usage":3}"#,
      #"{"object":"chat.completion","id":{},"choices":{}}"#, #"{"records":[]}"#,
      #"{"request":"not json","response":"data: {","uri":"/openai/"}"#,
      #"{"previous_response_id":"a","request":{"previous_response_id":"r","input":[5,"x"]},"#
        + #""response":{"id":"r","output":[7]},"uri":"/openai/responses"}"#,
      #"{"call_type":"acompletion","id":"g","messages":"redacted","status":"failure","#
        + #""error_str":"boom","response":null,"response_cost":"free"}"#,
    ]
    let work = try await work(["log.jsonl": odd.map { $0 + "\n" }.joined() + #"{"custom_id":"h"#])
    let outcomes = try work.texts(
      "SELECT concat_ws(' ', outcome, issue) FROM catchment.raw_records ORDER BY line")
    #expect(
      outcomes == [
        "dead_lettered not_an_object", "filtered no_messages", "filtered no_messages",
        "filtered unknown_type", "loaded", "filtered no_messages", "filtered",
        "filtered no_messages", "loaded", "loaded",
      ])
  }

  @Test func `is recognised by its contents`() {
    let source = AzureOpenAISource()
    func recognise(_ text: String, _ path: String = "/x/log.jsonl") -> Recognition {
      Array(text.utf8).withUnsafeBytes { source.recognise($0, of: path) }
    }
    #expect(recognise(Log.talk[0]) == .certain)
    #expect(recognise(Log.row("c", 1)) == .certain)
    #expect(recognise(Log.response("r", "x"), "/x/a.json") == .certain)
    #expect(
      recognise(#"{"custom_id":"a","response":{"status_code":200,"body":{}}}"#) == .certain)
    #expect(recognise(#"{"custom_id":"button","body":"press"}"#) == .none)
    // A transcript that only speaks of such a log.
    #expect(recognise(#"{"type":"user","message":"{\"object\":\"chat.completion\"}"}"#) == .none)
    #expect(source.framing(of: "/logs/m=00/PT1H.json") == .lines)
    #expect(source.framing(of: "/logs/a.json") == .elements)
  }

  @Test func `conserves the records of damaged files`() async throws {
    try await DamagedFiles(
      source: AzureOpenAISource(),
      originals: [
        ("log.jsonl", Array(Log.talk.joined().utf8)),
        (
          "rows.jsonl",
          Array((Log.row("c1", 1, request: "[") + Log.row("c1", 2, response: "hi")).utf8)
        ),
        ("PT1H.json", Array(Log.row("c1", 1, request: "hi").utf8)),
      ]
    ).check()
  }
}

@Suite(.enabled(if: Samples.has("ORACLES.tsv"), "no samples: set CATCHMENT_SAMPLES"))
struct `A sample of Azure OpenAI` {
  /// Embeddings are calls without a conversation; they are kept raw and come to no rows.
  @Test(arguments: Oracle.of("azure_openai"))
  func `comes to the counts of the oracle`(oracle: Oracle) async throws {
    let work = try Workspace(AzureOpenAISource())
    let report = try await work.importAll([Samples.path(oracle.file)])
    #expect(report.records.isConserved)
    #expect(report.records.read == oracle["exchanges"])
    #expect(report.records.deadLettered == 0)
    if oracle.file.contains("embeddings") {
      #expect(report.records.filtered == oracle["exchanges"])
      return
    }
    #expect(
      try work.number("SELECT count(*) FROM messages WHERE metadata->>'stream' = 'true'")
        == oracle["streaming_exchanges"])
    #expect(try work.number("SELECT count(*) FROM conversations") == oracle["exchanges"])
    let usage = try oracle.numbers("sum_usage_non_streaming")
    #expect(
      try work.number(
        "SELECT coalesce(sum(input_tokens + coalesce(cache_read_tokens, 0)), 0)::BIGINT FROM messages"
      )
        == usage["prompt_tokens"] ?? 0)
    #expect(
      try work.number("SELECT coalesce(sum(output_tokens), 0)::BIGINT FROM messages")
        == usage["completion_tokens"] ?? 0)
    #expect(
      try work.number("SELECT count(*) FROM messages WHERE role = 'user'") == oracle["exchanges"])
  }

  @Test func `that a gateway wrote states what it cost`() async throws {
    let work = try Workspace(AzureOpenAISource())
    try await work.importAll([Samples.path("azure_openai/BerriAI__litellm")])
    #expect(
      try work.rows(
        "SELECT total_messages, total_input_tokens, total_output_tokens, total_cost FROM conversations"
      )
        == [[.integer(2), .integer(10), .integer(20), .double(0.00022500000000000002)]])
  }
}
