internal import Catchment
internal import DuckDB

/// A unit as a run planned it: never changed after it is written down.
struct PlannedUnit: Sendable, Equatable {
  /// Why the run has to do with it.
  enum Reason: String, Sendable {
    case new, changed, vanished
  }

  var id: UUIDBytes
  var path: String
  var fingerprint: Unit.Fingerprint
  var reason: Reason

  init(_ unit: Unit, _ reason: Reason) {
    self.init(id: unit.id, path: unit.path, fingerprint: unit.fingerprint, reason: reason)
  }

  init(id: UUIDBytes, path: String, fingerprint: Unit.Fingerprint, reason: Reason) {
    self.id = id
    self.path = path
    self.fingerprint = fingerprint
    self.reason = reason
  }
}

/// What it takes to settle a planned unit.
///
/// Those of a run are held all at once, and it may have planned hundreds of thousands: so no path.
struct UnsettledUnit: Sendable, Equatable {
  var id: UUIDBytes
  var fingerprint: Unit.Fingerprint
  var reason: PlannedUnit.Reason

  /// Whether the warehouse has what was planned: the unit as it was found, or that it is gone.
  func isCommitted(_ mark: CommitMark?) -> Bool {
    guard let mark else { return false }
    return reason == .vanished ? !mark.isPresent : mark.isPresent && mark.fingerprint == fingerprint
  }
}

/// What a commit marker says about which unit was committed, without where it lies and how far.
struct CommitMark: Sendable {
  var fingerprint: Unit.Fingerprint
  var isPresent: Bool
}
