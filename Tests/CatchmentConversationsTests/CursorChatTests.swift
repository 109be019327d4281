import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import Foundation
import Testing

/// A chat of Cursor's command: messages by their hashes, and the root that names them.
struct CursorStore {
  private(set) var sql = ""
  private var names: [[UInt8]: String] = [:]

  static let schema = """
    CREATE TABLE blobs (id TEXT PRIMARY KEY, data BLOB);
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT);

    """

  /// - Parameter root: more fields of the root.
  mutating func write(_ messages: [String], id: String, root more: [UInt8] = []) {
    let names = messages.map { add(Array($0.utf8)) }
    let root = add(names.flatMap { [0x0A, 0x20] + Self.bytes(of: $0) } + more)
    let facts =
      #"{"agentId":"\#(id)","latestRootBlobId":"\#(root)","name":"A chat","mode":"auto-run","createdAt":1768862746153,"lastUsedModel":"sonnet"}"#
    sql += "INSERT OR REPLACE INTO meta VALUES ('0', '\(Self.digits(Array(facts.utf8)))');\n"
  }

  /// Names stand for hashes: equal blobs have one.
  private mutating func add(_ data: [UInt8]) -> String {
    if let name = names[data] { return name }
    let name = String(format: "%064x", names.count + 1)
    names[data] = name
    sql += "INSERT INTO blobs VALUES ('\(name)', x'\(Self.digits(data))');\n"
    return name
  }

  mutating func takeSQL() -> String {
    defer { sql = "" }
    return sql
  }

  static func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    [number << 3 | 2, UInt8(bytes.count)] + bytes
  }

  private static func digits(_ bytes: [UInt8]) -> String {
    bytes.map { String(format: "%02x", $0) }.joined()
  }

  private static func bytes(of digits: String) -> [UInt8] {
    stride(from: 0, to: digits.count, by: 2).compactMap { place in
      UInt8(digits.dropFirst(place).prefix(2), radix: 16)
    }
  }
}

@Suite struct `The chats of Cursor's command` {
  private static let surroundings =
    #"{"role":"user","content":"<user_info>\nOS: Linux\n</user_info>"}"#
  private static let prompt =
    #"{"role":"user","content":[{"type":"text","text":"<user_query>\ngo on\n</user_query>"}]}"#
  private static let answer =
    #"{"id":"1","role":"assistant","content":[{"type":"reasoning","text":"hm","providerOptions":{"cursor":{"modelName":"opus"}}},{"type":"text","text":"I look."},{"type":"tool-call","toolCallId":"t1","toolName":"Read","args":{"path":"/f"}}]}"#
  private static let result =
    #"{"role":"tool","id":"t1","content":[{"type":"tool-result","toolName":"Read","toolCallId":"t1","result":"no such file","isError":true}]}"#

  private let work: Workspace
  private let folder: String

  init() throws {
    work = try Workspace(CursorSource())
    folder = ".cursor/chats/36e6f8/s1"
    try FileManager.default.createDirectory(
      atPath: "\(work.files.path)/\(folder)", withIntermediateDirectories: true)
  }

  private func write(_ store: inout CursorStore, creating: Bool = false) throws {
    try writeDatabase(
      "\(work.files.path)/\(folder)/store.db",
      (creating ? CursorStore.schema : "") + store.takeSQL())
  }

  private static let talk =
    """
    SELECT concat_ws('|', role, kind, content->>'$[0].text', metadata->>'removed')
    FROM messages ORDER BY sequence_number
    """

