public import Catchment
internal import DuckDB
public import Logging

/// Tries dead letters again, from the raw store: what a newer reader understands becomes rows.
public struct DeadLetterRetry: Sendable {
  /// Which dead letters are tried.
  public struct Limits: Sendable, Equatable {
    /// Only those that were tried fewer times than this, the import's own attempt among them; nil
    /// takes all.
    public var attempts: Int? = 5
    /// Only those that are no older than this, in seconds; nil takes all.
    public var age: Double? = 7 * 86_400
    /// So many at a time, the oldest first; nil takes all.
    public var count: Int? = 100
    /// Whether to wait, after each attempt twice as long, before the next.
    public var isPatient = true

    /// The usual ones: fewer than five attempts, a week, a hundred at a time.
    public init() {}

    /// Every dead letter, at once.
    public static let none: Limits = {
      var limits = Limits()
      (limits.attempts, limits.age, limits.count) = (nil, nil, nil)
      limits.isPatient = false
      return limits
    }()
  }

  /// Those that were left alone, by the first reason that holds.
  public struct Left: Sendable, Equatable {
    /// Tried too often already.
    public var tooOften = 0
    public var tooOld = 0
    /// Tried so short a time ago that it is not their time yet.
    public var notDue = 0
    /// There were more than are tried at a time.
    public var overLimit = 0
    /// When the first of those that are not due will be, in microseconds since 1970.
    public var nextDue: Int64?

    /// How many they are.
    public var total: Int { tooOften + tooOld + notDue + overLimit }
  }

  /// What came of trying again.
  public struct Report: Sendable, Equatable {
    /// The run's id, also when there was nothing to try and no run is listed.
    public var runID: String
    /// What became of the dead letters that were tried: `read` is their number.
    public var records = RecordCounts()
    /// Those that were not tried.
    public var left = Left()
    /// Of those, the ones that were resolved with the others, because they are in the same files.
    public var alsoResolved = 0

    /// How many dead letters were tried.
    public var tried: Int { records.read }
    /// Those that are rows, or known to be nothing, now.
    public var resolved: Int { records.read - records.deadLettered }
    /// What was found out of order at the start, and put right.
    public var notes: [String] = []
    /// What the run did in how much time, how well, and with what.
    public var metrics = RunMetrics()
    /// What was done in the warehouse that follows the home; nil when there is none.
    public var publication: PublicationReport?
  }

  private let importer: Importer
  private let limits: Limits
  /// Microseconds since 1970.
  private let now: @Sendable () -> Int64

  /// Reads with the sources that are given; a dead letter of another source stays one.
  public init(
    home: Home, sources: SourceSet, options: Importer.Options = .init(),
    limits: Limits = .init(), logger: Logger = .silent
  ) {
    self.init(
      Importer(home: home, sources: sources, options: options, logger: logger), limits: limits,
      now: Clock.now)
  }

  init(_ importer: Importer, limits: Limits, now: @escaping @Sendable () -> Int64) {
    self.importer = importer
    self.limits = limits
    self.now = now
  }

  /// Derives every unit that has such dead letters again, in one run.
  ///
  /// It is listed as `deadletters retry`, unless there is nothing to try. Throws `locked` while
  /// another run writes to the home, and `failed` when the counts do not add up.
  public func run() throws(CatchmentError) -> Report {
    let meter = RunMeter()
    try Directory.create(importer.home.path)
    let lock = try importer.lock()
    defer { lock.release() }
    let warehouse = try importer.openWarehouse()
    defer { warehouse.close() }
    let session = try ImportSession(
      importer: importer, warehouse: warehouse, runID: .make(now: Clock.now()),
      startedAt: now(), meter: meter)
    let notes = try session.journal.reconcile()
    var report = try RetrySession(session: session, limits: limits).run()
    try session.journal.settle()
    try session.journal.close()
    report.notes = notes
    report.publication = try importer.publish(warehouse)
    meter.update(&report.metrics)
    return report
  }
}
