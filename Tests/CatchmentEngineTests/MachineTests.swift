import Catchment
import CatchmentConversations
import CatchmentTesting
import DuckDB
import Foundation
import Testing

@testable import CatchmentEngine

@Suite struct `The machine of a conversation` {
  private func work() throws -> Workspace {
    let work = try Workspace(ClaudeCodeSource())
    try work.files.write(TestTalk("s", 1...3).text, to: "here/s.jsonl")
    return work
  }

  private let machines = "SELECT machine FROM conversations ORDER BY session_id"

  @Test func `is the home's own, and the same after a rebuild`() async throws {
    let work = try work()
    try await work.importAll()
    let own = try Machine.own(of: work.home)
    #expect(!own.name.isEmpty)
    #expect(try work.texts(machines) == [own.name])
    try await work.rebuild()
    #expect(try work.texts(machines) == [own.name])
  }

  @Test func `is what the import says, and lies in the raw store`() async throws {
    let work = try work()
    try await work.importAll(machine: "laptop")
    #expect(try work.texts(machines) == ["laptop"])
    let before = try work.checksums()
    try FileManager.default.removeItem(atPath: work.home.warehouse)
    try await work.rebuild()
    #expect(try work.checksums().differences(from: before) == [])
    #expect(try work.texts(machines) == ["laptop"])
    #expect(try await work.importAll(machine: "laptop").records.read == 0)
  }

  @Test func `does not depend on the host's name once the home is made`() async throws {
    let work = try work()
    try work.named("garden-shed")
    try await work.importAll()
    #expect(try work.texts(machines) == ["garden-shed"])
    #expect(try work.texts("SELECT DISTINCT machine FROM conversation_places") == ["garden-shed"])
  }

  @Test func `leaves the units of existing homes their ids`() async throws {
    let work = try work()
    try await work.importAll()
    let path = try #require(try work.texts("SELECT path FROM catchment.units").first ?? nil)
    let known = StableID(platform: "claude_code")("unit", path)
    #expect(try work.rows("SELECT unit_id FROM catchment.units") == [[.uuid(known)]])
    #expect(try work.rows("SELECT machine FROM catchment.units") == [[.null]])
  }

  @Test func `tells files at one path apart`() async throws {
    let work = try work()
    try await work.importAll(machine: "laptop")
    try work.files.write(TestTalk("t", 1...2).text, to: "here/s.jsonl")
    try await work.importAll(machine: "desktop")
    #expect(try work.texts(machines) == ["laptop", "desktop"])
    #expect(try work.number("SELECT count(*) FROM catchment.units WHERE status = 'present'") == 2)
    let one = try Explainer(home: work.home, sources: [work.source]).explain(
      try #require(
        try work.texts(
          "SELECT conversation_id::VARCHAR FROM conversations WHERE machine = 'laptop'"
        )
        .first ?? nil))
    #expect(
      one.origins.map { String(decoding: $0.bytes, as: UTF8.self) } == TestTalk("s", 1...3).lines)
    #expect(try RawCheck(home: work.home, sources: [work.source]).run().isSound)
    let before = try work.checksums()
    try await work.rebuild()
    #expect(try work.checksums().differences(from: before) == [])
  }

  @Test func `is the one that has most of it, in any order, and each place is listed`() async throws
  {
    var seen: [Checksums] = []
    for order in [["laptop", "desktop"], ["desktop", "laptop"]] {
      let work = try Workspace(ClaudeCodeSource())
      for machine in order {
        let lines = TestTalk("s", 1...(machine == "laptop" ? 3 : 5))
        try work.files.write(lines.text, to: "a/s.jsonl")
        try await work.importAll(machine: machine)
      }
      #expect(try work.texts(machines) == ["desktop"])
      #expect(
        try work.texts(
          """
          SELECT machine || ' ' || records || ' ' || status FROM conversation_places ORDER BY 1
          """) == ["desktop 5 present", "laptop 3 present"])
      #expect(try work.number("SELECT count(*) FROM messages") == 5)
      seen.append(try work.checksums())
    }
    #expect(seen[0].tables["messages"]?.rows == seen[1].tables["messages"]?.rows)
  }

  @Test func `has a place for each copy of a transcript`() async throws {
    let work = try work()
    try work.files.write(TestTalk("s", 1...3).text, to: "there/s.jsonl")
    try await work.importAll()
    #expect(try work.number("SELECT count(*) FROM conversations") == 1)
    let places = try work.texts(
      "SELECT parse_filename(parse_dirpath(path)) FROM conversation_places ORDER BY 1")
    #expect(places == ["here", "there"])
    try FileManager.default.removeItem(atPath: "\(work.files.path)/here")
    try await work.importAll()
    #expect(
      try work.texts("SELECT status FROM conversation_places ORDER BY path")
        == ["vanished", "present"])
    #expect(try work.texts("SELECT status FROM conversations") == ["active"])
  }

  @Test(arguments: ["", "../x", "a/b", "a b", ".hidden"])
  func `has a name that can be part of a folder's`(name: String) async throws {
    let work = try work()
    let error = await #expect(throws: CatchmentError.self) {
      try await work.importAll(machine: name)
    }
    #expect(error?.code == .usage)
  }
}

/// A session of Claude Code, a line a prompt.
struct TestTalk {
  let lines: [String]
  var text: String { lines.joined(separator: "\n") + "\n" }

  /// `session` is written in every line; `origin` is whose lines they were first, for a fork.
  init(_ session: String, _ numbers: ClosedRange<Int>, of origin: String? = nil, at hour: Int = 10)
  {
    lines = numbers.map { number in
      #"{"type":"user","uuid":"\#(origin ?? session)-\#(number)","sessionId":"\#(session)","#
        + #""timestamp":"2026-03-01T\#(hour):00:\#(number + 10)Z","#
        + #""message":{"content":"words of \#(origin ?? session) \#(number)"}}"#
    }
  }
}

extension Workspace {
  /// Says which machine the home belongs to, before anything is imported into it.
  func named(_ machine: String) throws {
    try FileManager.default.createDirectory(
      atPath: home.raw, withIntermediateDirectories: true)
    try Data("name: \(machine)\n".utf8).write(to: URL(filePath: "\(home.raw)/machine"))
  }
}
