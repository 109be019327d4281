/// What undoing a run would do, row by row counted.
public struct RollbackPlan: Sendable, Equatable {
  /// What undoing one run does to the tables.
  public struct Run: Sendable, Equatable {
    /// The run's id: `20261121T054812.345Z-3f2a`.
    public var id: String
    /// By table: rows that go, because the run inserted them.
    public var deleted: [String: Int] = [:]
    /// By table: rows that become what they were.
    public var restored: [String: Int] = [:]
  }

  /// The runs to undo, the last first; the one that was asked for is the last of the list.
  public var runs: [Run]
  /// Later runs that built on what this run did: they must be undone with it.
  public var dependents: [String]
  /// What was found out of order at the start, and put right.
  public var notes: [String] = []
  /// What was done in the warehouse that follows the home; nil when there is none.
  public var publication: PublicationReport?
}
