/// One execution of a pipeline or an import, in counts of committed rows.
public struct Run: Sendable, Equatable {
  /// How far a run came; the raw value is the name in tables and reports.
  public enum Status: String, Sendable {
    case running
    /// Everything was taken.
    case done
    /// Some records became dead letters, or some places could not be read; the rest was taken.
    case partial
    case failed
    /// Stopped by its user, after a clean commit.
    case interrupted
    /// Ended without coming to its end; what it had committed is there.
    case killed
    case rolledBack = "rolled_back"
    /// Came to its end, and the destination no longer knows it: it is an older copy or a new one.
    case missing

    /// Whether it came to its end, well or nearly.
    public var isComplete: Bool { self == .done || self == .partial }
  }

  /// Sorts by time as text: `20261121T054812.345Z-3f2a`.
  public var id: String
  /// The pipeline's name; `import` for all that changes a home's own tables.
  public var pipeline: String
  /// What was executed, for instance `pipeline`, `import` or `rebuild`.
  public var kind: String
  /// How far it came, or `running`.
  public var status: Status
  /// Grows with every run that takes the right to write: an older one can no longer commit.
  public var token: Int64
  /// Microseconds since 1970, UTC; as `ended`.
  public var started: Int64
  /// Nil until its end is known.
  public var ended: Int64?
  /// What became of the records or rows it read.
  public var records = RecordCounts()
  /// Rows that steps made beyond those they were given.
  public var made = 0
  /// Units whose markers this run wrote, with their rows when those had changed.
  public var unitsCommitted = 0
  /// Of the units that were read.
  public var bytesRead: Int64 = 0

  /// A run that has counted nothing yet.
  public init(
    id: String, pipeline: String, kind: String = "pipeline", status: Status, token: Int64,
    started: Int64
  ) {
    self.id = id
    self.pipeline = pipeline
    self.kind = kind
    self.status = status
    self.token = token
    self.started = started
  }

  /// Whether every record that was read, and every row that was made, is accounted for.
  public var isConserved: Bool {
    var all = records
    all.read += made
    return all.isConserved
  }
}
