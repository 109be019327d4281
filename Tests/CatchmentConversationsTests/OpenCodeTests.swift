import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Foundation
import GRDB
import Testing

/// An SQLite file made of SQL, as a platform keeps one.
func writeDatabase(_ path: String, _ sql: String) throws {
  let database = try DatabaseQueue(path: path)
  try database.write { try $0.execute(sql: sql) }
  try database.close()
}

/// OpenCode's tables, of a session with a prompt, an answer and a call.
enum OpenCodeDatabase {
  static let schema = """
    CREATE TABLE session (id TEXT PRIMARY KEY, project_id TEXT, parent_id TEXT, directory TEXT,
      title TEXT, version TEXT, cost REAL, time_created INTEGER, time_updated INTEGER);
    CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT, time_created INTEGER,
      time_updated INTEGER, data TEXT);
    CREATE TABLE part (id TEXT PRIMARY KEY, message_id TEXT, session_id TEXT,
      time_created INTEGER, time_updated INTEGER, data TEXT);
    CREATE TABLE credential (id TEXT PRIMARY KEY, secret TEXT);
    INSERT INTO credential VALUES ('c', 'sk-secret');
    """
  static let began = 1_790_768_250_000

  static func session(_ id: String, at time: Int = began, title: String = "A title") -> String {
    """
    INSERT INTO session VALUES ('\(id)', 'p', NULL, '/w', '\(title)', '1.18.33', 0, \(time), \(time));
    """
  }

  static func prompt(_ id: String, in session: String, at time: Int = began + 100) -> String {
    """
    INSERT INTO message VALUES ('\(id)', '\(session)', \(time), \(time),
      '{"role":"user","time":{"created":\(time)}}');
    INSERT INTO part VALUES ('\(id)p', '\(id)', '\(session)', \(time), \(time),
      '{"type":"text","text":"run it"}');
    """
  }

  static func answer(
    _ id: String, to prompt: String, in session: String, at time: Int = began + 200, exit: Int = 0
  ) -> String {
    """
    INSERT INTO message VALUES ('\(id)', '\(session)', \(time), \(time), '{"role":"assistant",
      "parentID":"\(prompt)","modelID":"m1","providerID":"x","cost":0.25,"finish":"stop",
      "time":{"created":\(time),"completed":\(time + 900)},
      "tokens":{"input":120,"output":8,"reasoning":3,"cache":{"read":100,"write":7}}}');
    INSERT INTO part VALUES ('\(id)a', '\(id)', '\(session)', 1, 1, '{"type":"reasoning","text":"hm"}');
    INSERT INTO part VALUES ('\(id)b', '\(id)', '\(session)', 1, 1, '{"type":"tool","tool":"bash",
      "callID":"call_1","state":{"status":"completed","input":{"command":"ls"},"output":"none",
      "metadata":{"exit":\(exit)},"time":{"start":\(time + 10),"end":\(time + 60)}}}');
    INSERT INTO part VALUES ('\(id)c', '\(id)', '\(session)', 1, 1, '{"type":"step-finish",
      "cost":0.25,"tokens":{"input":120,"output":8,"reasoning":3,"cache":{"read":100,"write":7}}}');
    """
  }

  static func conversation(_ session: String, exit: Int = 0) -> String {
    self.session(session) + prompt("\(session)m1", in: session)
      + answer("\(session)m2", to: "\(session)m1", in: session, exit: exit)
  }
}

@Suite struct `The OpenCode source` {
  private static let tree = [
    "storage/session/p/ses_1.json":
      #"{"id":"ses_1","projectID":"p","directory":"/w","title":"New session - 2026","time":{"created":1790768250000}}"#,
    "storage/message/ses_1/msg_1.json":
      #"{"id":"msg_1","sessionID":"ses_1","role":"user","time":{"created":1790768250100}}"#,
    "storage/message/ses_1/msg_2.json":
      #"{"id":"msg_2","sessionID":"ses_1","role":"assistant","parentID":"msg_1","modelID":"m1","tokens":{"input":5,"output":6,"reasoning":1,"cache":{"read":2,"write":3}},"cost":0,"time":{"created":1790768250200,"completed":1790768250300}}"#,
    "storage/part/msg_1/prt_1.json":
      #"{"id":"prt_1","messageID":"msg_1","type":"text","text":"list the files"}"#,
    "storage/part/msg_2/prt_1.json":
      #"{"id":"prt_1","messageID":"msg_2","sessionID":"ses_1","type":"tool","tool":"invalid","callID":"c1","state":{"status":"completed","input":{},"output":"no such tool"}}"#,
  ]

