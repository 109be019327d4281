internal import Catchment
internal import DuckDB

/// A destination's commit markers, as the truth for the state database.
struct DestinationRecords: CommitRecords {
  let session: any DestinationSession
  let name: String
  var title: String { "the destination" }

  func history() throws(CatchmentError) -> [Run] {
    try session.runs().map { run in
      var run = run
      // The lock says that no other runs now.
      if run.status == .running { run.status = .killed }
      return run
    }
  }

  func marks(of units: [UUIDBytes]?) throws(CatchmentError) -> [UUIDBytes: CommitMark] {
    try session.committedUnits().mapValues {
      CommitMark(fingerprint: $0.unit.fingerprint, isPresent: true)
    }
  }

  func markers() throws(CatchmentError) -> [UUIDBytes: ImportPlan.Marker] {
    try session.committedUnits().mapValues(ImportPlan.Marker.init)
  }

  func owners() throws(CatchmentError) -> [UUIDBytes: String] {
    try session.committedUnits().mapValues(\.run)
  }

  func newestToken() throws(CatchmentError) -> Int64 { try session.newestToken() }
}

extension ImportPlan.Marker {
  /// The marker of a unit that is read as a whole.
  init(_ committed: CommittedUnit) {
    self.init(
      source: committed.unit.source, path: committed.unit.path,
      fingerprint: committed.unit.fingerprint,
      cursor: Cursor(
        generation: 0, offset: committed.unit.fingerprint.size, lines: 0, prefixDigest: []),
      isPresent: true)
  }
}
