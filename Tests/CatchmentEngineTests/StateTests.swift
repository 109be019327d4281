import Catchment
import CatchmentConversations
import CatchmentTesting
import DuckDB
import Foundation
import GRDB
import Synchronization
import Testing

@testable import CatchmentEngine

/// `state.sqlite` beside a warehouse: what happens to the one when the other is not as it was left.
@Suite struct `The state database` {
  // MARK: A run

  @Test func `holds what a run planned, and that it was committed`() async throws {
    let work = try imported(files: 2)
    let first = try await work.importAll().runID
    #expect(
      try states(work) == ["\(first) a0.jsonl new committed", "\(first) a1.jsonl new committed"])
    #expect(try runs(work) == ["\(first) import done 1"])
    try work.files.write(Self.lines("a0", 4), to: "a0.jsonl")
    try work.files.remove("a1.jsonl")
    let second = try await work.importAll().runID
    #expect(
      try states(work, of: second) == [
        "\(second) a0.jsonl changed committed", "\(second) a1.jsonl vanished committed",
      ])
    #expect(try runs(work).last == "\(second) import done 2")
    #expect(try await work.importAll().notes == [])
    #expect(try runs(work).count == 2)
    let listed = try Importer(home: work.home, sources: [work.source]).runs()
    #expect(listed.map(\.id) == [first, second])
    #expect(listed.map(\.records.read) == [4, 2])
    #expect(listed.allSatisfy { $0.status == .done && $0.isConserved && $0.kind == "import" })
  }

  @Test func `keeps a planned unit as it is`() async throws {
    let work = try imported(files: 1)
    try await work.importAll()
    let state = try StateDatabase(path: work.home.state)
    let error = #expect(throws: CatchmentError.self) {
      try state.write { try $0.execute(sql: "UPDATE units SET size = 1") }
    }
    #expect(error?.cause?.contains("a planned unit is never changed") == true)
  }

  @Test func `says which unit could not be read`() async throws {
    let work = try imported(files: 2)
    let run = try await work.importAll { try work.files.remove("a1.jsonl") }
    #expect(run.problems.count == 1)
    #expect(
      try states(work) == [
        "\(run.runID) a0.jsonl new committed", "\(run.runID) a1.jsonl new failed",
      ])
  }

  // MARK: A run that died

  @Test func `takes what a dead run left unread for abandoned, and plans it again`() async throws {
    let work = try imported(files: 2)
    let dead = try await work.importAll().runID
    // As if it had been killed after its first file: the second has neither marker nor rows.
    try work.rollback(dead)
    let warehouse = try work.warehouse()
    try warehouse.connect().execute("DELETE FROM catchment.runs")
    warehouse.close()
    try sql(work, "UPDATE units SET state = 'planned'; UPDATE runs SET status = 'running'")
    let report = try await work.importAll()
    #expect(
      report.notes == [
        "the run before was stopped: 0 of the 2 files it had planned are committed; "
          + "the others are planned again"
      ])
    #expect(
      try states(work, of: dead) == [
        "\(dead) a0.jsonl new abandoned", "\(dead) a1.jsonl new abandoned",
      ])
    #expect(try runs(work).first == "\(dead) import killed 1")
    #expect(report.unitsCommitted == 2)
  }

  @Test func `takes what a dead run's markers say for committed`() async throws {
    let work = try imported(files: 2)
    let dead = try await work.importAll().runID
    let warehouse = try work.warehouse()
    try warehouse.connect().execute("UPDATE catchment.runs SET status = 'running'")
    warehouse.close()
    try sql(work, "UPDATE units SET state = 'planned'; UPDATE runs SET status = 'running'")
    let report = try await work.importAll()
    #expect(
      report.notes == ["the run before was stopped: 2 of the 2 files it had planned are committed"])
    #expect(
      try states(work, of: dead) == [
        "\(dead) a0.jsonl new committed", "\(dead) a1.jsonl new committed",
      ])
    #expect(report.records.read == 0)
  }

  // MARK: One of the two is not as it was

  @Test func `is made anew from the warehouse when it is gone`() async throws {
    let work = try imported(files: 2)
    try await work.importAll()
    let before = try (states(work), runs(work))
    for name in try FileManager.default.contentsOfDirectory(atPath: work.home.path)
    where name.hasPrefix("state.sqlite") {
      try FileManager.default.removeItem(atPath: "\(work.home.path)/\(name)")
    }
    let report = try await work.importAll()
    #expect(
      report.notes == [
        "the state database was not there; it was made anew from the warehouse: 1 run, 2 files"
      ])
    #expect(report.unitsSkipped == 2)
    #expect(try states(work) == before.0)
    #expect(try runs(work) == before.1)
    try await expectAgreement(work, runs: 1)
  }

  @Test(arguments: ["no database at all, but long enough to be taken for one", "page"])
  func `is put aside when it is damaged`(damage: String) async throws {
    let work = try imported(files: 2)
    try await work.importAll()
    let before = try states(work)
    let file = URL(filePath: work.home.state)
    var bytes = Array(try Data(contentsOf: file))
    if damage == "page" {
      for place in 100..<bytes.count { bytes[place] ^= 0x55 }
    } else {
      bytes = Array(damage.utf8)
    }
    try Data(bytes).write(to: file)
    #expect(try check(work) != .agrees(runs: 1))
    let report = try await work.importAll()
    #expect(report.notes.first?.hasPrefix("the state database was damaged (") == true)
    let names = try FileManager.default.contentsOfDirectory(atPath: work.home.path)
    let aside = try #require(names.first { $0.hasPrefix("state.sqlite.damaged-") })
    #expect(Array(try Data(contentsOf: URL(filePath: "\(work.home.path)/\(aside)"))) == bytes)
    #expect(try states(work) == before)
    try await expectAgreement(work, runs: 1)
  }

  @Test func `gives in to a warehouse that was put back from a copy`() async throws {
    let work = try imported(files: 1)
    try await work.importAll()
    let copy = Array(try Data(contentsOf: URL(filePath: work.home.warehouse)))
    try work.files.write(Self.lines("a1", 3), to: "a1.jsonl")
    let lost = try await work.importAll().runID
    try Data(copy).write(to: URL(filePath: work.home.warehouse))
    let report = try await work.importAll()
    #expect(
      report.notes == [
        "the warehouse does not know 1 run of the state database: it is an older copy or was made "
          + "anew; 1 file it lacks will be imported again"
      ])
    #expect(try states(work, of: lost) == ["\(lost) a1.jsonl new abandoned"])
    #expect(report.unitsCommitted == 1)
    try await expectAgreement(work, runs: 3)
  }

  @Test func `takes over the runs of a newer warehouse`() async throws {
    let work = try imported(files: 1)
    try await work.importAll()
    let copy = Array(try Data(contentsOf: URL(filePath: work.home.state)))
    try work.files.write(Self.lines("a1", 3), to: "a1.jsonl")
    try await work.importAll()
    let before = try (states(work), runs(work))
    try Data(copy).write(to: URL(filePath: work.home.state))
    let report = try await work.importAll()
    #expect(
      report.notes == [
        "the state database was older than the warehouse; it took over 1 run and 1 file"
      ])
    #expect(try states(work) == before.0)
    #expect(try runs(work) == before.1)
  }

  @Test func `follows a rollback and a rebuild`() async throws {
    let work = try imported(files: 1)
    try await work.importAll()
    try work.files.write(Self.lines("a1", 3), to: "a1.jsonl")
    let second = try await work.importAll().runID
    #expect(try work.rollback(second).notes == [])
    #expect(try states(work, of: second) == ["\(second) a1.jsonl new rolled_back"])
    #expect(try check(work) == .agrees(runs: 2))
    try await work.importAll()
    _ = try await Rebuild(home: work.home, sources: [work.source]).run()
    #expect(try await work.importAll().notes == [])
    #expect(try check(work) == .agrees(runs: 5))
  }

  // MARK: Two at once

  @Test func `raises the token with every run, whichever file is lost`() async throws {
    let work = try imported(files: 1)
    try await work.importAll()
    try FileManager.default.removeItem(atPath: work.home.state)
    try work.files.write(Self.lines("a1", 3), to: "a1.jsonl")
    try await work.importAll()
    #expect(try work.texts("SELECT token::VARCHAR FROM catchment.runs ORDER BY run") == ["1", "2"])
  }

  @Test(arguments: ["a1.jsonl", "a0.jsonl"])
  func `refuses what a run commits after another took over`(file: String) async throws {
    let work = try imported(files: 1)
    try await work.importAll()
    let before = try work.checksums()
    // A new file is committed by a worker, a grown one together with its family.
    try work.files.write(Self.lines(String(file.prefix(2)), 4), to: file)
    let error = await #expect(throws: CatchmentError.self) {
      try await work.importAll {
        let state = try StateDatabase(path: work.home.state)
        _ = try Lease(taking: Importer.pipeline, in: state, newest: 0, now: 0)
      }
    }
    #expect(error?.code.exitCode == 8)
    #expect(error?.message.hasPrefix("another run (process \(getpid()) on ") == true)
    #expect(try work.checksums().differences(from: before) == [])
    #expect(try await work.importAll().unitsCommitted == 1)
  }

  @Test func `refuses a commit when the warehouse knows a newer token`() async throws {
    let work = try imported(files: 1)
    try await work.importAll()
    let state = try StateDatabase(path: work.home.state)
    let lease = try Lease(taking: Importer.pipeline, in: state, newest: 0, now: 0)
    let warehouse = try work.warehouse()
    defer { warehouse.close() }
    let connection = try warehouse.connect()
    try connection.execute("UPDATE catchment.runs SET token = \(lease.token + 1)")
    let error = #expect(throws: CatchmentError.self) {
      try connection.atomically(under: lease, warehouse.path) { () throws(DuckDBError) in
        try connection.execute("DELETE FROM main.messages")
      }
    }
    #expect(
      error?.description == """
        another run has taken over; nothing more is committed
          try: run the same command again when that one is done
        """)
    #expect(try connection.query("SELECT count(*) FROM main.messages").scalar()?.int64 == 2)
  }

  // MARK: What the tests stand on

  private static func lines(_ session: String, _ count: Int) -> String {
    (0..<count).map { number in
      #"{"type":"user","uuid":"\#(session)-\#(number)","sessionId":"\#(session)","#
        + #""timestamp":"2026-03-01T10:00:00Z","message":{"content":"hello"}}"# + "\n"
    }.joined()
  }

  /// A workspace with files that wait to be imported.
  private func imported(files: Int) throws -> Workspace {
    let work = try Workspace(ClaudeCodeSource())
    for number in 0..<files {
      try work.files.write(Self.lines("a\(number)", 2), to: "a\(number).jsonl")
    }
    return work
  }

  /// `run file plan state`, sorted.
  private func states(_ work: Workspace, of run: String = "") throws -> [String] {
    try StateDatabase(path: work.home.state).read { database in
      try Row.fetchAll(database, sql: "SELECT run, path, plan, state FROM units ORDER BY run, path")
        .map { row in
          let path: String = row[1]
          return "\(row[0] as String) \(path.split(separator: "/").last ?? "") "
            + "\(row[2] as String) \(row[3] as String)"
        }
    }.filter { $0.hasPrefix(run) }
  }

  /// `run kind status token`, the oldest first.
  private func runs(_ work: Workspace) throws -> [String] {
    try StateDatabase(path: work.home.state).read { database in
      try String.fetchAll(
        database,
        sql: """
          SELECT id || ' ' || kind || ' ' || status || ' ' || token FROM runs ORDER BY started, id
          """)
    }
  }

  private func sql(_ work: Workspace, _ text: String) throws {
    try StateDatabase(path: work.home.state).write { try $0.execute(sql: text) }
  }

  private func check(_ work: Workspace) throws -> StateCheck {
    let warehouse = try work.warehouse()
    defer { warehouse.close() }
    return try StateCheck(
      home: work.home, warehouse: warehouse, connection: warehouse.connect())
  }

  private func expectAgreement(_ work: Workspace, runs: Int) async throws {
    #expect(try check(work) == .agrees(runs: runs))
    let again = try await work.importAll()
    #expect(again.notes == [])
    #expect(again.records.read == 0)
  }
}

