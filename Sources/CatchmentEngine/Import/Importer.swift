public import Catchment
internal import DuckDB
public import Logging

/// Imports what a source finds into a home's warehouse.
///
/// ```swift
/// let importer = Importer(home: Home("/tmp/home"), sources: Catalogue.sources)
/// let report = try await importer.run(["/home/me/.claude/projects"])
/// ```
public struct Importer: Sendable {
  /// What an import may use of the machine.
  public struct Options: Sendable {
    /// What the whole process may hold, in bytes.
    public var memory: Int
    /// How many units are read at once, and how many threads the engine has for what comes after.
    public var threads: Int
    /// How many units of a pipeline share a transaction, where the destination can.
    public var batch: Int
    /// How patient it is with what may pass by itself: a warehouse that another program reads, a
    /// source's file that cannot be read at this moment.
    public var retry = RetryPolicy()
    /// The machine that the files come from; nil for the home's own.
    public var machine: String?
    /// What is done with conversations that hold the same talk, from now on; nil leaves it as it is
    /// in this home.
    public var duplicates: DuplicatePolicy?
    /// The largest file of an export that is kept, in bytes.
    ///
    /// What points at a larger one stays a pointer. It spares the disk: no file is ever in memory as a
    /// whole.
    public var largestFile: Int64 = 4 << 30
    /// A warehouse that is brought to the home's state after every run, when there is one.
    public var follower: (any Follower)?

    /// 512 MiB and two threads unless said otherwise.
    public init(
      memory: Int = 512 << 20, threads: Int = 2, batch: Int = 1, machine: String? = nil,
      follower: (any Follower)? = nil
    ) {
      self.memory = memory
      self.threads = threads
      self.batch = batch
      self.machine = machine
      self.follower = follower
    }

    /// The longest record there is room for, in bytes: its text is in memory up to four times while
    /// it becomes a row.
    var largestRecord: Int { min(memory / 4, 256 << 20) }

    /// How much of a large unit is derived at once, in bytes; smaller slices give the same rows.
    public var sliceSize: Int {
      get { statedSliceSize ?? min(memory / 32, 16 << 20) }
      set { statedSliceSize = newValue }
    }
    private var statedSliceSize: Int?
  }

  /// What the runs of every import are listed under.
  static let pipeline = "import"

  let home: Home
  let sources: SourceSet
  let options: Options
  /// Where the import tells how far it is; read it from another task.
  public let progress: RunProgress
  let logger: Logger

  /// Opens nothing: the home is made, and its lock taken, by `run`.
  public init(
    home: Home, sources: SourceSet, options: Options = .init(),
    progress: RunProgress = .init(), logger: Logger = .silent
  ) {
    self.home = home
    self.sources = sources
    self.options = options
    self.progress = progress
    self.logger = logger
  }

  /// Runs one import over the paths given.
  ///
  /// Safe to kill at any moment and to run again: the tables then are as if nothing had happened.
  ///
  /// - Parameter stated: files whose source the caller knows, by absolute path: they are taken as that
  ///   source's whatever they look like.
  public func run(
    _ roots: [String], stated: [String: String] = [:]
  ) async throws(CatchmentError) -> ImportReport {
    let meter = RunMeter()
    try Directory.create(home.path)
    let lock = try lock()
    defer { lock.release() }
    let board = StatusBoard(home, "import", [("import", progress)])
    defer { board.close() }
    let startedAt = Clock.now()
    let runID = RunID.make(now: startedAt)
    let warehouse = try openWarehouse()
    defer { warehouse.close() }
    let session = try ImportSession(
      importer: self, warehouse: warehouse, runID: runID, startedAt: startedAt, meter: meter)
    var report = try await session.run(roots, stated: stated)
    try session.journal.close()
    report.publication = try publish(warehouse)
    progress.enter(.saving)
    meter.stages.measure(.save) {
      session.connection.close()
      warehouse.close()
    }
    conclude(&report, meter)
    return report
  }

  /// Adds what only shows when the warehouse is closed.
  func conclude(_ report: inout ImportReport, _ meter: RunMeter) {
    meter.update(&report.metrics)
    if report.metrics.rawBytes != nil { RunMeter.measureWarehouse(home.warehouse, &report.metrics) }
    report.seconds = report.metrics.seconds
  }

  /// The runs that changed the home's warehouse, the oldest first.
  public func runs() throws(CatchmentError) -> [Run] {
    let warehouse = try openWarehouse()
    defer { warehouse.close() }
    return try WarehouseRecords(
      pipeline: Self.pipeline, warehouse: warehouse, connection: warehouse.connect()
    ).history()
  }

  /// The right to write to the home.
  func lock() throws(CatchmentError) -> HomeLock {
    try noting { () throws(CatchmentError) in try HomeLock(home) }
  }

  /// A run that does not even begin leaves a line in the log too.
  private func noting<R>(_ body: () throws(CatchmentError) -> R) throws(CatchmentError) -> R {
    do throws(CatchmentError) { return try body() } catch {
      logger.failure("the run could not begin", error)
      throw error
    }
  }

  /// The machine that this run's files come from; nil for the home's own.
  func machine(beside own: Machine) throws(CatchmentError) -> String? {
    guard let given = options.machine, given != own.name else { return nil }
    return try Machine.checked(given)
  }

  func openWarehouse(
    at path: String? = nil, share: EngineShare = .besideWorkers
  ) throws(CatchmentError) -> Warehouse {
    try Directory.create(home.spill)
    let path = path ?? home.warehouse
    return try noting { () throws(CatchmentError) in
      try options.retry.run(
        while: { $0.code == .locked }, note: { note($0, pause: $1) }
      ) { () throws(CatchmentError) in
        try openOnce(path, share)
      }
    }
  }

  private func note(_ error: CatchmentError, pause: Double) {
    logger.warning(
      "waiting for the warehouse",
      metadata: ["error": "\(error.message)", "seconds": .seconds(pause)])
  }

  /// How much of the memory the engine may count as its own.
  enum EngineShare {
    /// A quarter, mostly blocks that it has written and could drop: the rest is for what it does not
    /// count, such as the list of its row groups, for what the workers read and put together, and for
    /// the keys of every record.
    case besideWorkers
    /// A quarter, and what it takes at least to derive a family again: a transaction frees none of the tables
    /// that it has emptied.
    case forFamilies
    /// Half, for work that is all the engine's: it holds which of millions of rows are gone.
    case alone

    /// In bytes, of what the process may hold.
    func of(_ memory: Int) -> Int {
      switch self {
      case .besideWorkers: max(memory / 4, 64 << 20)
      case .forFamilies: max(memory / 4, 128 << 20)
      case .alone: max(memory / 2, 128 << 20)
      }
    }
  }

  private func openOnce(
    _ path: String, _ share: EngineShare
  ) throws(CatchmentError) -> Warehouse {
    let own = try Machine.own(of: home)
    let warehouse = try Warehouse(
      path: path, sourceTables: sources.tables, views: sources.views,
      options: .init(
        // The workers bring threads of their own, so the engine needs none beside them.
        memory: share.of(options.memory), threads: 1, spill: home.spill))
    try warehouse.note(own, sources: sources)
    return warehouse
  }
}
