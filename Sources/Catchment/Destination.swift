public import DuckDB

/// Where a relation is loaded: one transaction per commit.
public protocol Destination: Sendable {
  /// The name users type: `duckdb`.
  var name: String { get }
  /// The one place it writes to, in words that name it for good: the file and the table.
  var location: String { get }
  var mode: LoadMode { get }
  /// What two pipelines may not load into at once, such as a file.
  var place: String { get }
  /// Whether it only passes rows on, and remembers nothing of them.
  var isStream: Bool { get }
  /// Whether several batches can share a transaction.
  var sharesCommits: Bool { get }

  /// Looks at what is there, and changes nothing.
  ///
  /// - Parameter rows: what would be loaded, for the columns that it would have there.
  func look(
    for pipeline: String, loading rows: Relation?, in bench: Workbench
  ) throws(CatchmentError) -> DestinationState
  /// The same place, where new rows are put in the old ones' place at once; nil when that is another
  /// kind of place.
  func replacing() -> (any Destination)?

  /// Opens it for one pipeline, and makes what is not there.
  ///
  /// Throws `destinationUnavailable` when it cannot be written to, `locked` when another holds it.
  func open(
    for pipeline: String, in bench: Workbench
  ) throws(CatchmentError) -> any DestinationSession
}

extension Destination {
  /// Looks at what is there, and changes nothing.
  public func look(
    for pipeline: String, in bench: Workbench
  ) throws(CatchmentError) -> DestinationState {
    try look(for: pipeline, loading: nil, in: bench)
  }

  public var place: String { location }
  public var isStream: Bool { false }
  public var sharesCommits: Bool { false }
  public func replacing() -> (any Destination)? { mode == .replace ? self : nil }
}

/// What a destination holds, seen without a change to it.
public struct DestinationState: Sendable {
  /// The commit markers of a pipeline.
  public var units: [UUIDBytes: CommittedUnit]
  /// Those of the table that is there; nil when there is none.
  public var columns: [Relation.Column]?
  /// Those that the rows to be loaded would have there; nil when none were given.
  public var shape: [Relation.Column]?

  public init(
    units: [UUIDBytes: CommittedUnit] = [:], columns: [Relation.Column]? = nil,
    shape: [Relation.Column]? = nil
  ) {
    self.units = units
    self.columns = columns
    self.shape = shape
  }
}

/// What becomes of the rows that are there.
public enum LoadMode: Sendable, Hashable {
  /// They stay; new ones are added.
  case append
  /// They go, at once with the new ones' coming.
  case replace
  /// Those with the same key are overwritten. The others stay, or with `deleteMissing` go when their
  /// key is no longer in the source.
  case merge(key: [String], deleteMissing: Bool = false)
  /// They stay, as what was so then: every version of a row has a line, with `HistoryColumns` that say
  /// from when to when. With `deleteMissing` the version of a key that is no longer in the source is
  /// closed.
  case scd2(key: [String], deleteMissing: Bool = false)

  /// Whether the rows of all units come together, since what is not among them goes.
  public var isSnapshot: Bool {
    switch self {
    case .append: false
    case .replace: true
    case .merge(_, let deleteMissing), .scd2(_, let deleteMissing): deleteMissing
    }
  }
}

/// The columns that `LoadMode.scd2` adds to a table.
public enum HistoryColumns {
  /// When the version was loaded.
  public static let from = "valid_from"
  /// When another took its place or its key was gone; empty while it is current.
  public static let to = "valid_to"
  /// Whether it is the key's last version.
  public static let isCurrent = "is_current"
  public static let all = [from, to, isCurrent]
}

/// A destination that is open.
///
/// Implementers keep four promises, which `DestinationContract` in `CatchmentTesting` checks: a batch
/// is one transaction of rows, markers and undo log; counts are of rows that are there; a commit for
/// which `mayCommit` throws leaves nothing; a rollback gives back the rows as they were.
public protocol DestinationSession: AnyObject {
  /// The runs of this pipeline, the oldest first.
  func runs() throws(CatchmentError) -> [Run]
  /// The commit markers: what of this pipeline is in the table.
  func committedUnits() throws(CatchmentError) -> [UUIDBytes: CommittedUnit]
  /// The newest token of any run; 0 before there was one.
  func newestToken() throws(CatchmentError) -> Int64