  @Test func `keeps the source contract with a tree of files`() async throws {
    let second = Self.tree["storage/part/msg_2/prt_1.json"] ?? ""
    try await SourceContract(
      source: OpenCodeSource(),
      steps: [
        Self.tree.filter { !$0.key.contains("/msg_2") }, Self.tree,
        ["storage/part/msg_2/prt_2.json": second.replacing("prt_1", with: "prt_2")],
        ["storage/part/msg_2/prt_1.json": second.replacing("no such tool", with: "none")],
        ["storage/part/msg_9/prt_1.json": "{\"id\":"],
      ], onlyGrows: false
    ).check()
  }

  @Test func `knows the files of a session at a glance`() {
    var hints: [UInt64?] = []
    for (name, text) in Self.tree where name != "storage/part/msg_1/prt_1.json" {
      hints.append(
        Array(text.utf8).withUnsafeBytes { OpenCodeSource().copyHint($0, of: "/\(name)") })
    }
    #expect(hints.count == 4)
    #expect(Set(hints).count == 1 && hints.first != .some(nil))
  }

  @Test func `makes a conversation of a tree, whatever is read first`() async throws {
    let whole = try Workspace(OpenCodeSource())
    for (name, text) in Self.tree { try whole.files.write(text, to: name) }
    let report = try await whole.importAll()
    #expect(report.records.isConserved)
    let steps = try Workspace(OpenCodeSource())
    for (name, text) in Self.tree.sorted(by: { $0.key > $1.key }) {
      try steps.files.write(text, to: name)
      try await steps.importAll()
    }
    for work in [whole, steps] {
      #expect(
        try work.texts(
          """
          SELECT concat_ws('|', session_id, title, model, workspace_path, total_messages,
            total_input_tokens, total_output_tokens, total_reasoning_tokens,
            total_cache_read_tokens, total_cache_write_tokens, total_cost) FROM conversations
          """) == ["ses_1|list the files|m1|/w|2|5|7|1|2|3|0.0"])
      #expect(
        try work.texts("SELECT tool_output->>'$' FROM tool_calls WHERE is_error") == [
          "no such tool"
        ])
    }
  }

  @Test func `reads the database, its calls' exit codes and times, and no secrets`() async throws {
    let work = try Workspace(OpenCodeSource())
    let path = "\(work.files.path)/opencode.db"
    try writeDatabase(path, OpenCodeDatabase.schema + OpenCodeDatabase.conversation("s1", exit: 2))
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    #expect(
      try work.texts(
        """
        SELECT concat_ws('|', title, platform_version, total_input_tokens, total_output_tokens,
          total_reasoning_tokens, total_cost, total_responses) FROM conversations
        """) == ["A title|1.18.33|120|11|3|0.25|1"])
    #expect(
      try work.texts(
        "SELECT concat_ws('|', native_id, exit_code, is_error, duration_ms) FROM tool_calls")
        == ["call_1|2|true|50"])
    #expect(
      try work.number(
        "SELECT count(*) FROM read_parquet('\(work.home.path)/raw/*/*/*.parquet') WHERE contains(payload::VARCHAR, 'sk-secret')"
      ) == 0)
  }

  @Test func `keeps rows that changed up to date, and those that were deleted`() async throws {
    let work = try Workspace(OpenCodeSource())
    let path = "\(work.files.path)/opencode.db"
    try writeDatabase(path, OpenCodeDatabase.schema + OpenCodeDatabase.conversation("s1"))
    try await work.importAll()
    try writeDatabase(
      path,
      """
      UPDATE message SET data = replace(data, '"output":8', '"output":80') WHERE id = 's1m2';
      UPDATE session SET title = 'Another' WHERE id = 's1';
      DELETE FROM part WHERE id = 's1m2a';
      """ + OpenCodeDatabase.conversation("s2"))
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    #expect(
      try work.texts(
        "SELECT title || '|' || total_output_tokens FROM conversations ORDER BY session_id")
        == ["Another|83", "A title|11"])
    // The thought that was deleted is kept.
    #expect(try work.number("SELECT count(*) FROM messages WHERE contains(content, 'hm')") == 2)
    #expect(try work.number("SELECT count(*) FROM tool_calls") == 2)
    #expect(try work.number("SELECT count(DISTINCT tool_call_id) FROM tool_calls") == 2)
  }

  @Test func `keeps a session that is in the tree and in the database once`() async throws {
    let work = try Workspace(OpenCodeSource())
    for (name, text) in Self.tree { try work.files.write(text, to: name) }
    try writeDatabase(
      "\(work.files.path)/opencode.db",
      OpenCodeDatabase.schema + OpenCodeDatabase.session("ses_1")
        + OpenCodeDatabase.prompt("msg_1", in: "ses_1"))
    try await work.importAll()
    #expect(
      try work.texts("SELECT title || '|' || total_messages FROM conversations") == ["A title|2"])
    #expect(
      try work.number("SELECT count(*) FROM catchment.raw_records WHERE outcome = 'duplicate'") == 2
    )
  }

  @Test func `counts what a fork copied once, and links it to the original`() async throws {
    let work = try Workspace(OpenCodeSource())
    let began = OpenCodeDatabase.began
    try writeDatabase(
      "\(work.files.path)/opencode.db",
      OpenCodeDatabase.schema + OpenCodeDatabase.conversation("s2")
        + OpenCodeDatabase.session("s1", at: began + 90_000, title: "A title (fork #1)")
        + OpenCodeDatabase.prompt("f1", in: "s1", at: began + 100)
        + OpenCodeDatabase.answer("f2", to: "f1", in: "s1", at: began + 200)
        + OpenCodeDatabase.prompt("f3", in: "s1", at: began + 91_000)
        + OpenCodeDatabase.answer("f4", to: "f3", in: "s1", at: began + 92_000))
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    #expect(try work.number("SELECT sum(input_tokens)::BIGINT FROM messages") == 240)
    #expect(try work.number("SELECT count(*) FROM messages") == 4)
    #expect(
      try work.texts(
        """
        SELECT o.session_id || (f.platform_metadata->>'is_fork') FROM conversations f
        JOIN conversations o ON o.conversation_id = f.parent_conversation_id
        """) == ["s2true"])
    // The fork goes on from the original's last message.
    #expect(
      try work.number(
        """
        SELECT count(*) FROM messages f JOIN messages o ON o.message_id = f.parent_message_id
        WHERE f.conversation_id <> o.conversation_id
        """) == 1)
  }

  @Test func `links a sub-agent to the call that started it`() async throws {
    let work = try Workspace(OpenCodeSource())
    try writeDatabase(
      "\(work.files.path)/opencode.db",
      OpenCodeDatabase.schema + OpenCodeDatabase.conversation("s1")
        + OpenCodeDatabase.conversation("child") + """
          UPDATE session SET parent_id = 's1' WHERE id = 'child';
          UPDATE part SET data = replace(data, '"exit":0', '"sessionId":"child"') WHERE id = 's1m2b';
          """)
    try await work.importAll()
    #expect(
      try work.texts(
        """
        SELECT p.session_id FROM tool_calls t
        JOIN conversations c ON c.conversation_id = t.child_conversation_id
        JOIN conversations p ON p.conversation_id = c.parent_conversation_id
        WHERE c.is_sidechain AND c.parent_tool_call_id = t.tool_call_id
        """) == ["s1"])
  }

  @Test func `tells prompts, summaries and failures apart`() async throws {
    let work = try Workspace(OpenCodeSource())
    func message(_ id: String, _ info: String, part: String) -> String {
      #"{"info":{"id":"\#(id)","sessionID":"s",\#(info)},"parts":[{"id":"\#(id)p","messageID":"\#(id)","type":"text",\#(part)}]}"#
    }
    let messages = [
      message(
        "m1", #""role":"user","time":{"created":1790768250001}"#,
        part: #""text":"Continue.","synthetic":true"#),
      message(
        "m2",
        #""role":"assistant","summary":true,"parentID":"m2","time":{"created":1790768250002}"#,
        part: #""text":"All that was said.""#),
      message(
        "m3",
        #""role":"assistant","error":{"name":"APIError"},"parentID":"m4","time":{"created":1790768250003}"#,
        part: #""text":"x""#),
      message(
        "m4",
        #""role":"assistant","error":{"name":"MessageAbortedError"},"parentID":"m3","tokens":{"input":5},"time":{"created":1790768250004}"#,
        part: #""text":"half""#),
    ]
    try work.files.write(
      #"{"info":{"id":"s","projectID":"p"},"messages":[\#(messages.joined(separator: ","))]}"#,
      to: "export.json")
    try await work.importAll()
    #expect(
      try work.texts(
        "SELECT kind || (parent_message_id IS NULL) FROM messages ORDER BY sequence_number")
        == ["metatrue", "compact_summaryfalse", "api_errorfalse", "responsefalse"])
    #expect(try work.texts("SELECT text FROM summaries") == ["All that was said."])
    #expect(
      try work.number(
        """
        SELECT count(*) FROM messages m JOIN messages p ON p.message_id = m.parent_message_id
        WHERE p.sequence_number >= m.sequence_number
        """) == 0)
  }

  @Test func `reads exported sessions and what a run printed`() async throws {
    let work = try Workspace(OpenCodeSource())
    try work.files.write(
      """
      {"info":{"id":"ses_1","projectID":"p","directory":"/w","title":"Exported"},"messages":[
        {"info":{"id":"m1","sessionID":"ses_1","role":"user","time":{"created":1790768250100}},
         "parts":[{"id":"p1","messageID":"m1","sessionID":"ses_1","type":"text","text":"hello"}]},
        {"info":{"id":"m2","sessionID":"ses_1","role":"assistant","modelID":"m",
          "time":{"created":1790768250200}},
         "parts":[{"id":"p2","messageID":"m2","sessionID":"ses_1","type":"text","text":"hi"},
           {"id":"p3","messageID":"m2","sessionID":"ses_1","type":"wholly-new","x":1}, 7]}]}
      """, to: "export.json")
    try work.files.write(
      """
      {"type":"text","timestamp":1790768250200,"sessionID":"ses_2","part":{"id":"p1","messageID":"m9","sessionID":"ses_2","type":"text","text":"done"}}
      {"type":"step_finish","timestamp":1790768250300,"sessionID":"ses_2","part":{"id":"p2","messageID":"m9","sessionID":"ses_2","type":"step-finish","cost":0.5,"tokens":{"input":9,"output":1,"reasoning":0,"cache":{"read":0,"write":0}}}}

      """, to: "run.jsonl")
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    #expect(report.issues.map(\.code) == ["unknown_type"])
    #expect(
      try work.texts(
        "SELECT concat_ws('|', session_id, title, total_messages, total_input_tokens, total_cost) FROM conversations ORDER BY 1"
      ) == ["ses_1|Exported|2", "ses_2|1|9|0.5"])
    #expect(
      try work.number("SELECT count(*) FROM messages WHERE contains(content, 'wholly-new')") == 1)
  }
}

