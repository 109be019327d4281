public import Catchment

/// Unites other homes with this one: what they have read is taken over, and nothing is doubled.
///
/// Only the raw stores of the others are read, and nothing in them is changed; they may be copies on a
/// disk that cannot be written. What this home lacks is copied into its own raw store, each record
/// checked against its SHA-256, and then derived like an import. It is a run like any other.
///
/// ```swift
/// let report = try await Merge(home: home, sources: sources).run([Home("/mnt/laptop/.catchment")])
/// print(report.homes[0].taken, "records taken over")
/// ```
public struct Merge: Sendable {
  private let importer: Importer
  /// What a home that does not name its machine is called.
  private let machine: String?

  /// Merges into a home for these sources; records of others stay where they are.
  ///
  /// `machine` is what the others' own machine is called, whatever they say.
  public init(
    home: Home, sources: SourceSet, machine: String? = nil, options: Importer.Options = .init(),
    progress: RunProgress = .init()
  ) {
    importer = Importer(home: home, sources: sources, options: options, progress: progress)
    self.machine = machine
  }

  /// Takes over what the homes have, one after another, in one run.
  ///
  /// Safe to kill at any moment and to run again. When they have nothing new no run is listed.
  public func run(_ others: [Home]) async throws(CatchmentError) -> MergeReport {
    let began = Clock.steady()
    try Directory.create(importer.home.path)
    let lock = try HomeLock(importer.home)
    defer { lock.release() }
    let board = StatusBoard(importer.home, "merge", [("merge", importer.progress)])
    defer { board.close() }
    let warehouse = try importer.openWarehouse()
    defer { warehouse.close() }
    let now = Clock.now()
    let session = try ImportSession(
      importer: importer, warehouse: warehouse, runID: .make(now: now), startedAt: now)
    var report = try await MergeSession(session: session, machine: machine).run(others)
    try session.journal.close()
    importer.progress.enter(.saving)
    warehouse.close()
    report.seconds = Clock.steady() - began
    return report
  }
}

/// What a merge did, in counts of committed rows.
public struct MergeReport: Sendable {
  /// What was found in one of the other homes.
  public struct Other: Sendable, Equatable {
    /// Its directory.
    public var path: String
    /// What its own machine is called in this home.
    public var machine: String
    /// Records that it has, each counted once: those known and those taken.
    public var records = 0
    /// Records that this home had already.
    public var known = 0
    /// Records that this home did not have.
    public var taken: Int { records - known }
    /// Files that are kept whole, such as images, that this home did not have.
    public var artifacts = 0
    /// Bytes of the records that were taken over.
    public var bytes: Int64 = 0
  }

  /// The run's id, also when nothing was new and no run is listed.
  public var runID: String
  /// `partial` when there are dead letters, else `done`.
  public var status: Run.Status = .done
  /// In the order in which they were given.
  public var homes: [Other] = []
  /// What became of the records that were taken over.
  public var records = RecordCounts()
  /// Files whose records were new, in part or wholly.
  public var unitsCommitted = 0
  /// What is in the tables now, by platform.
  public var platforms: [String: ImportReport.Platform] = [:]
  /// What was found out of order at the start, and put right.
  public var notes: [String] = []
  /// From the beginning to the closed warehouse.
  public var seconds = 0.0
}
