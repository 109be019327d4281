internal import Catchment
internal import Synchronization

/// How far a run is, of an import or of a pipeline, for whoever shows it.
public final class RunProgress: Sendable {
  /// What is being done.
  public enum Phase: String, Sendable, Codable {
    /// Its turn has not come, or the pause before its next attempt is not over.
    case waiting
    /// Looking for what is new.
    case planning
    /// Fetching from servers what is new.
    case fetching
    /// Taking in what is new, as far as `bytes` of `totalBytes`; then deriving again what shares
    /// records with other units.
    case reading
    /// Loading what was read.
    case loading
    /// Setting what conversations take from each other.
    case linking
    /// Counting what is committed.
    case addingUp = "adding_up"
    /// Bringing the warehouse that follows the home to its state.
    case publishing
    /// Writing everything back into the warehouse's file.
    case saving
    /// It is over, well or badly, while others of the same process go on.
    case ended
  }

  /// All figures at one moment.
  public struct Snapshot: Sendable, Codable {
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
    /// Rows that are committed, of a pipeline; 0 of an import, which counts them at its end.
    public var rows = 0
    /// Which run of a pipeline it is, or will be after the pause; the first is 1.
    public var attempt = 1
    /// When the pause before it ends, in microseconds since 1970; nil when there is none.
    public var pausedUntil: Int64?
  }

  private struct State {
    var snapshot = Snapshot()
    /// The unit that is being taken in as one step: its size, and how much of it is done, of 1.
    var step: (bytes: Int64, share: @Sendable () -> Double)?
    var run: Run?
  }

  private let state = Mutex(State())

  /// Begins at `planning`; one object is for one run, and for those that try it again.
  public init() {}

  /// The figures as they are now; safe on any thread while it runs.
  public var snapshot: Snapshot {
    let now = state.withLock { $0 }
    var snapshot = now.snapshot
    if let step = now.step { snapshot.bytes += Int64(Double(step.bytes) * step.share()) }
    return snapshot
  }

  /// The run of a pipeline as it was last noted; nil until it begins.
  var run: Run? { state.withLock { $0.run } }

  func note(_ run: Run) { state.withLock { $0.run = run } }

  func enter(_ phase: Phase) { state.withLock { $0.snapshot.phase = phase } }

  /// Begins anew, with a run of that number.
  func begin(attempt: Int) {
    state.withLock { state in
      state = State()
      state.snapshot.attempt = attempt
    }
  }

  /// Begins anew by waiting so many seconds for the next run.
  func rest(_ seconds: Double, before attempt: Int) {
    state.withLock { state in
      state = State()
      state.snapshot.phase = .waiting
      state.snapshot.attempt = attempt
      state.snapshot.pausedUntil = Clock.now() + Int64(min(seconds, 1e9) * 1e6)
    }
  }

  func expect(bytes: Int64, units: Int) {
    state.withLock {
      $0.snapshot.totalBytes += bytes
      $0.snapshot.totalUnits += units
    }
  }

  func add(bytes: Int64, units: Int) {
    state.withLock {
      $0.snapshot.bytes += bytes
      $0.snapshot.units += units
      $0.step = nil
    }
  }

  /// Says how many rows are committed by now.
  func count(rows: Int) { state.withLock { $0.snapshot.rows = rows } }

  /// Follows a unit that is taken in as one step, until it is added.
  func follow(bytes: Int64, _ share: @escaping @Sendable () -> Double) {
    state.withLock { $0.step = (bytes, share) }
  }
}
