import Catchment
import CatchmentConnectors
import CatchmentTesting
import DuckDB
import Foundation
import Testing

/// The contract is worth what it finds: each broken promise is found, and named.
@Suite struct `The destination contract` {
  @Test(arguments: FaultyDestination.Fault.allCases)
  func `finds a broken promise`(fault: FaultyDestination.Fault) async throws {
    let contract = DestinationContract(
      make: { folder, table, mode in
        FaultyDestination(
          base: .duckdb("\(folder)/out.duckdb", table: table, mode: mode), fault: fault)
      }, rows: Self.rows, modes: [fault == .miscounts ? .merge(key: ["id"]) : .append])
    let failure = await #expect(throws: TestFailure.self) { try await contract.check() }
    #expect(failure.map { "\($0)" }?.contains(fault.complaint) == true, "\(failure as Any)")
  }

  @Sendable private static func rows(_ folder: String, _ table: String) throws -> [String] {
    let file = "\(folder)/out.duckdb"
    guard FileManager.default.fileExists(atPath: file) else { return [] }
    let connection = try Database(path: file).connect()
    let found = try connection.query(
      "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'main'")
    guard try found.scalar() != .integer(0) else { return [] }
    return try connection.query("FROM main.\(SQL.identifier(table))").rows()
      .map { $0.map(\.description).joined(separator: "|") }
  }
}

/// A destination that keeps all promises but one.
struct FaultyDestination: Destination {
  enum Fault: CaseIterable {
    case forgetsMarkers, asksTooLate, losesDeadLetters, undoesNothing, miscounts, hidesFailure

    /// What the contract says of it.
    var complaint: String {
      switch self {
      case .forgetsMarkers: "a unit that was loaded is planned again"
      case .asksTooLate: "a refused commit leaves"
      case .losesDeadLetters: "of 6001 dead letters"
      case .undoesNothing: "a rollback gives other rows"
      case .miscounts: "count as"
      case .hidesFailure: "a directory that is not there gives"
      }
    }
  }

  let base: DuckDBDestination
  let fault: Fault
  var name: String { base.name }
  var location: String { base.location }
  var mode: LoadMode { base.mode }

  func look(
    for pipeline: String, loading rows: Relation?, in bench: Workbench
  ) throws(CatchmentError) -> DestinationState {
    try base.look(for: pipeline, loading: rows, in: bench)
  }

  func open(
    for pipeline: String, in bench: Workbench
  ) throws(CatchmentError) -> any DestinationSession {
    do throws(CatchmentError) {
      return FaultySession(try base.open(for: pipeline, in: bench), fault)
    } catch  where fault == .hidesFailure {
      throw CatchmentError(.failed, "something went wrong")
    }
  }
}

private final class FaultySession: DestinationSession {
  private let base: any DestinationSession
  private let fault: FaultyDestination.Fault

  init(_ base: any DestinationSession, _ fault: FaultyDestination.Fault) {
    self.base = base
    self.fault = fault
  }

  func runs() throws(CatchmentError) -> [Run] { try base.runs() }

  func committedUnits() throws(CatchmentError) -> [UUIDBytes: CommittedUnit] {
    fault == .forgetsMarkers ? [:] : try base.committedUnits()
  }

  func newestToken() throws(CatchmentError) -> Int64 { try base.newestToken() }
  func begin(_ run: Run) throws(CatchmentError) { try base.begin(run) }

  func load(
    _ batch: Batch, of run: Run, mayCommit: () throws(CatchmentError) -> Void
  ) throws(CatchmentError) -> RecordCounts {
    var batch = batch
    if fault == .losesDeadLetters { batch.deadLetters = [] }
    guard fault == .asksTooLate else {
      var counts = try base.load(batch, of: run, mayCommit: mayCommit)
      if fault == .miscounts, counts.updated > 0 {
        counts.loaded += counts.updated
        counts.updated = 0
      }
      return counts
    }
    let counts = try base.load(batch, of: run) {}
    try mayCommit()
    return counts
  }

  func end(_ run: Run) throws(CatchmentError) { try base.end(run) }
  func deadLetters() throws(CatchmentError) -> Int { try base.deadLetters() }

  func rollBack(_ run: String, cascade: Bool) throws(CatchmentError) -> [String] {
    if fault == .undoesNothing, cascade == false, try base.runs().last?.id == run { return [run] }
    return try base.rollBack(run, cascade: cascade)
  }

  func close() { base.close() }
}
