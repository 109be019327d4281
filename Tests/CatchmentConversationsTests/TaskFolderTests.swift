import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Testing

/// Writes the entries of a task as Roo Code, Cline and Kilo Code do.
struct TaskEntries {
  private(set) var entries: [String] = []
  private var time: Int

  init(at time: Int = 1_762_000_000_000) { self.time = time }

  mutating func say(_ kind: String, _ text: String, _ more: String = "") {
    add("say", kind, text, more)
  }

  mutating func ask(_ kind: String, _ text: String, _ more: String = "") {
    add("ask", kind, text, more)
  }

  mutating func request(_ facts: String) { say("api_req_started", facts) }

  private mutating func add(_ type: String, _ kind: String, _ text: String, _ more: String) {
    let quoted = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      .replacing("\n", with: "\\n")
    entries.append(
      #"{"ts":\#(time),"type":"\#(type)","\#(type)":"\#(kind)","text":"\#(quoted)"\#(more)}"#)
    time += 1_000
  }

  var text: String { "[\(entries.joined(separator: ",\n"))]" }
}

@Suite struct `The tasks of Roo Code, Cline and Kilo Code` {
  private func fixTheTest() -> TaskEntries {
    var task = TaskEntries()
    task.say("text", "fix the test")
    task.request(
      #"{"apiProtocol":"anthropic","tokensIn":1000,"tokensOut":40,"cacheReads":600,"cacheWrites":100,"cost":0.02}"#
    )
    task.say("reasoning", "hm")
    task.say("text", "I will run it.")
    task.ask("command", "swift test")
    return task
  }

  /// A task that grows, is written anew, gets its other files, and has a sub-task.
  private var steps: [[String: String]] {
    var task = fixTheTest()
    let first = task.text
    task.say("command_output", "Exit code: 1")
    task.request(#"{"tokensIn":20,"tokensOut":5}"#)
    task.say("completion_result", "done")
    var child = TaskEntries()
    child.say("text", "look around")
    return [
      ["t1/ui_messages.json": first],
      ["t1/ui_messages.json": task.text],
      [
        "t1/history_item.json":
          #"{"id":"t1","task":"fix the test","tokensIn":1,"totalCost":0.05,"workspace":"/w"}"#,
        "t1/api_conversation_history.json":
          #"[{"role":"user","content":"<environment_details><model>m1</model>"}]"#,
      ],
      [
        "t2/history_item.json": #"{"id":"t2","parentTaskId":"t1","task":"look around"}"#,
        "t2/ui_messages.json": child.text,
        "t3/ui_messages.json": #"[{"ts":1,"#,
      ],
    ]
  }

  @Test func `knows the files of a task at a glance`() {
    let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
    func hint(_ path: String) -> UInt64? { RooCodeSource().copyHint(nothing, of: path) }
    let own = hint("/tasks/a/ui_messages.json")
    #expect(own != nil)
    #expect(hint("/tasks/a/api_conversation_history.json") == own)
    #expect(hint("/tasks/a/history_item.json") == own)
    #expect(hint("/tasks/b/ui_messages.json") != own)
    #expect(hint("/tasks/_index.json") == nil)
  }

  @Test func `keep the source contract`() async throws {
    try await SourceContract(source: RooCodeSource(), steps: steps, onlyGrows: false).check()
  }

  @Test func `make one conversation of a folder, whatever is imported first`() async throws {
    let work = try Workspace(RooCodeSource())
    for step in steps { for (name, text) in step { try work.files.write(text, to: name) } }
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    #expect(report.records.deadLettered == 1)
    let rows = try work.rows(
      """
      SELECT session_id, title, workspace_path, model, total_messages, total_responses,
        total_tool_calls, total_cost, is_sidechain, parent_conversation_id IS NOT NULL
      FROM conversations ORDER BY 1
      """)
    #expect(
      rows == [
        [
          .text("t1"), .text("fix the test"), .text("/w"), .text("m1"), .integer(3), .integer(2),
          .integer(1), .double(0.05), .boolean(false), .boolean(false),
        ],
        [
          .text("t2"), .text("look around"), .null, .null, .integer(1), .integer(0),
          .integer(0), .null, .boolean(true), .boolean(true),
        ],
      ])
  }

