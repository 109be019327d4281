import CatchmentConversations
import CatchmentTesting
import Testing

@Suite struct `The Claude Code source` {
  /// A session that grows, ends in half a line, is forked, is written anew; and a sub-agent.
  private var steps: [[String: String]] {
    var main = Transcript(session: "11111111-1111-4111-8111-111111111111")
    main.user("fix the test")
    main.response(
      "1", blocks: [Transcript.text("looking"), Transcript.toolUse("toolu_1", "Bash")], output: 40,
      stop: "tool_use")
    let first = main
    main.result(of: "toolu_1", "Exit code 1", isError: true)
    main.response("2", blocks: [Transcript.text("done")], output: 7)
    let whole = main
    var fork = whole.forked(to: "22222222-2222-4222-8222-222222222222", lines: 2)
    fork.user("another way")
    fork.response("3", blocks: [Transcript.text("yes")], output: 5)
    let name = "p/\(main.session).jsonl"
    let forkName = "p/\(fork.session).jsonl"
    let half = #"{"type":"user","uuid":"half","sessionId":"\#(main.session)","#
    let agent = Transcript(session: main.session, prefix: "agent")
    var working = agent
    working.user("look around")
    working.response("4", blocks: [Transcript.text("found")], output: 9)
    return [
      [name: first.text + half],
      [name: first.text + half + #""message":{"role":"user","content":"whole now"}}"# + "\n"],
      [forkName: fork.text],
      ["p/\(main.session)/subagents/agent-a1.jsonl": working.text + "not json\n"],
      [
        name: first.text + half + #""message":{"role":"user","content":"whole now"}}"# + "\n"
          + whole.lines.dropFirst(first.lines.count).map { $0 + "\n" }.joined()
      ],
    ]
  }

  @Test func `keeps the source contract`() async throws {
    try await SourceContract(source: ClaudeCodeSource(), steps: steps).check()
  }
}
