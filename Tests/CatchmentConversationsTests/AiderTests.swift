import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Testing

/// Writes Aider's history for tests, with its line breaks.
private struct History {
  private(set) var text = ""

  mutating func run(_ started: String) { text += "\n# aider chat started at \(started)\n\n" }
  mutating func output(_ line: String) { text += "> \(line)  \n" }
  mutating func answer(_ words: String) { text += "\n\(words)\n\n" }

  mutating func prompt(_ lines: String...) {
    text += "\n" + lines.map { "#### \($0)  \n" }.joined()
  }

  /// A run with a model, two answers and their costs.
  static func talk(_ started: String = "2026-03-01 10:00:00") -> History {
    var history = History()
    history.run(started)
    history.output("Aider v0.86.1")
    history.output("Main model: anthropic/claude-sonnet-4-5 with diff edit format")
    history.prompt("/add a.py")
    history.output("Added a.py to the chat")
    history.prompt("fix the test", "", "and only that")
    history.answer("Sure.\n\n#### Step 1\n\n> as you said\n\n```\ncode\n```")
    history.output("Tokens: 6.3k sent, 1.2k received. Cost: $0.03 message, $0.03 session.")
    history.output("Applied edit to a.py")
    history.output("Commit 0a1b2c3 fix: the test")
    history.prompt("again")
    history.answer("Done.")
    history.output(
      "Tokens: 12k sent, 2.5k cache write, 4.1k cache hit, 512 received. "
        + "Cost: $0.0042 message, $0.0342 session.")
    return history
  }
}

@Suite struct `The Aider source` {
  private static let name = ".aider.chat.history.md"

  private func work(_ text: String) async throws -> Workspace {
    let work = try Workspace(AiderSource())
    try work.files.write(text, to: Self.name)
    try await work.importAll()
    return work
  }

  private func messages(_ work: Workspace) throws -> [String?] {
    try work.texts(
      """
      SELECT concat_ws(' ', kind, content->>'$[0].text') FROM messages
      JOIN conversations USING (conversation_id) ORDER BY created_at, sequence_number
      """)
  }

  @Test func `keeps the source contract`() async throws {
    let first = History.talk()
    var second = first
    second.run("2026-03-02 09:00:00")
    second.prompt("another thing")
    var third = second
    third.answer("Here.\nIt is.")
    try await SourceContract(
      source: AiderSource(),
      steps: [
        ["a/\(Self.name)": first.text + "#### half a"],
        ["a/\(Self.name)": first.text + "#### half a line  \n"],
        ["b/\(Self.name)": second.text],
        ["b/\(Self.name)": third.text, "c/\(Self.name)": first.text],
      ]
    ).check()
  }

  @Test func `keeps the source contract for a history that is cut`() async throws {
    var whole = History.talk()
    whole.run("2026-03-02 09:00:00")
    whole.prompt("another thing")
    var rest = History()
    rest.run("2026-03-02 09:00:00")
    rest.prompt("another thing")
    rest.answer("Here.")
    try await SourceContract(
      source: AiderSource(), steps: [[Self.name: whole.text], [Self.name: rest.text]],
      onlyGrows: false
    ).check()
  }