  @Test func `join a command's output by order, through other entries, and its exit code`()
    async throws
  {
    let work = try Workspace(RooCodeSource())
    var task = fixTheTest()
    task.say("command_output", "suite A ok")
    task.request("{}")
    task.ask("tool", #"{"tool":"readFile","path":"main.go","content":"/w/main.go"}"#)
    task.ask("command_output", "suite B failed\nExit code: 2")
    task.say("error", "File not found: main.go")
    task.say("mcp_server_response", "of no call")
    try work.files.write(task.text, to: "t/ui_messages.json")
    try await work.importAll()
    #expect(
      try work.texts(
        """
        SELECT concat_ws('|', tool_name, tool_input->>'command', tool_output->>'$',
          is_error, exit_code) FROM tool_calls ORDER BY timestamp
        """) == [
          "execute_command|swift test|suite A ok\nsuite B failed\nExit code: 2|true|2",
          "readFile|File not found: main.go|true",
        ])
    #expect(
      try work.texts(
        "SELECT metadata->>'subtype' FROM messages WHERE role = 'system' ORDER BY sequence_number")
        == ["error", "mcp_server_response"])
  }

  @Test(arguments: [
    // Since November 2025 the input figure is the whole prompt.
    (1_762_000_000_000, #""apiProtocol":"anthropic","#, 300),
    (1_750_000_000_000, #""apiProtocol":"anthropic","#, 1_000),
    (1_750_000_000_000, #""apiProtocol":"openai","#, 300),
    (1_750_000_000_000, "", 1_000),
  ])
  func `take the cached part out of an input figure that includes it`(
    time: Int, protocolName: String, input: Int
  ) async throws {
    let work = try Workspace(RooCodeSource())
    var task = TaskEntries(at: time)
    task.say("text", "hello")
    task.request(
      "{\(protocolName)\"tokensIn\":1000,\"tokensOut\":4,\"cacheReads\":600,\"cacheWrites\":100}")
    task.say("text", "hi")
    try work.files.write(task.text, to: "t/ui_messages.json")
    try await work.importAll()
    #expect(try work.number("SELECT input_tokens FROM messages WHERE role = 'assistant'") == input)
    #expect(
      try work.number("SELECT cache_read_tokens FROM messages WHERE role = 'assistant'") == 600)
  }

  @Test func `leave the cached part of Cline's figure where it is`() async throws {
    let work = try Workspace(ClineSource())
    var task = TaskEntries()
    task.say("text", "hello")
    task.request(#"{"tokensIn":1000,"tokensOut":4,"cacheReads":600}"#)
    task.say("text", "hi", #","modelInfo":{"providerId":"anthropic","modelId":"claude-x"}"#)
    try work.files.write(task.text, to: "t/ui_messages.json")
    try await work.importAll()
    #expect(try work.number("SELECT input_tokens FROM messages WHERE model = 'claude-x'") == 1_000)
  }

  @Test func `count a request that was cancelled before it said anything, and not an empty one`()
    async throws
  {
    let work = try Workspace(RooCodeSource())
    var task = TaskEntries()
    task.say("text", "hello")
    task.request(#"{"tokensIn":10,"tokensOut":0,"cancelReason":"user_cancelled"}"#)
    task.request("Loading…")
    task.say("text", "half", #","partial":true"#)
    try work.files.write(task.text, to: "t/ui_messages.json")
    try await work.importAll()
    #expect(try work.number("SELECT count(*) FROM messages WHERE role = 'assistant'") == 1)
    #expect(
      try work.number("SELECT count(*) FROM messages WHERE metadata->>'cancel_reason' <> ''") == 1)
  }

  @Test func `link sub-tasks to the calls that started them`() async throws {
    let work = try Workspace(RooCodeSource())
    var task = TaskEntries()
    task.say("text", "do it all")
    task.ask("tool", #"{"tool":"newTask","mode":"Code","content":"refused"}"#)
    task.say("error", "no such mode")
    task.ask("tool", #"{"tool":"newTask","mode":"code","content":"A"}"#)
    task.say("subtask_result", "A done")
    try work.files.write(task.text, to: "parent/ui_messages.json")
    try work.files.write(
      #"{"id":"parent","task":"x","childIds":["child"]}"#, to: "parent/history_item.json")
    var child = TaskEntries()
    child.say("text", "A")
    try work.files.write(child.text, to: "child/ui_messages.json")
    try work.files.write(
      #"{"id":"child","parentTaskId":"parent","task":"A"}"#, to: "child/history_item.json")
    try await work.importAll()
    #expect(
      try work.texts(
        """
        SELECT p.session_id || ':' || (t.tool_input->>'content') || ':' || (t.tool_output->>'$')
        FROM tool_calls t JOIN conversations c ON c.conversation_id = t.child_conversation_id
        JOIN conversations p ON p.conversation_id = c.parent_conversation_id
        """) == ["parent:A:A done"])
  }

  /// What Cline and a list of tasks call a task, where its folder has no history item.
  private static let list = #"""
    [{"id":"t1","task":"fix the test","tokensIn":1,"tokensOut":2,"totalCost":0.25,"cwdOnTaskInitialization":"/listed","modelId":"m2"},
     {"id":"gone","task":"deleted long ago","totalCost":9},
     {"id":"t2","task":"look around","parentTaskId":"t1","totalCost":7,"workspace":"/listed"}]
    """#.replacing("\n", with: " ")

  @Test(arguments: [
    ("tasks/_index.json", #"{"version":1,"updatedAt":1,"entries":\#(list)}"#),
    ("state/taskHistory.json", list),
  ])
  func `take from a list of tasks what their folders do not say`(
    name: String, text: String
  ) async throws {
    var child = TaskEntries()
    child.say("text", "look around")
    let files = [
      "tasks/t1/ui_messages.json": fixTheTest().text,
      "tasks/t2/ui_messages.json": child.text,
      "tasks/t2/history_item.json": #"{"id":"t2","task":"look around","totalCost":0.5}"#,
      name: text,
    ]
    let whole = try Workspace(ClineSource())
    for (name, text) in files { try whole.files.write(text, to: name) }
    #expect(try await whole.importAll().records.isConserved)
    #expect(
      try whole.texts(
        """
        SELECT concat_ws('|', session_id, workspace_path, total_cost, is_sidechain)
        FROM conversations ORDER BY 1
        """) == ["t1|/listed|0.25|false", "t2|0.5|false"])
    for first in [name, "tasks/t1/ui_messages.json"] {
      let steps = [[first: files[first] ?? ""], files]
      try await SourceContract(source: ClineSource(), steps: steps).check()
    }
  }

  @Test func `keep what a later version of the file no longer has`() async throws {
    let work = try Workspace(RooCodeSource())
    var task = fixTheTest()
    try work.files.write(task.text, to: "t/ui_messages.json")
    try await work.importAll()
    task = TaskEntries()
    task.say("text", "fix the test")
    try work.files.write(task.text, to: "t/ui_messages.json")
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    #expect(try work.number("SELECT count(*) FROM messages") == 2)
    #expect(try work.number("SELECT count(*) FROM tool_calls") == 1)
  }

  @Test func `keep what a file said that is damaged now, with the folder's other files`()
    async throws
  {
    let work = try Workspace(RooCodeSource())
    try work.files.write(fixTheTest().text, to: "t/ui_messages.json")
    try work.files.write(#"{"id":"other","task":"x","workspace":"/w"}"#, to: "t/history_item.json")
    try await work.importAll()
    try work.files.write("no JSON at all", to: "t/ui_messages.json")
    let report = try await work.importAll()
    #expect(report.records.read == 1)
    #expect(report.records.deadLettered == 1)
    #expect(
      try work.texts("SELECT session_id || workspace_path || total_messages FROM conversations")
        == ["other/w2"])
    let before = try work.checksums()
    _ = try await Rebuild(home: work.home, sources: [work.source]).run()
    #expect(try work.checksums() == before)
  }

  @Test func `make messages of what was sent when nothing shown is left`() async throws {
    let work = try Workspace(RooCodeSource())
    try work.files.write("[]", to: "t/ui_messages.json")
    try work.files.write(
      """
      {"version":2,"messages":[
        {"role":"user","content":[{"type":"text","text":"list it"}],"ts":1762000000000},
        {"role":"assistant","ts":1762000001000,
         "content":[{"type":"tool-call","toolCallId":"c1","toolName":"list","input":{"path":"."}}]},
        {"role":"tool","ts":1762000002000,
         "content":[{"type":"tool-result","toolCallId":"c1","output":"[ERROR] none"}]},
        {"role":"user","content":"Summary: all done","isSummary":true}, 7]}
      """, to: "t/api_conversation_history.json")
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    #expect(
      try work.texts("SELECT kind FROM messages ORDER BY sequence_number") == [
        "prompt", "response", "tool_result", "compact_summary",
      ])
    #expect(try work.texts("SELECT tool_name FROM tool_calls WHERE is_error") == ["list"])
  }

  @Test func `are told apart by their folders`() {
    let bytes = Array("[{\"ts\":1,\"type\":\"say\",\"say\":\"text\"}]".utf8)
    bytes.withUnsafeBytes { bytes in
      let folder = "/h/.config/Code/User/globalStorage"
      let sources: [any Source] = [ClineSource(), RooCodeSource(), KiloCodeSource()]
      let extensions = [
        "saoudrizwan.claude-dev", "rooveterinaryinc.roo-cline", "kilocode.kilo-code",
      ]
      for (owner, name) in extensions.enumerated() {
        let path = "\(folder)/\(name)/tasks/1/ui_messages.json"
        for (place, source) in sources.enumerated() {
          #expect(source.recognise(bytes, of: path) == (place == owner ? .certain : .none))
        }
      }
      for source in sources {
        #expect(source.recognise(bytes, of: "/x/renamed.json") == .possible)
      }
    }
  }

  @Test func `read a session of the Cline command`() async throws {
    let work = try Workspace(ClineSource())
    try work.files.write(
      """
      {"version":1,"sessionId":"s1","origin":{"version":"3.0.65"},"messages":[
        {"id":"m1","role":"user","ts":1790483860478,
         "content":[{"type":"text","text":"<user_input mode=\\"act\\">rename it</user_input>"}]},
        {"id":"m2","role":"assistant","ts":1790483864022,
         "content":[{"type":"tool_use","id":"t1","name":"editor","input":{"path":"a"}}],
         "modelInfo":{"id":"claude-x","provider":"cline"},
         "metrics":{"inputTokens":9187,"outputTokens":308,"cacheReadTokens":8624,
           "cacheWriteTokens":0,"cost":0.014827}},
        {"id":"m3","role":"user","ts":1790483864030,"content":[{"type":"tool_result",
         "tool_use_id":"t1","content":"{\\"result\\":\\"\\",\\"success\\":false}"}]}]}
      """, to: "s1/s1.messages.json")
    try work.files.write(
      #"{"session_id":"s1","model":"claude-x","cwd":"/w","messages_path":"s1.messages.json"}"#,
      to: "s1/s1.json")
    try await work.importAll()
    #expect(
      try work.texts(
        """
        SELECT concat_ws('|', title, workspace_path, platform_version, total_input_tokens,
          total_cache_read_tokens, round(total_cost, 6)) FROM conversations
        """) == ["rename it|/w|3.0.65|563|8624|0.014827"])
    #expect(try work.number("SELECT count(*) FROM tool_calls WHERE is_error") == 1)
  }
}
