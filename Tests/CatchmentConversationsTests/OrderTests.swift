import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import Testing

/// Files that speak of each other, and what is to be the same in whatever order they come.
struct RelatedFiles: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let files: [String: String]
}

@Suite struct `The order of imports` {
  private static let first = "aaaaaaaa-0000-4000-8000-000000000001"
  private static let second = "aaaaaaaa-0000-4000-8000-000000000002"
  private static let third = "aaaaaaaa-0000-4000-8000-000000000003"
  private static let fourth = "aaaaaaaa-0000-4000-8000-000000000004"

  private static var original: Transcript {
    var transcript = Transcript(session: first)
    transcript.user("fix the test")
    transcript.response(
      "1",
      blocks: [
        Transcript.text("looking"), Transcript.toolUse("toolu_1", "Task"),
        Transcript.toolUse("toolu_2", "Bash"),
      ], output: 40, stop: "tool_use")
    transcript.record(
      "user",
      #""message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","#
        + #""content":"found"}]},"toolUseResult":{"agentId":"a1","totalDurationMs":1200}"#)
    transcript.result(of: "toolu_2", "Exit code 2", isError: true)
    transcript.response("2", blocks: [Transcript.text("done")], output: 7)
    return transcript
  }

  private static func agent(_ name: String) -> Transcript {
    var agent = Transcript(session: first, prefix: name)
    agent.user("look around")
    agent.response("agent-\(name)", blocks: [Transcript.text("found")], output: 9)
    return agent
  }

  private static func fork(
    of original: Transcript, _ session: String, lines: Int, isBackground: Bool = false
  ) -> Transcript {
    var fork = original.forked(to: session, lines: lines)
    fork.user("another way")
    if isBackground { fork.record("system", #""sessionKind":"bg","content":"handed over""#) }
    fork.response("fork-\(session.suffix(1))", blocks: [Transcript.text("yes")], output: 5)
    return fork
  }

  private static var sets: [RelatedFiles] {
    let short = fork(of: original, second, lines: 2)
    var summary = Transcript(session: fourth)
    summary.raw(#"{"type":"summary","summary":"Fixing the test","leafUuid":"\#(first)-3"}"#)
    summary.user("next")
    return [
      RelatedFiles(
        testDescription: "an original, a fork, a fork of the fork, a background fork",
        files: [
          "p/\(first).jsonl": original.text, "p/\(second).jsonl": short.text,
          "p/\(third).jsonl": fork(of: short, third, lines: 4).text,
          "p/\(fourth).jsonl": fork(of: original, fourth, lines: 5, isBackground: true).text,
        ]),
      RelatedFiles(
        testDescription: "a parent, its sub-agents, a summary",
        files: [
          "p/\(first).jsonl": original.text,
          "p/\(first)/subagents/agent-a1.jsonl": agent("a1").text,
          "p/\(first)/subagents/agent-a2.jsonl": agent("a2").text,
          "p/\(fourth).jsonl": summary.text,
        ]),
      RelatedFiles(
        testDescription: "the same session in two directories, an old sub-agent with a broken line",
        files: [
          "p/\(first).jsonl": original.text, "q/\(first).jsonl": original.text,
          "p/agent-a1.jsonl": agent("a1").text + "{broken\n",
        ]),
    ]
  }

  @Test(arguments: sets)
  func `does not matter`(related: RelatedFiles) async throws {
    let whole = try Workspace(ClaudeCodeSource())
    for (name, text) in related.files { try whole.files.write(text, to: name) }
    try await whole.importAll()
    let expected = try whole.checksums()
    try await importEach(
      of: related.files.keys.sorted(), into: Workspace(ClaudeCodeSource(), files: whole.files),
      after: [], expected)
  }

  /// Takes each of the files next, and then the others in every order; homes that began alike are
  /// copies.
  private func importEach(
    of names: [String], into work: Workspace, after before: [String], _ expected: Checksums
  ) async throws {
    for name in names {
      let next = names.count > 1 ? try work.copy() : work
      try await next.importAll(["\(work.files.path)/\(name)"])
      let order = before + [name]
      if names.count > 1 {
        try await importEach(
          of: names.filter { $0 != name }, into: next, after: order, expected)
      } else {
        #expect(try next.checksums().differences(from: expected) == [], "\(order)")
      }
    }
  }

  /// Lines of four sessions that speak of each other, dealt to files at random: what no program
  /// would write, but copies, merges and repairs by hand do.
  @Test(arguments: UInt64(1)...6)
  func `does not matter for files that share lines at random`(seed: UInt64) async throws {
    var random = SeededRandom(seed: seed)
    var pool: [String] = []
    for file in Self.sets.flatMap({ $0.files.sorted { $0.key < $1.key } }) {
      let lines: [Substring] = file.value.split(separator: "\n")
      pool += lines.map(String.init).filter { !$0.contains(#""type":"summary""#) }
    }
    let whole = try Workspace(ClaudeCodeSource())
    var names: [String] = []
    for number in 0..<5 {
      let lines: [String] = (0..<12).map { _ in pool[random.below(pool.count)] }
      names.append("p/aaaaaaaa-0000-4000-8000-00000000001\(number).jsonl")
      try whole.files.write(lines.joined(separator: "\n") + "\n", to: names[number])
    }
    try await whole.importAll()
    let expected = try whole.checksums()
    for _ in 0..<2 {
      let work = try Workspace(ClaudeCodeSource(), files: whole.files)
      names.shuffle(using: &random)
      for name in names { try await work.importAll(["\(work.files.path)/\(name)"]) }
      let tables = try work.checksums().differences(from: expected)
      let rows = try tables.flatMap { try work.difference(from: whole, in: $0) }
      #expect(tables == [], "\(names): \(rows.prefix(4).joined(separator: "\n"))")
    }
  }
}
