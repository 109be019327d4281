/// What a publication did in a follower, in counts read back from it.
public struct PublicationReport: Sendable, Equatable {
  /// How it found out what to do.
  public enum Kind: String, Sendable {
    /// The follower had everything.
    case unchanged
    /// What the home's undo log says has changed since the last publication.
    case changes
    /// Every row was compared.
    case comparison
  }

  /// Where the follower is, without a password.
  public var location: String
  public var kind: Kind
  /// Rows by table, as the follower has them now.
  public var rows: [String: Int] = [:]
  /// By table: rows that were added, or put in the place of others.
  public var written: [String: Int] = [:]
  /// By table: rows that were taken out, those among them whose place others took.
  public var removed: [String: Int] = [:]
  /// By table: how long the adding of its rows took.
  public var tableSeconds: [String: Double] = [:]
  /// From connecting to the end of the commit.
  public var seconds = 0.0
}
