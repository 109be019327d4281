import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import Testing

/// Files with lines that lack what a program would have written: their rows must still be the same
/// in whatever order the files come, with every id in one conversation.
@Suite struct `Lines that lack a name` {
  private static let first = "aaaaaaaa-0000-4000-8000-000000000001"
  private static let second = "aaaaaaaa-0000-4000-8000-000000000002"
  private static let nameless =
    #"{"type":"user","message":{"role":"user","content":"who am I?"}}"#

  private static func session(_ name: String, with lines: [String], atStart: Bool = false) -> String
  {
    var transcript = Transcript(session: name)
    if !atStart { transcript.user("hello") }
    for line in lines { transcript.raw(line) }
    if atStart { transcript.user("hello") }
    return transcript.text
  }

  private static var summary: String {
    #"{"type":"summary","summary":"A title","leafUuid":"nowhere"}"#
  }

  private static func call(_ session: String) -> String {
    #"{"type":"assistant","sessionId":"\#(session)","uuid":"\#(session)-call","#
      + #""timestamp":"2026-03-01T10:00:00.000Z","message":{"id":"msg_1","role":"assistant","#
      + #""model":"m","content":[\#(Transcript.toolUse("toolu_1", "Bash"))]}}"#
  }

  private static func result(_ session: String) -> String {
    #"{"type":"user","sessionId":"\#(session)","uuid":"\#(session)-result","#
      + #""timestamp":"2026-03-01T10:00:01.000Z","message":{"role":"user","content":"#
      + #"[{"type":"tool_result","tool_use_id":"toolu_1","content":"out"}]}}"#
  }

  /// Another session's response under a request of that session, then a line without a session.
  private static func retold(_ uuid: String, in session: String) -> String {
    #"{"type":"assistant","sessionId":"\#(session)","uuid":"\#(uuid)","requestId":"req_1","#
      + #""timestamp":"2026-03-01T10:00:00.000Z","message":{"id":"msg_1","role":"assistant","#
      + #""model":"m","content":[\#(Transcript.text("well"))]}}"#
  }

  private static let broken = #"{"uuid":"the-same","type":"user","#

  static let sets = [
    RelatedFiles(
      testDescription: "a line without a uuid, in two sessions",
      files: [
        "p/\(first).jsonl": session(first, with: [nameless]),
        "p/\(second).jsonl": session(second, with: [nameless, nameless]),
      ]),
    RelatedFiles(
      testDescription: "a line without a uuid, in files of no session",
      files: ["p/a.jsonl": broken + "\n" + nameless + "\n", "p/b.jsonl": nameless + "\n"]),
    RelatedFiles(
      testDescription: "a summary in two sessions' files of one name",
      files: [
        "p/notes.jsonl": session(first, with: [summary]),
        "q/notes.jsonl": session(second, with: [summary]),
        "r/notes.jsonl": broken + "\n" + summary + "\n",
      ]),
    RelatedFiles(
      testDescription: "the same broken beginning, a call in one file and its result in the other",
      files: [
        "p/\(first).jsonl": broken + "\n" + call(first) + "\n",
        "p/\(second).jsonl": broken + "\n" + result(second) + "\n",
      ]),
    RelatedFiles(
      testDescription: "a response told again, before a line that names no session",
      files: [
        "p/1.jsonl": retold("x", in: first) + "\n" + nameless + "\n",
        "p/2.jsonl": retold("y", in: second) + "\n" + nameless + "\n",
        "p/3.jsonl": session(second, with: []),
      ]),
    RelatedFiles(
      testDescription: "a call that a response makes twice",
      files: [
        "p/\(first).jsonl": session(
          first, with: [call(first).replacing("\"content\":[", with: "\"content\":[\(twice),")])
      ]),
  ]

  private static let twice = Transcript.toolUse("toolu_1", "Bash")

  @Test(arguments: sets) func `have one conversation each`(related: RelatedFiles) async throws {
    let work = try Workspace(ClaudeCodeSource())
    for (name, text) in related.files { try work.files.write(text, to: name) }
    try await Conservation.expect(work)
  }

  @Test(arguments: sets)
  func `have the same in whatever order the files come`(related: RelatedFiles) async throws {
    let whole = try Workspace(ClaudeCodeSource())
    for (name, text) in related.files { try whole.files.write(text, to: name) }
    try await whole.importAll()
    let names = related.files.keys.sorted()
    for order in [names, names.reversed()] {
      let work = try Workspace(ClaudeCodeSource(), files: whole.files)
      for name in order { try await work.importAll(["\(work.files.path)/\(name)"]) }
      #expect(try work.checksums().differences(from: whole.checksums()) == [], "\(order)")
    }
  }
}
