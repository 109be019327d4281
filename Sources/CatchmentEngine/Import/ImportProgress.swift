internal import Synchronization

/// How far an import is, for whoever shows it.
public final class ImportProgress: Sendable {
  /// What is being done.
  public enum Phase: Sendable {
    /// Looking for what is new.
    case planning
    /// Taking in what is new, as far as `bytes` of `totalBytes`; then deriving again what shares
    /// records with other units.
    case reading
    /// Setting what conversations take from each other.
    case linking
    /// Counting what is committed.
    case addingUp
    /// Bringing the warehouse that follows the home to its state.
    case publishing
    /// Writing everything back into the warehouse's file.
    case saving
  }

  /// All figures at one moment.
  public struct Snapshot: Sendable {
    /// What is being done; phases come in the order in which they are declared.
    public var phase = Phase.planning
    /// The sizes, at the source, of the units that were taken in.
    public var bytes: Int64 = 0
    /// The sizes of all units that are new or changed; 0 while planning.
    public var totalBytes: Int64 = 0
    /// Units taken in.
    public var units = 0
    /// Units that are new or changed; 0 while planning.
    public var totalUnits = 0
  }

  private let state = Mutex(Snapshot())

  /// Begins at `planning`; one object is for one import.
  public init() {}

  /// The figures as they are now; safe on any thread while the import runs.
  public var snapshot: Snapshot { state.withLock { $0 } }

  func enter(_ phase: Phase) { state.withLock { $0.phase = phase } }

  func expect(bytes: Int64, units: Int) {
    state.withLock {
      $0.totalBytes += bytes
      $0.totalUnits += units
    }
  }

  func add(bytes: Int64, units: Int) {
    state.withLock {
      $0.bytes += bytes
      $0.units += units
    }
  }
}