@Suite(.enabled(if: Samples.has("ORACLES.tsv"), "no samples: set CATCHMENT_SAMPLES"))
struct `A sample of OpenCode's or Kilo Code's store` {
  private static let stores =
    Oracle.of("opencode") + Oracle.of("kilo_code").filter { $0.file.hasSuffix(".db") }

  @Test(arguments: stores)
  func `comes to the counts of the oracle`(oracle: Oracle) async throws {
    let work = try Workspace(
      oracle.file.hasPrefix("kilo_code") ? KiloCodeSource() : OpenCodeSource())
    let report = try await work.importAll([Samples.path(oracle.file)])
    #expect(report.records.isConserved)
    #expect(report.records.deadLettered == 0)
    #expect(
      report.records.read
        == ["rows_session", "rows_message", "rows_part"].compactMap { oracle[$0] }
        .reduce(0, +))
    #expect(try work.number("SELECT count(*) FROM messages") == oracle["rows_message"])
    let tokens = try oracle.numbers("assistant_tokens")
    for (metric, column) in [
      ("input", "input_tokens"), ("output", "output_tokens - reasoning_tokens"),
      ("reasoning", "reasoning_tokens"), ("cache_read", "cache_read_tokens"),
      ("cache_write", "cache_write_tokens"),
    ] {
      let sum = try work.number("SELECT coalesce(sum(\(column)), 0)::BIGINT FROM messages")
      #expect(sum == tokens[metric], "\(metric)")
    }
    #expect(
      try work.number("SELECT round(coalesce(sum(cost), 0) * 1e6)::BIGINT FROM messages")
        == oracle.millionths("assistant_cost_usd"))
  }

  @Test func `is one conversation when it is a tree`() async throws {
    let work = try Workspace(OpenCodeSource())
    let folder = "opencode/git-ai-project__git-ai/tests/fixtures/opencode-storage"
    let report = try await work.importAll([Samples.path(folder)])
    #expect(report.records.isConserved)
    #expect(report.unitsCommitted == 7)
    #expect(try work.texts("SELECT session_id FROM conversations") == ["test-session-123"])
    #expect(try work.number("SELECT count(*) FROM messages") == 2)
    #expect(try work.number("SELECT count(*) FROM tool_calls WHERE tool_name = 'edit'") == 1)
  }

  @Test func `is conserved when it is a tree that is damaged`() async throws {
    let originals = Samples.files(in: "opencode", extension: "json").compactMap { file in
      FileManager.default.contents(atPath: file.path).map {
        (name: file.pathComponents.suffix(3).joined(separator: "/"), bytes: Array($0))
      }
    }
    .map { (name: "storage/\($0.name)", bytes: $0.bytes) }
    try await DamagedFiles(source: OpenCodeSource(), originals: originals).check()
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func `is conserved when rows of a database are damaged`(seed: UInt64) async throws {
    try await DamagedRows(
      source: OpenCodeSource(), name: "opencode.db",
      database: "opencode/shuv1337__oc-manager/tests/fixtures/test.db",
      columns: [("session", "data"), ("message", "data"), ("part", "data"), ("part", "message_id")]
    ).check(seed: seed)
  }
}
