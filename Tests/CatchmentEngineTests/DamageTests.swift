import Catchment
import CatchmentConversations
import CatchmentTesting
import DuckDB
import Foundation
import Testing

@testable import CatchmentEngine

@Suite struct `A home` {
  private func imported() async throws -> Workspace {
    let work = try Workspace(ClaudeCodeSource())
    var random = SeededRandom(seed: 5)
    let lines = (0..<50).map { number in
      let text = (0..<20).map { _ in String(random.next(), radix: 36) }.joined()
      return #"{"type":"user","uuid":"u\#(number)","sessionId":"s","#
        + #""timestamp":"2026-03-01T10:00:00Z","message":{"content":"\#(text)"}}"# + "\n"
    }
    try work.files.write(lines.joined(), to: "a.jsonl")
    try await work.importAll()
    return work
  }

  private func failure(_ body: () async throws -> Void) async throws -> CatchmentError {
    do { try await body() } catch let error as CatchmentError { return error }
    throw TestFailure("nothing was thrown")
  }

  // MARK: One run at a time

  @Test func `refuses a second run, and names the first`() async throws {
    let work = try await imported()
    let lock = try HomeLock(work.home)
    let error = try await failure { try await work.importAll() }
    #expect(error.code.exitCode == 8)
    #expect(
      error.description == """
        another run (process \(getpid())) is writing to \(work.home.path)
          try: wait until it is done, or give --home another directory
        """)
    let rollback = try await failure { try work.rollback("last") }
    #expect(rollback.code == .locked)
    lock.release()
    #expect(try await work.importAll().unitsSkipped == 1)
  }

  // MARK: Damage

  @Test func `finds any flipped byte of a payload`() async throws {
    let work = try await imported()
    let check = RawCheck(home: work.home, sources: [work.source])
    let sound = try check.run()
    #expect(sound.isSound)
    #expect(sound.records == 50)
    let path = try #require(
      try RawStore(path: work.home.raw).segments(source: work.source.name).first)
    let bytes = Array(try Data(contentsOf: URL(filePath: path)))
    for place in stride(from: 40, to: 4_000, by: 400) {
      var damaged = bytes
      damaged[place] ^= 4
      try Data(damaged).write(to: URL(filePath: path))
      let damages = try check.run().damages
      #expect(damages.first?.code == .damaged, "byte \(place)")
      #expect(damages.first?.location?.file == path)
    }
    try Data(bytes).write(to: URL(filePath: path))
    #expect(try check.run().isSound)
  }

  @Test func `finds a missing file of the raw store`() async throws {
    let work = try await imported()
    let segments = try RawStore(path: work.home.raw).segments(source: work.source.name)
    // Another, so that the store is not as good as new when the first is gone.
    try work.files.write(#"{"type":"mode","uuid":"m"}"# + "\n", to: "b.jsonl")
    try await work.importAll()
    try FileManager.default.removeItem(atPath: segments[0])
    let damages = try RawCheck(home: work.home, sources: [work.source]).run().damages
    #expect(damages.map(\.message) == ["50 records are in the tables and not in the raw store"])
  }

  @Test(arguments: ["no database at all, but long enough to look like one", "cut", "header"])
  func `says that its warehouse is damaged`(damage: String) async throws {
    let work = try await imported()
    let before = try work.checksums()
    let file = URL(filePath: work.home.warehouse)
    var bytes = Array(try Data(contentsOf: file))
    switch damage {
    case "cut": bytes = Array(bytes.prefix(bytes.count / 2))
    case "header": for place in 0..<12_288 { bytes[place] ^= 0x55 }
    default: bytes = Array(damage.utf8)
    }
    try Data(bytes).write(to: file)
    let error = try await failure { try await work.importAll() }
    #expect(error.code == .damaged, "\(error)")
    #expect(error.message == "the warehouse \(work.home.warehouse) is damaged")
    _ = try await Rebuild(home: work.home, sources: [work.source]).run()
    #expect(try work.checksums().differences(from: before) == [])
  }

  /// Most blocks are read when a query needs them, so damage may go unnoticed; it is never a crash,
  /// and never told as anything else.
  @Test func `tells damage in the middle of its warehouse when it meets it`() async throws {
    let work = try await imported()
    let before = try work.checksums()
    let file = URL(filePath: work.home.warehouse)
    let whole = Array(try Data(contentsOf: file))
    var met = 0
    for place in stride(from: 12_288 + 100, to: whole.count, by: max(whole.count / 12, 1)) {
      var bytes = whole
      for offset in 0..<16 where place + offset < bytes.count { bytes[place + offset] ^= 0x5A }
      try Data(bytes).write(to: file)
      do {
        try await work.importAll()
        _ = try work.checksums()
      } catch let error as CatchmentError {
        #expect(error.code == .damaged, "byte \(place): \(error)")
        met += 1
      }
    }
    #expect(met > 0)
    _ = try await Rebuild(home: work.home, sources: [work.source]).run()
    #expect(try work.checksums().differences(from: before) == [])
  }

  @Test func `is not rebuilt from damaged raw records`() async throws {
    let work = try await imported()
    let before = try work.checksums()
    let path = try #require(
      try RawStore(path: work.home.raw).segments(source: work.source.name).first)
    let whole = Array(try Data(contentsOf: URL(filePath: path)))
    for place in stride(from: 40, to: 4_000, by: 400) {
      var damaged = whole
      damaged[place] ^= 4
      try Data(damaged).write(to: URL(filePath: path))
      let error = try await failure {
        _ = try await Rebuild(home: work.home, sources: [work.source]).run()
      }
      #expect(error.code == .damaged, "byte \(place): \(error)")
    }
    #expect(try work.checksums() == before, "the old tables are still there")
  }

  // MARK: Words

  @Test func `says which runs there are not`() async throws {
    let work = try await imported()
    let unknown = try await failure { try work.rollback("nonsense") }
    #expect(
      unknown.description == """
        there is no run "nonsense"
          try: `catchment runs` lists them
        """)
    let plan = try work.rollback("last")
    let again = try await failure { try work.rollback(plan.runs[0].id) }
    #expect(again.description == "run \(plan.runs[0].id) has been rolled back already")
    #expect(again.code == .refused)
    let none = try await failure { try work.rollback("last") }
    #expect(none.code == .usage)
  }

  @Test func `says which run built on another`() async throws {
    let work = try await imported()
    let first = try #require(try work.texts("SELECT run_id FROM catchment.runs")[0])
    try work.files.write(#"{"type":"user","uuid":"u0","sessionId":"t"}"# + "\n", to: "b.jsonl")
    let second = try await work.importAll().runID
    let error = try await failure { try work.rollback(first) }
    #expect(
      error.description == """
        run \(first) cannot be rolled back alone: \(second) built on it
          try: roll those back first, or give --cascade to undo them all
        """)
    #expect(try work.rollback(first, cascade: true).runs.map(\.id) == [second, first])
  }
}
