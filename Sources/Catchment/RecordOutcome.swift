/// What became of one raw record.
///
/// Every record that is read gets exactly one.
public enum RecordOutcome: UInt8, Sendable, CaseIterable {
  /// It made a new row.
  case loaded
  /// It changed or completed a row that another record made.
  case updated
  /// Its content was there already: the same record seen again, in this place or another.
  case duplicate
  /// It is well formed and known to carry nothing for the tables; the raw store keeps it.
  case filtered
  /// It could not be taken; see `DeadLetter`.
  case deadLettered

  /// The name in tables and reports.
  public var name: String {
    switch self {
    case .loaded: "loaded"
    case .updated: "updated"
    case .duplicate: "duplicate"
    case .filtered: "filtered"
    case .deadLettered: "dead_lettered"
    }
  }
}

/// How many records had which outcome.
///
/// The promise of conservation is that `read` equals the sum of the other five, counted from
/// committed rows.
public struct RecordCounts: Sendable, Equatable {
  /// All records that were looked at, whatever became of them.
  public var read = 0
  /// Those that made a new row.
  public var loaded = 0
  /// Those that changed or completed another record's row.
  public var updated = 0
  /// Those whose content was there already.
  public var duplicate = 0
  /// Those that are known to carry nothing for the tables.
  public var filtered = 0
  /// Those that could not be taken.
  public var deadLettered = 0
  /// Rows that went, or were closed, because their key is no longer in the source.
  ///
  /// They were not read, so they are no part of the sum.
  public var deleted = 0

  public init() {}

  /// Whether every record that was read is accounted for.
  public var isConserved: Bool {
    read == loaded + updated + duplicate + filtered + deadLettered
  }

  /// The count of one outcome; `read` is not among them.
  public subscript(outcome: RecordOutcome) -> Int {
    get {
      switch outcome {
      case .loaded: loaded
      case .updated: updated
      case .duplicate: duplicate
      case .filtered: filtered
      case .deadLettered: deadLettered
      }
    }
    set {
      switch outcome {
      case .loaded: loaded = newValue
      case .updated: updated = newValue
      case .duplicate: duplicate = newValue
      case .filtered: filtered = newValue
      case .deadLettered: deadLettered = newValue
      }
    }
  }

  /// Adds up the work of several workers or units, `read` included.
  public static func += (total: inout RecordCounts, more: RecordCounts) {
    total.read += more.read
    total.deleted += more.deleted
    for outcome in RecordOutcome.allCases { total[outcome] += more[outcome] }
  }
}
