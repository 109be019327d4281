import Catchment
import CatchmentConversations
import CatchmentTesting
import DuckDB
import Synchronization
import Testing

@testable import CatchmentEngine

@Suite struct `A retry of dead letters` {
  private static let minute: Int64 = 60_000_000

  /// Two files; one has two broken lines, the other one.
  private func workspace() async throws -> Workspace {
    let work = try Workspace(ClaudeCodeSource())
    try work.files.write("{\"a\n{\"b\n", to: "a.jsonl")
    try work.files.write("{\"c\n", to: "b.jsonl")
    try await work.importAll()
    return work
  }

  private func retry(
    _ work: Workspace, after time: Int64 = 0,
    _ change: (inout DeadLetterRetry.Limits) -> Void = { _ in }
  ) throws -> DeadLetterRetry.Report {
    var limits = DeadLetterRetry.Limits()
    change(&limits)
    let importer = Importer(
      home: work.home, sources: [work.source], options: .init(memory: 256 << 20))
    let now = Clock.now() + time
    return try DeadLetterRetry(importer, limits: limits, now: { now }).run()
  }

  @Test func `comes at once after the import, then after pauses that double`() async throws {
    let work = try await workspace()
    #expect(try retry(work).tried == 3)
    let early = try retry(work, after: 9 * Self.minute)
    #expect(early.tried == 0)
    #expect(early.left.notDue == 3)
    #expect((early.left.nextDue ?? 0) > Clock.now() + 9 * Self.minute)
    #expect(try retry(work, after: 11 * Self.minute).tried == 3)
    #expect(try retry(work, after: 30 * Self.minute).tried == 0)
    #expect(try retry(work, after: 30 * Self.minute) { $0.isPatient = false }.tried == 3)
  }

  @Test func `is not made a fifth time, unless all are asked for`() async throws {
    let work = try await workspace()
    for _ in 2...5 { #expect(try retry(work) { $0.isPatient = false }.tried == 3) }
    let report = try retry(work) { $0.isPatient = false }
    #expect(report.tried == 0)
    #expect(report.left.tooOften == 3)
    #expect(try retry(work) { $0 = .none }.tried == 3)
    #expect(try work.texts("SELECT DISTINCT attempts::VARCHAR FROM dead_letters") == ["6"])
  }

  @Test func `is not made of what is older than a week, unless asked for`() async throws {
    let work = try await workspace()
    let later = 8 * 24 * 60 * Self.minute
    #expect(try retry(work, after: later).left.tooOld == 3)
    #expect(try retry(work, after: later) { $0.age = 9 * 86_400 }.tried == 3)
  }

  @Test func `takes so many at a time, and adds up`() async throws {
    let work = try await workspace()
    let report = try retry(work) { $0.count = 2 }
    #expect(report.tried == 2)
    #expect(report.left.overLimit == 1)
    #expect(report.records.isConserved)
    #expect(try work.number("SELECT count(*) FROM dead_letters WHERE attempts = 2") == 2)
    #expect(try retry(work) { $0.count = 2 }.tried == 1)
    let run = try work.rows(
      "SELECT records_read, dead_lettered, (metrics->>'dead_letters')::INT FROM catchment.runs "
        + "WHERE command = 'deadletters retry' ORDER BY run")
    #expect(run[0].map(\.int64) == [2, 2, 2])
  }

  @Test func `with a newer reader makes rows of them, and of others in the same file`() async throws
  {
    let work = try Workspace(ClaudeCodeSource())
    let text = String(repeating: "x", count: 3 << 20)
    let lines = (1...3).map { number in
      """
      {"type":"user","uuid":"00000000-0000-4000-8000-00000000000\(number)","sessionId":"s",\
      "timestamp":"2026-03-01T10:00:00Z","message":{"role":"user","content":"\(text)"}}

      """
    }
    try work.files.write(lines.joined(), to: "a.jsonl")
    // There is no room for such lines.
    let options = Importer.Options(memory: 8 << 20)
    let report = try await Importer(home: work.home, sources: [work.source], options: options)
      .run([work.files.path])
    try #require(report.records.deadLettered == 3)
    let tried = try retry(work) { $0.count = 2 }
    #expect(tried.resolved == 2)
    #expect(tried.alsoResolved == 1)
    #expect(try work.number("SELECT count(*) FROM dead_letters") == 0)
    let fresh = try Workspace(ClaudeCodeSource(), files: work.files)
    try await fresh.importAll()
    #expect(try work.checksums() == fresh.checksums())
    try work.rollback("last")
    #expect(try work.number("SELECT count(*) FROM dead_letters") == 3)
  }

  @Test func `works in a warehouse that an earlier version made`() async throws {
    let work = try await workspace()
    _ = try WarehouseMigration(home: work.home, views: work.source.views)
      .run(to: WarehouseMigrations.baseline)
    #expect(try retry(work).tried == 3)
    #expect(try retry(work).left.notDue == 3)
    try work.rollback("last")
  }
}
