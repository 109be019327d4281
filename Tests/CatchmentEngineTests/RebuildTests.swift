import Catchment
import CatchmentConversations
import CatchmentTesting
import DuckDB
import Foundation
import Testing

@testable import CatchmentEngine

@Suite struct `A rebuild` {
  private func line(_ session: String, _ number: Int, _ text: String = "hello") -> String {
    #"{"type":"user","uuid":"\#(session)-\#(number)","sessionId":"\#(session)","#
      + #""timestamp":"2026-03-01T10:00:00Z","message":{"content":"\#(text)"}}"# + "\n"
  }

  /// Sessions that grow from import to import; one is written anew, one gets a broken line.
  private func grown() async throws -> Workspace {
    let work = try Workspace(ClaudeCodeSource())
    for step in 1...4 {
      for session in 0..<12 where session % step == 0 {
        let first = session == 6 && step > 2 ? 1 : 0
        let lines = (first..<step * 5).map { line("s\(session)", $0, "step \($0 / 5)") }
        let broken = session == 8 ? "{broken\n" : ""
        try work.files.write(lines.joined() + broken, to: "s\(session).jsonl")
      }
      try await work.importAll()
    }
    return work
  }

  private func rebuild(_ work: Workspace) async throws -> ImportReport {
    try await Rebuild(home: work.home, sources: [work.source]).run()
  }

  @Test func `makes a unit that lies in many files as a whole`() async throws {
    let work = try await grown()
    let before = try work.checksums()
    let kept = try await rebuild(work)
    #expect(try work.checksums().differences(from: before) == [])
    #expect(kept.records.isConserved)
    #expect(kept.unitsCommitted == 12)
    let again = try await work.importAll()
    #expect(again.records.read == 0, "what was rebuilt is as good as what was imported")
  }

  @Test func `reads each file of the raw store once, whatever lies in it`() async throws {
    let work = try await grown()
    let warehouse = try Importer(home: work.home, sources: [work.source]).openWarehouse()
    defer { warehouse.close() }
    let kept = try RawUnits(
      rawStore: RawStore(path: work.home.raw), source: work.source.name,
      connection: try warehouse.connect()
    ).all()
    let batches = RawBatch.covering(kept)
    #expect(batches.flatMap(\.units.keys).count == 12, "each unit is in one batch")
    #expect(Set(batches.flatMap(\.units.keys)).count == 12)
    let whole = batches.filter { !$0.isGathered }
    #expect(whole.allSatisfy { $0.files.count == 1 })
    #expect(Set(whole.flatMap(\.files)).count == whole.count)
    #expect(batches.count { $0.isGathered } == 1)
  }

  @Test func `counts a record once that was kept twice`() async throws {
    let work = try await grown()
    let before = try work.checksums()
    let rawStore = RawStore(path: work.home.raw)
    let file = try #require(try rawStore.segments(source: work.source.name).first)
    try FileManager.default.copyItem(atPath: file, toPath: file + "-copy.parquet")
    _ = try await rebuild(work)
    #expect(try work.checksums().differences(from: before) == [])
  }

  @Test func `moves its progress on`() async throws {
    let work = try await grown()
    let progress = RunProgress()
    _ = try await Rebuild(home: work.home, sources: [work.source], progress: progress).run()
    let end = progress.snapshot
    #expect(end.units == 12)
    #expect(end.bytes == end.totalBytes && end.bytes > 0)
  }

  @Test func `keeps the list of runs, which can no longer be undone one by one`() async throws {
    let work = try await grown()
    let runs = try work.texts("SELECT run_id FROM catchment.runs ORDER BY run")
    let counts = try work.rows("SELECT sum(records_read), sum(loaded) FROM catchment.runs")
    let rebuilt = try await rebuild(work)
    #expect(
      try work.texts("SELECT run_id FROM catchment.runs ORDER BY run") == runs + [rebuilt.runID])
    #expect(
      try work.rows("SELECT sum(records_read), sum(loaded) FROM catchment.runs WHERE run <= 4")
        == counts)
    let first = try #require(runs[0])
    do {
      try work.rollback(first)
      Issue.record("nothing was thrown")
    } catch let error as CatchmentError {
      #expect(error.code == .refused)
      #expect(
        error.message
          == "run \(first) cannot be rolled back: run \(rebuilt.runID) made the tables anew since")
    }
    try work.rollback("last")
    #expect(try work.number("SELECT count(*) FROM messages") == 0)
  }

  @Test func `begins the list of runs anew when there is none to read, and says so`() async throws {
    let work = try await grown()
    let before = try work.checksums()
    try Data("no database at all, but long enough to look like one".utf8)
      .write(to: URL(filePath: work.home.warehouse))
    let rebuilt = try await rebuild(work)
    #expect(try work.texts("SELECT run_id FROM catchment.runs") == [rebuilt.runID])
    let notes = try work.texts(
      "SELECT message FROM audit_log WHERE status = 'warning' AND message LIKE 'the list%'")
    #expect(notes.count == 1)
    #expect(notes.first??.hasPrefix("the list of runs begins anew: ") == true)
    #expect(try work.checksums().differences(from: before) == [])
  }
}

@Suite struct `A run's name` {
  @Test func `sorts by when the run began`() {
    let start: Int64 = 1_763_707_692_000_000
    let names = [0, 1, 9, 10, 99, 100, 999, 1_000, 60_000].map {
      RunID.make(now: start + $0 * 1_000).text
    }
    #expect(names == names.sorted())
    #expect(names[0].hasPrefix("20251121T064812.000Z-"))
    #expect(RunID(text: names[0]).date == "2025-11-21")
  }
}
