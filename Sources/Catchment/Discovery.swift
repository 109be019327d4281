public import DuckDB

/// What was found under the places looked at.
public struct Discovery: Sendable {
  /// What can be read, each unit with its size and time as they were found.
  public var units: [Unit]
  /// What each new unit seems to share with its copies; see `Source.copyHint`.
  public var copyHints: [UUIDBytes: UInt64] = [:]
  /// Files that bear a fitting name but are in no known format.
  public var unrecognised: [String] = []
  /// Places that could not be looked into; the rest is unharmed.
  public var problems: [CatchmentError]

  public init(units: [Unit] = [], problems: [CatchmentError] = []) {
    self.units = units
    self.problems = problems
  }
}