extension Workspace {
  fileprivate func warehouse() throws -> Warehouse {
    try Warehouse(
      path: home.warehouse, sourceTables: source.tables,
      options: .init(memory: 256 << 20, threads: 1, spill: home.spill))
  }

  /// Imports, and lets something happen once the plan is written down.
  fileprivate func importAll(
    meanwhile event: @escaping @Sendable () throws -> Void
  ) async throws -> ImportReport {
    let source = InterruptedSource(base: source, event: event)
    return try await Importer(home: home, sources: [source]).run([files.path])
  }
}

/// A source during whose import something happens: after the plan, before the first unit is read.
private struct InterruptedSource: Source {
  let base: any Source
  let event: @Sendable () throws -> Void
  private let hasHappened = Latch()

  init(base: any Source, event: @escaping @Sendable () throws -> Void) {
    self.base = base
    self.event = event
  }

  private final class Latch: Sendable {
    private let isShut = Mutex(false)

    func shut() -> Bool {
      isShut.withLock { isShut in
        defer { isShut = true }
        return !isShut
      }
    }
  }

  var name: String { base.name }
  var tables: [TableSchema] { base.tables }

  func defaultRoots(home: String, environment: [String: String]) -> [String] {
    base.defaultRoots(home: home, environment: environment)
  }

  func mayHold(_ path: String) -> Bool { base.mayHold(path) }

  func recognise(_ beginning: UnsafeRawBufferPointer, of path: String) -> Recognition {
    base.recognise(beginning, of: path)
  }

  func copyHint(_ beginning: UnsafeRawBufferPointer, of path: String) -> UInt64? {
    base.copyHint(beginning, of: path)
  }

  func makeReducer(largestRecord: Int) -> any Reducer {
    if hasHappened.shut() {
      do { try event() } catch { Issue.record(error) }
    }
    return base.makeReducer(largestRecord: largestRecord)
  }
}
