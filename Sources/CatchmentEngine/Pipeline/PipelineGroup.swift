public import Catchment

/// Pipelines that may need one another, run as many at once as can.
///
/// Two that use one place, such as a DuckDB file, run one after the other. What some need that fails is
/// no reason for the others not to run.
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
    case failed(CatchmentError)
    /// It was not begun, because these did not run.
    case skipped(needs: [String])
  }

  public let members: [Member]

  /// Each must stand behind those that it needs.
  public init(_ members: [Member]) { self.members = members }

  /// The least memory that a pipeline is run with.
  private static let leastMemory = 128 << 20

  /// Runs them in one home; the memory and the threads are divided among those that run at once.
  ///
  /// Throws what keeps all from running: a home that another run writes to, or an interruption.
  ///
  /// - Parameter note: is told of each as it ends.
  /// - Returns: what became of each, in their order.
  @concurrent
  public func run(
    in home: Home, isFullRefresh: Bool = false, options: Importer.Options = .init(),
    note: @Sendable (Member, Outcome) -> Void = { _, _ in }
  ) async throws(CatchmentError) -> [Outcome] {
    let lock = try HomeLock(home, make: true)
    defer { lock.release() }
    try Artifacts(home: home).sweep()
    try prepareState(home)
    let progress = members.map { _ in RunProgress() }
    for one in progress { one.enter(.waiting) }
    let board = StatusBoard(home, "run", zip(members, progress).map { ($0.pipeline.name, $1) })
    defer { board.close() }
    var schedule = PipelineSchedule(members, most: most(options))
    let share = share(of: options)
    await withTaskGroup(of: (Int, Outcome).self) { group in
      while true {
        for (place, outcome) in schedule.skip() {
          progress[place].enter(.ended)
          note(members[place], outcome)
        }
        for place in schedule.start() {
          let member = members[place]
          group.addTask { @concurrent in
            let spill = "\(home.spill)/pipeline-\(place)"
            return (place, await member.run(home, isFullRefresh, share, spill, progress[place]))
          }
        }
        guard let (place, outcome) = await group.next() else { return }
        progress[place].enter(.ended)
        schedule.end(place, outcome)
        note(members[place], outcome)
      }
    }
    if schedule.isInterrupted { throw CatchmentError(.interrupted, "interrupted") }
    return schedule.outcomes.compactMap { $0 }
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

extension PipelineGroup.Member {
  fileprivate func run(
    _ home: Home, _ isFullRefresh: Bool, _ options: Importer.Options, _ spill: String,
    _ progress: RunProgress
  ) async -> PipelineGroup.Outcome {
    do throws(CatchmentError) {
      try Directory.create(home.spill)
      return .ran(
        try await pipeline.runHoldingLock(
          of: home, isFullRefresh, options, spill: spill, progress))
    } catch {
      return .failed(error)
    }
  }
}
