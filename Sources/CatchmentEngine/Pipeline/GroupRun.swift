internal import Catchment
internal import Logging

/// A group of pipelines that is being run: which of them run, wait for their next attempt, or have ended.
struct GroupRun {
  private enum Event: Sendable {
    case ended(Int, Result<PipelineReport, CatchmentError>, PipelineAttempt)
    /// The pause before the next attempt is over, or was cut short.
    case rested(Int, CatchmentError?)
  }

  let progress: [RunProgress]
  private(set) var schedule: PipelineSchedule
  private var tries: [PipelineTries]
  private let members: [PipelineGroup.Member]
  private let home: Home
  private let isFullRefresh: Bool
  private let options: Importer.Options
  private let logger: Logger
  private let news: RunNews
  private let again: @Sendable (PipelineGroup.Member, PipelineAttempt, Int) -> Void
  private let note: @Sendable (PipelineGroup.Member, PipelineGroup.Outcome) -> Void

  init(
    _ group: PipelineGroup, _ home: Home, _ isFullRefresh: Bool, _ options: Importer.Options,
    most: Int, _ logger: Logger, _ news: RunNews,
    _ again: @escaping @Sendable (PipelineGroup.Member, PipelineAttempt, Int) -> Void,
    _ note: @escaping @Sendable (PipelineGroup.Member, PipelineGroup.Outcome) -> Void
  ) {
    members = group.members
    progress = members.map { _ in RunProgress() }
    for one in progress { one.enter(.waiting) }
    schedule = PipelineSchedule(members, most: most)
    tries = members.map { PipelineTries($0.pipeline.retry, like: options.retry) }
    (self.home, self.isFullRefresh, self.options) = (home, isFullRefresh, options)
    (self.logger, self.news, self.again, self.note) = (logger, news, again, note)
  }

  mutating func run() async {
    await withTaskGroup(of: Event.self) { tasks in
      while true {
        for (place, outcome) in schedule.skip() { tell(place, outcome) }
        for place in schedule.start() { start(place, in: &tasks) }
        switch await tasks.next() {
        case .ended(let place, let result, let attempt):
          end(place, result, attempt, in: &tasks)
        case .rested(let place, nil): schedule.wake(place)
        case .rested(let place, let error?): end(place, .failed(PipelineFailure(error)))
        case nil: return
        }
      }
    }
  }

  private func start(_ place: Int, in tasks: inout TaskGroup<Event>) {
    let (pipeline, progress) = (members[place].pipeline, progress[place])
    let number = tries[place].next
    if number == 1 { news.begin(place) }
    progress.begin(attempt: number)
    tasks.addTask { @concurrent [home, isFullRefresh, options, logger] in
      let recorder = AttemptRecorder(logger, pipeline.name, number: number)
      let result = await pipeline.result(
        in: home, isFullRefresh, options, spill: "\(home.spill)/pipeline-\(place)", progress,
        recorder)
      return .ended(place, result, recorder.end(result))
    }
  }

  private mutating func end(
    _ place: Int, _ result: Result<PipelineReport, CatchmentError>, _ attempt: PipelineAttempt,
    in tasks: inout TaskGroup<Event>
  ) {
    guard let pause = tries[place].add(attempt, result), !schedule.isInterrupted,
      let attempt = tries[place].attempts.last
    else { return end(place, tries[place].outcome(result)) }
    schedule.rest(place)
    progress[place].rest(pause, before: tries[place].next)
    logger.warning("run again", metadata: again(place, attempt, pause))
    again(members[place], attempt, tries[place].next)
    tasks.addTask { [rest = tries[place].rest] in
      do throws(CatchmentError) { try await rest(pause) } catch { return .rested(place, error) }
      return .rested(place, nil)
    }
  }

  private mutating func end(_ place: Int, _ outcome: PipelineGroup.Outcome) {
    schedule.end(place, outcome)
    tell(place, outcome)
  }

  private func tell(_ place: Int, _ outcome: PipelineGroup.Outcome) {
    progress[place].enter(.ended)
    news.end(place, outcome, progress[place].run)
    if case .skipped(let needs) = outcome {
      logger.warning(
        "pipeline skipped",
        metadata: [
          "pipeline": "\(members[place].pipeline.name)",
          "needs": .array(needs.map { .string($0) }),
        ])
    }
    note(members[place], outcome)
  }

  private func again(
    _ place: Int, _ attempt: PipelineAttempt, _ pause: Double
  ) -> Logger.Metadata {
    var details = attempt.error?.metadata ?? [:]
    details["pipeline"] = "\(members[place].pipeline.name)"
    details["attempt"] = .number(tries[place].next)
    details["pause_seconds"] = .seconds(pause)
    return details
  }
}

extension Pipeline.Complete {
  private static func forget(_ spill: String) {
    do throws(CatchmentError) { try Directory.removeTree(spill) } catch {
      // The run came to what it came to; what is left goes before the next one.
    }
  }

  /// What a run of it comes to, while the caller keeps others from writing to the home.
  fileprivate func result(
    in home: Home, _ isFullRefresh: Bool, _ options: Importer.Options, spill: String,
    _ progress: RunProgress, _ recorder: AttemptRecorder
  ) async -> Result<PipelineReport, CatchmentError> {
    do throws(CatchmentError) {
      try Directory.create(home.spill)
      // What a killed run left.
      try Directory.removeTree(spill)
      defer { Self.forget(spill) }
      return .success(
        try await runHoldingLock(
          of: home, isFullRefresh, options, spill: spill, progress, recorder))
    } catch {
      return .failure(error)
    }
  }
}
