import Catchment
import CatchmentConversations
import CatchmentTesting
import DuckDB
import Foundation
import Testing

@testable import CatchmentEngine

/// A talk of some words, written as a session of Claude Code under ids of its own.
struct WrittenTalk {
  var session: String
  var prompt = "Plant the beans in the garden behind the house"
  var answers = WrittenTalk.words(120)
  var day = 1
  var second = 0
  var space = " "
  var branch = "main"

  /// Words that no other talk has, by a seed.
  static func words(_ count: Int, seed: UInt64 = 1) -> [String] {
    var random = SeededRandom(seed: seed)
    return (0..<count).map { _ in "w\(random.next() % 100_000)" }
  }

  /// One answer for every ten words; the session lasts a minute for each.
  var text: String {
    var lines = [line(0, "user", #"{"content":"\#(prompt)"}"#)]
    for (number, start) in stride(from: 0, to: answers.count, by: 10).enumerated() {
      let words = answers[start...].prefix(10).joined(separator: space)
      lines.append(
        line(
          number + 1, "assistant",
          #"{"id":"m\#(session)\#(number)","role":"assistant","model":"claude-sonnet-4-5","#
            + #""content":[{"type":"text","text":"\#(words)"}],"#
            + #""usage":{"input_tokens":3,"output_tokens":\#(10 + number)}}"#))
    }
    return lines.joined()
  }

  private func line(_ minute: Int, _ type: String, _ message: String) -> String {
    #"{"type":"\#(type)","uuid":"\#(session)-\#(minute)","sessionId":"\#(session)","#
      + #""gitBranch":"\#(branch)","cwd":"/work","timestamp":"2026-03-"#
      + #"\#(day < 10 ? "0" : "")\#(day)T10:\#(minute < 10 ? "0" : "")\#(minute):\#(second < 10 ? "0" : "")\#(second).000Z","#
      + #""message":\#(message)}"# + "\n"
  }
}

@Suite struct `Conversations that hold the same talk` {
  private func write(_ talks: [WrittenTalk], _ work: Workspace) throws {
    for talk in talks { try work.files.write(talk.text, to: "\(talk.session).jsonl") }
  }

  private func imported(_ talks: WrittenTalk...) async throws -> Workspace {
    let work = try Workspace(ClaudeCodeSource())
    try write(talks, work)
    try await work.importAll()
    return work
  }

  private func decisions(_ work: Workspace) throws -> [String] {
    try work.texts(
      """
      SELECT level || ' ' || action || ' ' || o.session_id || ' of ' || k.session_id
        || CASE WHEN is_set_aside THEN ' aside' ELSE '' END
        || CASE WHEN is_undone THEN ' undone' ELSE '' END
      FROM conversation_duplicates JOIN conversations k ON k.conversation_id = kept_id
      JOIN conversations o ON o.conversation_id = duplicate_id ORDER BY 1
      """
    ).compactMap(\.self)
  }

  private func counted(_ work: Workspace) throws -> Int {
    try work.number("SELECT count(*) FROM counted_conversations")
  }

  private func review(_ work: Workspace) -> DuplicateReview {
    DuplicateReview(home: work.home, sources: [work.source])
  }

  @Test func `are merged when their content is the same, whatever their ids and times`()
    async throws
  {
    let work = try await imported(
      .init(session: "a", day: 2), .init(session: "b", day: 1), .init(session: "c", day: 9),
      .init(session: "d", answers: WrittenTalk.words(120, seed: 2)))
    #expect(try decisions(work) == ["content merge a of b aside", "content merge c of b aside"])
    #expect(try counted(work) == 2)
    #expect(try work.number("SELECT count(*) FROM conversations") == 4, "no row is lost")
    #expect(
      try work.number("SELECT sum(output_tokens) FROM conversation_usage")
        == work.number(
          "SELECT sum(total_output_tokens) FROM conversations WHERE session_id IN ('b', 'd')"))
    #expect(
      try work.number("SELECT sum(messages) FROM conversation_daily_stats") == 2 * 13,
      "a day counts what counts")
  }

  @Test func `unite metadata and places in the one that is kept`() async throws {
    let work = try await imported(.init(session: "a"), .init(session: "b", day: 3))
    let rows = try work.rows(
      "SELECT session_id, len(places), copies, platform_metadata FROM unique_conversations")
    #expect(rows.count == 1)
    #expect(rows.first?[0].text == "a")
    #expect(rows.first?[1].int64 == 2)
    #expect(rows.first?[2].int64 == 1)
    #expect(rows.first?[3].text?.contains("prompt_title") == true)
    _ = try review(work).decide(DuplicatePolicy("content=skip"))
    #expect(try work.number("SELECT len(places) FROM unique_conversations") == 1)
  }

  @Test func `are versions when nearly all words are the same and they began together`()
    async throws
  {
    let longer = WrittenTalk.words(400)
    let work = try await imported(
      .init(session: "a", answers: longer), .init(session: "b", answers: Array(longer.prefix(390))),
      .init(session: "c", answers: Array(longer.prefix(300))),
      .init(session: "e", answers: longer, second: 30, space: #"\n\n  "#))
    #expect(try decisions(work) == ["similar version b of a", "similar version e of a"])
    #expect(try counted(work) == 4)
    let row = try #require(
      try work.rows(
        """
        SELECT similarity, shared_shingles, total_shingles, estimated_similarity, time_distance_ms
        FROM conversation_duplicates WHERE similarity < 1
        """
      ).first)
    let (shared, total) = (390 / 10 * 8 + 7, 400 / 10 * 8 + 7)
    #expect(row[1].int64 == Int64(shared))
    #expect(row[2].int64 == Int64(total))
    #expect(row[0].double == Double(shared) / Double(total))
    #expect(abs((row[3].double ?? 0) - Double(shared) / Double(total)) < 0.08)
    #expect(row[4].int64 == 0)
  }

  @Test func `are not those in which only the person said the same`() async throws {
    let prompt = WrittenTalk.words(500, seed: 9).joined(separator: " ")
    let hello = ["Hello", "how", "can", "I", "help"]
    let work = try await imported(
      .init(session: "a", prompt: prompt, answers: WrittenTalk.words(9, seed: 3)),
      .init(session: "b", prompt: prompt, answers: WrittenTalk.words(9, seed: 4)),
      .init(session: "c", prompt: "hi", answers: hello, day: 1),
      .init(session: "d", prompt: "hi", answers: hello, day: 2),
      .init(session: "e", prompt: "hi", answers: hello, day: 2))
    let found = try decisions(work)
    #expect(
      found == ["content merge e of d aside"] || found == ["content merge d of e aside"],
      "the same few words at the same time are a copy, on another day they are not: \(found)")
  }

  @Test func `come to the same in any order, in pieces, and after a rebuild`() async throws {
    let words = WrittenTalk.words(400)
    let talks: [WrittenTalk] = [
      .init(session: "a", answers: words), .init(session: "b", answers: words, day: 4),
      .init(session: "c", answers: Array(words.prefix(395))),
      .init(session: "d", answers: Array(words.prefix(392))),
      .init(session: "e", answers: WrittenTalk.words(50, seed: 5)),
    ]
    let whole = try Workspace(ClaudeCodeSource())
    try write(talks, whole)
    try await whole.importAll()
    let expected = try decisions(whole)
    #expect(expected.count == 3)
    for order in [talks, talks.reversed()] {
      let pieces = try Workspace(ClaudeCodeSource(), files: whole.files)
      for talk in order {
        try await pieces.importAll(["\(whole.files.path)/\(talk.session).jsonl"])
      }
      #expect(try decisions(pieces) == expected)
      let (mine, theirs) = (try pieces.checksums(), try whole.checksums())
      #expect(mine.differences(from: theirs) == [])
    }
    let before = try whole.checksums()
    _ = try await Rebuild(home: whole.home, sources: [whole.source]).run()
    #expect(try whole.checksums().differences(from: before) == [])
  }

  /// A run was killed before it looked for them, and the next before it was listed.
  @Test func `are found by the run after two that were killed`() async throws {
    let work = try await imported(.init(session: "a", day: 2), .init(session: "b"))
    let warehouse = try Warehouse(
      path: work.home.warehouse, sourceTables: work.source.tables,
      options: .init(memory: 128 << 20, threads: 1, spill: work.home.spill))
    try warehouse.connect().execute(
      """
      UPDATE catchment.runs SET status = 'killed', ended_at = NULL;
      DELETE FROM main.conversation_duplicates
      """)
    warehouse.close()
    try await work.importAll()
    #expect(try decisions(work) == ["content merge a of b aside"])
  }

  @Test func `go with the run that brought them`() async throws {
    let work = try await imported(.init(session: "b", day: 2))
    let before = try work.checksums()
    try write([.init(session: "a")], work)
    try await work.importAll()
    #expect(try decisions(work) == ["content merge b of a aside"])
    try work.rollback("last")
    #expect(try decisions(work) == [])
    #expect(try work.checksums().differences(from: before) == [])
    try await work.importAll()
    #expect(try decisions(work) == ["content merge b of a aside"])
  }

  @Test func `stay different when the user says so`() async throws {
    let work = try await imported(.init(session: "a"), .init(session: "b"), .init(session: "c"))
    #expect(try decisions(work).count == 2)
    let other = try #require(
      try work.texts("SELECT min(duplicate_id::VARCHAR) FROM conversation_duplicates").first ?? nil)
    let pair = try review(work).undo(other)
    #expect(pair.duplicate == other)
    #expect(try counted(work) == 2)
    #expect(try decisions(work).count { $0.hasSuffix(" undone") } == 1)
    try write([.init(session: "f", answers: WrittenTalk.words(30, seed: 8))], work)
    try await work.importAll()
    #expect(try counted(work) == 3, "the next import does not bring it back")
    _ = try await Rebuild(home: work.home, sources: [work.source]).run()
    #expect(try counted(work) == 3, "nor does a rebuild")
    #expect(throws: CatchmentError.self) { try review(work).undo(pair.decision) }
    _ = try review(work).redo(pair.decision)
    #expect(try counted(work) == 2)
    #expect(throws: CatchmentError.self) { try review(work).undo("nonsense") }
  }

  @Test func `end a run in part when they are to be errors, naming the pair`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    try write([.init(session: "a"), .init(session: "b")], work)
    var options = Importer.Options(memory: 256 << 20, threads: 2)
    options.duplicates = try DuplicatePolicy("content=error")
    let importer = Importer(home: work.home, sources: [work.source], options: options)
    let report = try await importer.run([work.files.path])
    #expect(report.status == .partial)
    #expect(report.duplicates.conflicts == 1)
    #expect(report.duplicates.named.first?.message.contains("is the same talk as") == true)
    #expect(try counted(work) == 2)
    try write([.init(session: "c", answers: WrittenTalk.words(30, seed: 8))], work)
    #expect(try await work.importAll().status == .done, "it is told once")
    #expect(try decisions(work).first?.hasPrefix("content error") == true, "the choice is kept")
  }

