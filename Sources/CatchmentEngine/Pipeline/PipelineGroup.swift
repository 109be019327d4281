public import Catchment
public import Logging

/// Pipelines that may need one another, run as many at once as can.
///
/// Two that use one place, such as a DuckDB file, run one after the other. What some need that fails is
/// no reason for the others not to run. One that is to be run again after a failure waits for it without
/// its place.
public struct PipelineGroup: Sendable {
  /// A pipeline with the names of those that must have run before.
  public struct Member: Sendable {
    public var pipeline: Pipeline.Complete
    public var needs: [String]

    public init(_ pipeline: Pipeline.Complete, needs: [String] = []) {
      self.pipeline = pipeline
      self.needs = needs
    }

    /// What it may not share with another that runs.
    var places: Set<String> {
      Set([pipeline.destination.place, pipeline.source.place].compactMap { $0 })
    }
  }

  /// What became of a pipeline.
  public enum Outcome: Sendable {
    case ran(PipelineReport)
    case failed(PipelineFailure)
    /// It was not begun, because these did not run.
    case skipped(needs: [String])
  }

  public let members: [Member]
  /// What all of them together are called, and who is told of their run as one.
  public var name = ""
  public var receivers: [Receiver] = []
  var patience = Courier.Patience()

  /// Each must stand behind those that it needs.
  public init(_ members: [Member]) { self.members = members }

  /// The least memory that a pipeline is run with.
  private static let leastMemory = 128 << 20

  /// Runs them in one home; the memory and the threads are divided among those that run at once.
  ///
  /// Throws what keeps all from running: a home that another run writes to, or an interruption.
  ///
  /// - Parameters:
  ///   - logger: gets each stage of each run, what is run again and what is skipped.
  ///   - again: is told of each run after which there will be another.
  ///   - note: is told of each as it ends.
  ///   - giveUp: is told, at the end, of each event that a receiver could not be told of.
  /// - Returns: what became of each, in their order.
  @concurrent
  public func run(
    in home: Home, isFullRefresh: Bool = false, options: Importer.Options = .init(),
    logger: Logger = .silent,
    again: @escaping @Sendable (Member, PipelineAttempt, _ next: Int) -> Void = { _, _, _ in },
    note: @escaping @Sendable (Member, Outcome) -> Void = { _, _ in },
    giveUp: @Sendable (Undelivered) -> Void = { _ in }
  ) async throws(CatchmentError) -> [Outcome] {
    try await telling(giveUp) { (news) async throws(CatchmentError) in
      try await runAll(in: home, isFullRefresh, options, logger, news, again, note)
    }
  }

  @concurrent
  private func runAll(
    in home: Home, _ isFullRefresh: Bool, _ options: Importer.Options, _ logger: Logger,
    _ news: RunNews,
    _ again: @escaping @Sendable (Member, PipelineAttempt, Int) -> Void,
    _ note: @escaping @Sendable (Member, Outcome) -> Void
  ) async throws(CatchmentError) -> [Outcome] {
    let lock = try HomeLock(home, make: true)
    defer { lock.release() }
    try Artifacts(home: home).sweep()
    try prepareState(home)
    var run = GroupRun(
      self, home, isFullRefresh, share(of: options), most: most(options), logger, news, again, note)
    let board = StatusBoard(
      home, "run", zip(members, run.progress).map { ($0.pipeline.name, $1) })
    defer { board.close() }
    await run.run()
    if run.schedule.isInterrupted { throw CatchmentError(.interrupted, "interrupted") }
    return run.schedule.outcomes.compactMap { $0 }
  }

  /// Two that open it at once would both make its tables; what is wrong with it is said by the first run.
  private func prepareState(_ home: Home) throws(CatchmentError) {
    do throws(CatchmentError) {
      try StateDatabase(path: home.state).close()
    } catch  where error.code == .damaged {}
  }

  /// How many may run at once: as many as have places of their own, a thread and enough memory each.
  private func most(_ options: Importer.Options) -> Int {
    var widest = 1
    var done: Set<String> = []
    var rest = members
    while !rest.isEmpty {
      let wave = rest.filter { done.isSuperset(of: $0.needs) }
      guard !wave.isEmpty else { break }
      var taken: Set<String> = []
      let together = wave.filter { member in
        guard taken.isDisjoint(with: member.places) else { return false }
        taken.formUnion(member.places)
        return true
      }
      widest = max(widest, together.count)
      done.formUnion(wave.map(\.pipeline.name))
      rest.removeAll { done.contains($0.pipeline.name) }
    }
    return max(1, min(widest, options.threads, options.memory / Self.leastMemory))
  }

  private func share(of options: Importer.Options) -> Importer.Options {
    var share = options
    let most = most(options)
    share.memory = options.memory / most
    share.threads = max(1, options.threads / most)
    return share
  }
}
