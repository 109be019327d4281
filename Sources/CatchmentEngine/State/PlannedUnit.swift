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

  /// Whether the warehouse has what was planned: the unit as it was found, or that it is gone.
  func isCommitted(_ marker: ImportPlan.Marker?) -> Bool {
    guard let marker else { return false }
    return reason == .vanished
      ? !marker.isPresent : marker.isPresent && marker.fingerprint == fingerprint
  }
}