  @Test func `are looked at again only when they changed`() async throws {
    let words = WrittenTalk.words(400)
    let work = try await imported(
      .init(session: "a", answers: words), .init(session: "b", answers: Array(words.prefix(395))))
    let warehouse = try Importer(home: work.home, sources: [work.source]).openWarehouse()
    let connection = try warehouse.connect()
    let again = try Deduplicator(connection: connection).decide(nil, run: 9)
    #expect(again.decisions.count == 1)
    #expect(again.signed == 0)
    #expect(again.read == 0)
    try connection.execute("DELETE FROM catchment.conversation_signatures")
    #expect(try Deduplicator(connection: connection).decide(nil, run: 9).signed == 2)
    connection.close()
    warehouse.close()
    #expect(try work.number("SELECT max(run) FROM conversation_duplicates") == 1)
  }

  @Test func `refuse a policy that makes no sense, in words`() throws {
    #expect(try DuplicatePolicy("similar=merge").content == .merge)
    #expect(try DuplicatePolicy("default") == DuplicatePolicy())
    do {
      _ = try DuplicatePolicy("raw=drop")
      Issue.record("nothing was thrown")
    } catch {
      #expect(error.message == "\"raw=drop\" does not say what to do with duplicates")
      #expect(error.code == .usage)
    }
  }
}