  @Test func `are told in the order that the root names`() async throws {
    var store = CursorStore()
    let counts = CursorStore.field(5, [0x08, 0xAC, 0x02, 0x10, 0xC0, 0x9A, 0x0C])
    // The same prompt twice is one blob.
    store.write(
      [Self.surroundings, Self.prompt, Self.answer, Self.result, Self.prompt], id: "s1",
      root: counts + CursorStore.field(9, Array("file:///w/a%20b".utf8)))
    try write(&store, creating: true)
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    #expect(
      try work.texts(Self.talk) == [
        "user|context|<user_info>\nOS: Linux\n</user_info>",
        "user|prompt|<user_query>\ngo on\n</user_query>", "assistant|response", "tool|tool_result",
        "user|prompt|<user_query>\ngo on\n</user_query>",
      ])
    #expect(
      try work.texts(
        """
        SELECT concat_ws('|', session_id, title, model, workspace_path, platform_metadata->>'mode',
          platform_metadata->>'context_tokens', platform_metadata->>'context_limit', total_messages)
        FROM conversations
        """) == ["s1|A chat|sonnet|/w/a b|auto-run|300|200000|5"])
    #expect(
      try work.texts(
        """
        SELECT concat_ws('|', tool_name, tool_input->>'path', tool_output->>'$', is_error, model)
        FROM tool_calls t JOIN messages m USING (message_id)
        """) == ["Read|/f|no such file|true|opus"])
  }

  @Test func `go on, and keep what they were taken back to say`() async throws {
    var store = CursorStore()
    store.write([Self.prompt, Self.answer], id: "s1")
    try write(&store, creating: true)
    try await work.importAll()
    store.write([Self.prompt, Self.result], id: "s1")
    try write(&store)
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    #expect(
      try work.texts("SELECT concat_ws('|', kind, metadata->>'removed') FROM messages ORDER BY 1")
        == ["prompt", "response|true", "tool_result"])
    let before = try work.checksums()
    try await work.rebuild()
    #expect(try work.checksums() == before)
  }

  @Test func `are named by the file beside them, whichever is read first`() async throws {
    var store = CursorStore()
    store.write([Self.prompt], id: "s1")
    try work.files.write(
      #"{"schemaVersion":1,"createdAtMs":1768862746000,"updatedAtMs":1768862749000,"hasConversation":true,"isSubagent":true,"title":"Beside","cwd":"/repo"}"#,
      to: "\(folder)/meta.json")
    #expect(try await work.importAll().records.isConserved)
    #expect(try work.number("SELECT count(*) FROM conversations") == 0)
    try write(&store, creating: true)
    #expect(try await work.importAll().records.isConserved)
    #expect(
      try work.texts(
        """
        SELECT concat_ws('|', title, workspace_path, is_sidechain, epoch_ms(updated_at))
        FROM conversations
        """) == ["A chat|/repo|true|1768862749000"])
    let whole = try Workspace(CursorSource(), files: work.files)
    try await whole.importAll()
    #expect(try work.checksums() == whole.checksums())
  }

  @Test func `tell more than a transcript of the same chat`() async throws {
    var store = CursorStore()
    store.write([Self.prompt, Self.answer], id: "s1")
    try write(&store, creating: true)
    try work.files.write(
      #"{"role":"user","message":{"content":[{"type":"text","text":"go on"}]}}"# + "\n",
      to: "p/agent-transcripts/s1/s1.jsonl")
    try work.files.write("user:\ngo on\n", to: "p/agent-transcripts/s1.txt")
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    #expect(report.records.duplicate == 2)
    #expect(try work.number("SELECT count(*) FROM messages") == 2)
  }

  @Test func `are conserved when the root or a message is missing or broken`() async throws {
    var store = CursorStore()
    store.write([Self.prompt, Self.answer, Self.result], id: "s1")
    try write(&store, creating: true)
    try writeDatabase(
      "\(work.files.path)/\(folder)/store.db",
      "UPDATE blobs SET data = x'0a20ff' WHERE substr(data, 1, 1) = x'0A'; "
        + "UPDATE blobs SET data = x'7B22' WHERE instr(data, CAST('tool-result' AS BLOB)) > 0;")
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    #expect(try work.texts("SELECT kind FROM messages ORDER BY 1") == ["prompt", "response"])
  }
}

@Suite struct `A transcript of Cursor's agent in prose` {
  private static let text = """
    user:
    <user_query>
    find it
    </user_query>

    assistant:
    [Thinking] Where could it be?
    I will look.
    [Tool call] Shell
      command: ls a: b
      timeout: 300
    [Tool call] Write
      path: /f
      contents: first

      user: not a speaker
    last

    [Tool result] Write

    [Tool result] Shell
    a.txt

    A:
    There:
    user: it is.

    user:
    thanks

    """

  private let work: Workspace

  init() throws { work = try Workspace(CursorSource()) }

  @Test func `is told by its marks`() async throws {
    try work.files.write(Self.text, to: "p/agent-transcripts/u1.txt")
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    #expect(
      try work.texts(
        """
        SELECT concat_ws('|', session_id, title, role, content->>'$[0].thinking',
          content->>'$[0].text', content->>'$[1].text')
        FROM messages JOIN conversations USING (conversation_id) ORDER BY sequence_number
        """) == [
          "u1|find it|user|<user_query>\nfind it\n</user_query>",
          "u1|find it|assistant|Where could it be?|I will look.",
          "u1|find it|assistant|There:\nuser: it is.", "u1|find it|user|thanks",
        ])
    #expect(
      try work.texts(
        """
        SELECT concat_ws('|', tool_name, coalesce(tool_input->>'command', tool_input->>'$'),
          tool_output->>'$') FROM tool_calls ORDER BY tool_name
        """) == [
          "Shell|ls a: b|a.txt",
          "Write|  path: /f\n  contents: first\n\n  user: not a speaker\nlast",
        ])
  }

  @Test func `is told anew when it was written anew, and by lines when there are both`()
    async throws
  {
    try work.files.write(String(Self.text.prefix(120)), to: "p/agent-transcripts/u1.txt")
    try await work.importAll()
    try work.files.write(Self.text, to: "p/agent-transcripts/u1.txt")
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    #expect(try work.number("SELECT count(*) FROM messages") == 4)
    try work.files.write(
      #"{"role":"user","message":{"content":[{"type":"text","text":"by line"}]}}"# + "\n",
      to: "p/agent-transcripts/u1/u1.jsonl")
    #expect(try await work.importAll().records.isConserved)
    #expect(try work.texts("SELECT content->>'$[0].text' FROM messages") == ["by line"])
  }

  @Test func `keeps the source contract`() async throws {
    try await SourceContract(
      source: CursorSource(),
      steps: [
        ["p/agent-transcripts/u1.txt": Self.text],
        ["p/agent-transcripts/u2.txt": "assistant:\nhi\n"],
        ["p/agent-transcripts/u1.txt": Self.text + "more\n"],
      ], onlyGrows: false
    ).check()
  }
}
