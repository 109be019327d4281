import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Testing

/// Faults that random tests found, mended since, each with its smallest input.
@Suite struct `A fault that was mended` {
  private static let original = "bbbbbbbb-0000-4000-8000-000000000001"
  private static let fork = "aaaaaaaa-0000-4000-8000-000000000002"

  private static var session: Transcript {
    var session = Transcript(session: original)
    for turn in 0..<3 {
      session.user("question \(turn)")
      session.response("r\(turn)", blocks: [Transcript.text("answer")], output: 10 + turn)
    }
    return session
  }

  /// `unit_keys` gives all that a family shares to its first file, and `Linker` takes that file's
  /// conversations for the leaf's home: the title goes to whichever file comes first by name (all
  /// at once) or by unit id (one after another).
  @Test func `a title from another file goes to the owner of its leaf, not to a fork`() async throws
  {
    let work = try Workspace(ClaudeCodeSource())
    try work.files.write(Self.session.text, to: "p/\(Self.original).jsonl")
    var fork = Self.session.forked(to: Self.fork, lines: 2)
    fork.user("another way")
    try work.files.write(fork.text, to: "p/\(Self.fork).jsonl")
    try work.files.write(
      #"{"type":"summary","summary":"The title","leafUuid":"\#(Self.original)-5"}"# + "\n",
      to: "p/cccccccc-0000-4000-8000-000000000003.jsonl")
    try await work.importAll()
    let titled = try work.texts("SELECT session_id FROM conversations WHERE title = 'The title'")
    #expect(titled == [Self.original])
  }

  /// Two blocks on one line, of which the other file had the first: it was there twice.
  @Test func `a response that is told again with one block more has each block once`() async throws
  {
    func line(_ uuid: String, in session: String, _ blocks: String...) -> String {
      #"{"type":"assistant","sessionId":"\#(session)","uuid":"\#(uuid)","requestId":"req_1","#
        + #""timestamp":"2026-03-01T10:00:00.000Z","message":{"id":"msg_1","role":"assistant","#
        + #""model":"m","content":[\#(blocks.joined(separator: ","))]}}"# + "\n"
    }
    let (known, new) = (Transcript.text("well"), Transcript.text("and more"))
    let work = try Workspace(ClaudeCodeSource())
    try work.files.write(line("x", in: Self.original, known), to: "p/1.jsonl")
    try work.files.write(line("y", in: Self.fork, known, new), to: "p/2.jsonl")
    try await work.importAll()
    #expect(try work.texts("SELECT content FROM messages") == ["[\(known),\(new)]"])
  }

  /// A conversation's title may come from another file, so a row that is derived again kept the one
  /// it had, and with it the platform's own that had been replaced.
  @Test func `a newer title of the platform's own takes the place of the older one`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    var session = Self.session
    for title in ["First", "Second"] {
      session.raw(#"{"type":"ai-title","aiTitle":"\#(title)","sessionId":"\#(Self.original)"}"#)
      try work.files.write(session.text, to: "p/\(Self.original).jsonl")
      try await work.importAll()
      #expect(try work.texts("SELECT title FROM conversations") == [title])
    }
  }

  /// When a fork's unit id sorts before its original's, deriving both writes the original's keys
  /// under the fork; rolling the fork back deletes them, and the original keeps only its first.
  ///
  /// A file that shares later records is then not recognised: its rows are there twice.
  @Test func `a rollback gives a file back the keys that it shares with others`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    let files = try #require(FileWalk.absolute(work.files.path))
    func id(_ name: String) -> String {
      let unit = Unit(
        source: "claude_code", path: "\(files)/\(name)",
        fingerprint: .init(size: 0, modified: 0))
      return unit.id.description
    }
    let name = "p/\(Self.original).jsonl"
    let forkName = try #require(
      (0..<100).map { "q\($0)/\(Self.fork).jsonl" }.first { id($0) < id(name) })
    try work.files.write(Self.session.text, to: name)
    try await work.importAll()
    var fork = Self.session.forked(to: Self.fork, lines: 2)
    fork.user("another way")
    try work.files.write(fork.text, to: forkName)
    try await work.importAll()
    try work.rollback("last")
    try work.files.remove(forkName)
    let tail = Self.session.lines.dropFirst(2).map { $0 + "\n" }.joined()
    try work.files.write(tail, to: "p/cccccccc-0000-4000-8000-000000000003.jsonl")
    try await work.importAll()
    let twice = try work.number("SELECT count(*) - count(DISTINCT message_id) FROM messages")
    #expect(twice == 0)
  }

  /// After a file was written anew its records are of two generations, and `ReadUnit.cursor` hashes
  /// both: the next import finds another prefix, reads the whole file again and calls it a third.
  @Test func `a file that grows after it was written anew is read from where it ended`()
    async throws
  {
    let work = try Workspace(ClaudeCodeSource())
    let name = "p/\(Self.original).jsonl"
    try work.files.write(Self.session.text, to: name)
    try await work.importAll()
    var anew = Self.session
    anew.removeLine(at: 0)
    try work.files.write(anew.text, to: name)
    try await work.importAll()
    anew.raw(#"{"type":"user","uuid":"new","sessionId":"\#(Self.original)"}"#)
    try work.files.write(anew.text, to: name)
    let report = try await work.importAll()
    let generation = try work.number("SELECT max(generation) FROM catchment.units")
    #expect(report.records.read == 1)
    #expect(generation == 1)
  }

  /// A relative that did not change is read from its file alone (`FamilyPass.content`), so what
  /// only an older generation had is lost from the tables when a fork comes.
  @Test func `a fork of a file that was written anew takes nothing from it`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    try work.files.write(Self.session.text, to: "p/\(Self.original).jsonl")
    try await work.importAll()
    var anew = Self.session
    anew.removeLine(at: 0)
    try work.files.write(anew.text, to: "p/\(Self.original).jsonl")
    try await work.importAll()
    let before = try work.number("SELECT count(*) FROM messages")
    var fork = Self.session.forked(to: Self.fork, lines: 3)
    fork.removeLine(at: 0)
    try work.files.write(fork.text, to: "p/\(Self.fork).jsonl")
    try await work.importAll()
    let after = try work.number("SELECT count(*) FROM messages")
    #expect(after == before)
  }
}