  @Test func `tells apart what a person, a model and Aider said`() async throws {
    let work = try await work(History.talk().text)
    #expect(
      try messages(work) == [
        "output Aider v0.86.1\nMain model: anthropic/claude-sonnet-4-5 with diff edit format",
        "command /add a.py", "output Added a.py to the chat",
        "prompt fix the test\n\nand only that",
        "response Sure.\n\n#### Step 1\n\n> as you said\n\n```\ncode\n```",
        "output Tokens: 6.3k sent, 1.2k received. Cost: $0.03 message, $0.03 session.\n"
          + "Applied edit to a.py\nCommit 0a1b2c3 fix: the test",
        "prompt again", "response Done.",
        "output Tokens: 12k sent, 2.5k cache write, 4.1k cache hit, 512 received. "
          + "Cost: $0.0042 message, $0.0342 session.",
      ])
  }

  @Test func `takes models, tokens and costs from what Aider prints`() async throws {
    let work = try await work(History.talk().text)
    #expect(
      try work.rows(
        """
        SELECT input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost, model,
          metadata->>'usage_quality'
        FROM messages WHERE role = 'assistant' ORDER BY sequence_number
        """) == [
          [
            .integer(6_300), .integer(1_200), .null, .null, .double(0.03),
            .text("anthropic/claude-sonnet-4-5"), .text("approximate"),
          ],
          [
            .integer(5_400), .integer(512), .integer(4_100), .integer(2_500), .double(0.0042),
            .text("anthropic/claude-sonnet-4-5"), .text("approximate"),
          ],
        ])
    #expect(
      try work.rows(
        """
        SELECT title, platform_version, git_commit, total_cost, total_responses,
          epoch_ms(created_at), platform_metadata->>'started_local' FROM conversations
        """) == [
          [
            .text("fix the test"), .text("0.86.1"), .text("0a1b2c3"), .double(0.0342), .integer(2),
            .integer(1_772_359_200_000), .text("2026-03-01 10:00:00"),
          ]
        ])
  }

  @Test func `gives every line one outcome`() async throws {
    var history = History()
    history.run("2026-03-01 10:00:00")
    history.prompt("why?")
    history.answer("Because.\nSo.")
    history.run("2026-03-01 11:00:00")
    let work = try await work(history.text)
    #expect(
      try work.texts("SELECT outcome FROM catchment.raw_records ORDER BY line")
        == ["updated", "loaded", "loaded", "updated", "filtered"])
    #expect(try work.number("SELECT count(*) FROM conversations") == 1)
    // A copy in another place says nothing new.
    try work.files.write(history.text, to: "copy/\(Self.name)")
    try await work.importAll()
    #expect(try work.number("SELECT count(*) FROM messages") == 2)
    #expect(
      try work.number("SELECT count(*) FROM catchment.raw_records WHERE outcome = 'duplicate'")
        == 3)
  }

  @Test func `keeps what a history that was cut no longer has`() async throws {
    var rest = History()
    rest.run("2026-03-02 09:00:00")
    rest.prompt("another thing")
    rest.answer("Here.")
    let work = try Workspace(AiderSource())
    try work.files.write(History.talk().text + rest.text, to: Self.name)
    try await work.importAll()
    let before = try messages(work)
    try work.files.write(rest.text, to: Self.name)
    try await work.importAll()
    #expect(try messages(work) == before)
    #expect(before.count == 11)
  }

  @Test func `takes marks at their word where an editor removed the line breaks`() async throws {
    let text = """
      # aider chat started at 2026-03-01 10:00:00

      #### add a retry
      On it:

      ```
      #### not a prompt
      > nor output
      # aider chat started at 2024-01-01 00:00:00
      ```
      > Applied edit to a.py

      """
    let work = try await work(text)
    #expect(
      try messages(work) == [
        "prompt add a retry",
        "response On it:\n\n```\n#### not a prompt\n> nor output\n"
          + "# aider chat started at 2024-01-01 00:00:00\n```",
        "output Applied edit to a.py",
      ])
  }

  @Test func `tells runs of two repositories apart that began in the same second`() async throws {
    let work = try Workspace(AiderSource())
    for repository in ["one", "two"] {
      var history = History()
      history.run("2026-03-01 10:00:00")
      history.prompt("exercise \(repository)")
      try work.files.write(history.text, to: "\(repository)/\(Self.name)")
    }
    try await work.importAll()
    #expect(
      try work.texts("SELECT title FROM conversations ORDER BY 1") == [
        "exercise one", "exercise two",
      ])
  }

  @Test func `survives what no history has`() async throws {
    let work = try Workspace(AiderSource())
    try work.files.write(
      Array("> alone\r\n####\r\n>\n# aider chat started at yesterday\n".utf8) + [0xFF, 0xFE, 0x0A]
        + Array(
          "> Tokens: k sent, received.  \n> Tokens: 1e99k sent, -1 received. Cost: $x message.  \n"
            .utf8), to: Self.name)
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    #expect(report.records.deadLettered == 0)
    let issues = try work.texts("SELECT DISTINCT issue FROM catchment.raw_records ORDER BY 1")
    #expect(issues.first == "invalid_utf8")
    #expect(try work.number("SELECT count(*) FROM messages WHERE input_tokens IS NOT NULL") == 0)
  }

  @Test func `is recognised by its contents`() {
    let source = AiderSource()
    func recognise(_ text: String, _ path: String) -> Recognition {
      Array(text.utf8).withUnsafeBytes { source.recognise($0, of: path) }
    }
    #expect(recognise(History.talk().text, "/x/notes.md") == .certain)
    #expect(recognise("#### hello", "/x/\(Self.name)") == .possible)
    #expect(recognise("# aider\n", "/x/aider.md") == .none)
    #expect(source.mayHold("C:\\repo\\.aider.chat.history.md"))
    #expect(!source.mayHold("/repo/README.md"))
    #expect(
      source.defaultRoots(home: "/h", environment: ["AIDER_CHAT_HISTORY_FILE": "/log.md"])
        == ["/log.md", "/h/.aider.chat.history.md"])
  }

  @Test func `conserves the records of damaged files`() async throws {
    var history = History.talk()
    history.run("2026-03-02 09:00:00")
    history.prompt("another thing")
    history.answer("Here.")
    try await DamagedFiles(
      source: AiderSource(), originals: [(Self.name, Array(history.text.utf8))]
    ).check()
  }
}

@Suite(.enabled(if: Samples.has("aider"), "no samples: set CATCHMENT_SAMPLES"))
struct `A sample of Aider` {
  @Test func `imports whole`() async throws {
    let work = try Workspace(AiderSource())
    let report = try await work.importAll([Samples.path("aider")])
    #expect(report.records.isConserved)
    // Three runs begin, the last one without a word. The file has no line breaks, so a heading of
    // the model's is taken for a prompt, as its mark says.
    #expect(
      try work.rows(
        "SELECT title, total_messages, total_responses FROM conversations ORDER BY created_at")
        == [
          [.text("add a retry to the webhook"), .integer(5), .integer(2)],
          [.text("make the timeout configurable"), .integer(3), .integer(1)],
        ])
  }
}
