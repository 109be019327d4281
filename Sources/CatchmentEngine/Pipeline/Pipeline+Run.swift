public import Catchment
public import Logging

extension Pipeline.Complete {
  /// Runs the pipeline, and again as often as its `retry` says.
  ///
  /// Each unit's bytes are kept in the raw store before anything is done with them, and its rows are
  /// loaded in one transaction with its marker: a unit that was loaded is not loaded again, and a
  /// run that is killed and run again ends where an undisturbed one does. A table that is replaced
  /// is loaded in one transaction of all units.
  ///
  /// - Parameters:
  ///   - home: where the raw store and the state database are; without one, `$CATCHMENT_HOME`, else
  ///     `~/.catchment`.
  ///   - isFullRefresh: whether everything is read again, as if nothing had been loaded, and put in the
  ///     place of what the table holds.
  ///   - logger: gets each stage of each run.
  ///   - giveUp: is told, at the end, of each event that a receiver could not be told of.
  @concurrent
  public func run(
    in home: Home? = nil, isFullRefresh: Bool = false, options: Importer.Options = .init(),
    logger: Logger = .silent, giveUp: @Sendable (Undelivered) -> Void = { _ in }
  ) async throws(CatchmentError) -> PipelineReport {
    let outcomes = try await PipelineGroup([.init(self)]).run(
      in: home ?? .standard, isFullRefresh: isFullRefresh, options: options, logger: logger,
      giveUp: giveUp)
    switch outcomes.first {
    case .ran(let report): return report
    case .failed(let failure): throw failure.error
    case .skipped, nil: throw .interrupted
    }
  }

  /// Runs it once while the caller keeps others from writing to the home.
  ///
  /// - Parameter spill: a directory that no other pipeline uses at the same time.
  func runHoldingLock(
    of home: Home, _ isFullRefresh: Bool, _ options: Importer.Options, spill: String,
    _ progress: RunProgress, _ recorder: AttemptRecorder
  ) async throws(CatchmentError) -> PipelineReport {
    let began = Clock.steady()
    let pipeline = isFullRefresh ? try refreshing() : self
    func run(
      _ options: Importer.Options
    ) async throws(CatchmentError) -> PipelineReport {
      var session = try recorder.measure(.plan) { () throws(CatchmentError) in
        try pipeline.session(in: home, options, spill: spill)
      }
      defer { session.destination.close() }
      session.isFullRefresh = isFullRefresh
      session.progress = progress
      session.recorder = recorder
      let report = try await session.run()
      try session.journal.close()
      return report
    }
    var report =
      if let target = pipeline.tune {
        try await pipeline.tuned(for: target, in: home, options, run)
      } else {
        try await run(options)
      }
    report.seconds = Clock.steady() - began
    return report
  }

  /// The same, with a destination that is replaced; it is other work than what is tuned.
  public func refreshing() throws(CatchmentError) -> Pipeline.Complete {
    guard let destination = destination.replacing() else {
      throw CatchmentError(
        .usage, "\(destination.location) cannot be loaded anew: each load adds to it",
        hint: "move it away, and run without a full refresh")
    }
    var refreshed = Pipeline.Complete(
      name: name, source: source, transforms: transforms, destination: destination,
      maxRejects: maxRejects, cursor: cursor
    ).retry(retry).onFailure(onFailure)
    refreshed.receivers = receivers
    return refreshed
  }

  /// The runs of this pipeline into its destination, the oldest first.
  public func runs(
    in home: Home? = nil, options: Importer.Options = .init()
  ) throws(CatchmentError) -> [Run] {
    try withSession(home ?? .standard, options) { (session) throws(CatchmentError) in
      try session.destination.runs()
    }
  }

  /// Gives the destination back as it was before a run; with `cascade`, also before later ones.
  ///
  /// Returns the runs undone, the last first. Throws `refused` when later runs loaded into the same
  /// table and `cascade` is false, or when someone else changed the rows since.
  @discardableResult
  public func rollBack(
    _ run: String, cascade: Bool = false, in home: Home? = nil,
    options: Importer.Options = .init()
  ) throws(CatchmentError) -> [String] {
    try withSession(home ?? .standard, options) { (session) throws(CatchmentError) in
      _ = try session.journal.takeLease()
      let undone = try session.destination.rollBack(run, cascade: cascade)
      try session.journal.settle()
      return undone
    }
  }

  private func withSession<R>(
    _ home: Home, _ options: Importer.Options,
    _ body: (PipelineSession) throws(CatchmentError) -> R
  ) throws(CatchmentError) -> R {
    let lock = try HomeLock(home, make: true)
    defer { lock.release() }
    let session = try session(in: home, options, spill: home.spill)
    defer { session.destination.close() }
    let result = try body(session)
    try session.journal.close()
    return result
  }

  /// A session whose destination is to be closed.
  private func session(
    in home: Home, _ options: Importer.Options, spill: String
  ) throws(CatchmentError) -> PipelineSession {
    try Directory.create(spill)
    let bench = try Workbench(
      memory: engineShare(of: options.memory), threads: options.threads, spill: spill)
    // So that it can be asked how far a unit is that is loaded by one statement.
    try bench.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
    let destination = try self.destination.open(for: name, in: bench)
    let journal = RunJournal(
      path: home.state, pipeline: name,
      records: DestinationRecords(session: destination, name: nameOfDestination))
    return PipelineSession(
      pipeline: self, home: home, bench: bench, destination: destination, journal: journal,
      memory: options.memory, batchSize: self.destination.sharesCommits ? options.batch : 1)
  }

  /// What is passed on is another place each time: it says nothing of what went there before.
  private var nameOfDestination: String {
    destination.isStream
      ? "\(destination.location), \(RunID.make(now: Clock.now()).text)" : destination.location
  }

  /// What the engine may hold of a pipeline's memory, in bytes.
  ///
  /// Its readers' buffers, the program and the allocator's reserves come to some 250 MiB beside what it
  /// counts itself (measured with CSV of 1 GB into DuckDB and Parquet, two threads); to 140 MiB with one
  /// thread and little memory (measured with 1.5 million accounts of 71 columns).
  private func engineShare(of memory: Int) -> Int { max(memory - (256 << 20), memory / 16 * 7) }
}