  /// Notes a run before it does anything, and any that still counted as running as killed.
  func begin(_ run: Run) throws(CatchmentError)
  /// Whether rows that are loaded now are read once alone, so that they need not be held for it.
  func readsOnce() throws(CatchmentError) -> Bool
  /// Loads a batch in one transaction; the counts are of rows loaded, updated and found there.
  ///
  /// `mayCommit` is asked inside the transaction, last. Once the rows were read, `batch.settled(in:)`
  /// says which markers and dead letters go with them.
  func load(
    _ batch: Batch, of run: Run, mayCommit: () throws(CatchmentError) -> Void
  ) throws(CatchmentError) -> RecordCounts
  /// The same for several batches, in one transaction where the destination can.
  func load(
    _ batches: [Batch], of run: Run, mayCommit: () throws(CatchmentError) -> Void
  ) throws(CatchmentError) -> RecordCounts
  /// Notes how a run ended.
  func end(_ run: Run) throws(CatchmentError)
  /// How many dead letters of this pipeline it keeps: those of reading and those of steps.
  func deadLetters() throws(CatchmentError) -> Int

  /// Gives the rows back as they were before a run, and before those that came after it.
  ///
  /// Returns the runs undone, the last first. Throws `refused` when later runs loaded into the table
  /// and `cascade` is false, or when rows were changed by someone else.
  func rollBack(_ run: String, cascade: Bool) throws(CatchmentError) -> [String]
  func close()
}

extension DestinationSession {
  public func readsOnce() throws(CatchmentError) -> Bool { false }

  public func load(
    _ batches: [Batch], of run: Run, mayCommit: () throws(CatchmentError) -> Void
  ) throws(CatchmentError) -> RecordCounts {
    var counts = RecordCounts()
    for batch in batches { counts += try load(batch, of: run, mayCommit: mayCommit) }
    return counts
  }
}

/// Rows to load together, with the markers of the units that they are of.
public struct Batch: Sendable {
  /// Nil when nothing is to be loaded, and only the markers are new.
  public var rows: Relation?
  /// The markers to write with the rows: one for each unit whose rows end in this batch, or that
  /// was only touched.
  public var units: [CommittedUnit]
  /// Records of these units that could not be taken, each with the id of its unit.
  public var deadLetters: [(unit: UUIDBytes, letter: DeadLetter)]
  /// Rows of these units that steps could not take; they are dead letters too.
  public var rejects: [Rejects]
  /// Whether these are all rows that the source holds: what a mode deletes that is not among them, may go.
  public var isWhole = false

  public init(
    rows: Relation?, units: [CommittedUnit],
    deadLetters: [(unit: UUIDBytes, letter: DeadLetter)] = [], rejects: [Rejects] = []
  ) {
    self.rows = rows
    self.units = units
    self.deadLetters = deadLetters
    self.rejects = rejects
  }

  /// With what is known of rows that pass, which are of one unit, once they were read; any other as it is.
  public func settled(in bench: Workbench) throws(CatchmentError) -> Batch {
    guard let passage = rows.flatMap(bench.passage), let unit = units.first else { return self }
    var settled = self
    let letters = try passage.deadLetters(in: bench)
    settled.units[0].records = passage.rows + letters.count
    settled.deadLetters = letters.map { (unit.unit.id, $0) }
    return settled
  }
}

/// A unit's commit marker.
public struct CommittedUnit: Sendable, Hashable {
  /// The unit as it was when it was loaded: its fingerprint tells whether it has changed since.
  public var unit: Unit
  /// Of its bytes, in hexadecimal digits.
  public var sha256: String
  /// Rows and dead letters read from it.
  public var records: Int
  /// The id of the run that loaded it.
  public var run: String
  /// How far its rows were loaded, when the pipeline has a cursor: the engine's words, kept as they are
  /// in the same transaction as the marker.
  public var cursor: String?

  public init(_ unit: Unit, sha256: String, records: Int, run: String) {
    self.unit = unit
    self.sha256 = sha256
    self.records = records
    self.run = run
  }
}
