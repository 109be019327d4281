import ArgumentParser
import Catchment
import CatchmentEngine

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run the pipelines of a file.",
    discussion: """
      A pipeline reads rows, takes them through steps and loads them into a table. What was loaded
      is not loaded again; a run that was killed is run again, and the table is as if nothing had
      happened.

      Examples:
        catchment run clean.yaml
        catchment run county.yaml --set YEAR=2026 --select owners
        catchment run county.yaml --set YEAR=2026 --only owners,deeds
        catchment run clean.yaml --json
        catchment run clean.yaml --log /var/log/catchment.jsonl --metrics-file clean.prom
        catchment run clean.yaml --dry-run
        catchment run people.csv duckdb:team.duckdb
        catchment run people.csv postgresql://me@host/team --table people --mode merge --key id
        catchment run people.csv people.parquet

      Whom the file names under `notify` is told how the run ends: see `catchment notify`.

      Exit code 3 says that some records could not be taken or some files not be read.
      """)

  @OptionGroup var pipeline: PipelineOptions
  @OptionGroup var short: ShortOptions
  @OptionGroup var choice: RunOptions
  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption
  @OptionGroup var log: LogOptions
  @OptionGroup var metrics: MetricsOptions

  func validate() throws {
    if choice.isTrial, log.path != nil || metrics.path != nil {
      throw ValidationError(
        "--log and --metrics-file tell of runs; --dry-run and --limit leave no trace of theirs.")
    }
  }

  func run() async throws {
    let chosen = try await metrics.watching("run") { try pipelines() }
    let page = RunPage(
      isJSON: json.isOn, isQuiet: options.quiet,
      isBesideData: chosen.all.contains { $0.pipeline.destination.isStream },
      style: options.style)
    if choice.isTrial { try await tryOut(chosen.all, page) } else { try await run(chosen, page) }
  }

  private func pipelines() throws -> PipelineChoice.Chosen {
    var chosen =
      try short.pipeline(pipeline, options).map { .init(all: [$0]) } ?? pipeline.chosen(options)
    if let since = choice.since {
      for place in chosen.all.indices {
        chosen.all[place].pipeline = try chosen.all[place].pipeline.since(.text(since))
      }
    }
    try StandardStreams.check(chosen.all.map(\.definition))
    return chosen
  }

  private func run(_ chosen: PipelineChoice.Chosen, _ page: RunPage) async throws {
    let logger = try log.logger()
    var group = PipelineGroup(
      chosen.all.map { .init(choice.tuning($0.pipeline), needs: $0.definition.needs) })
    (group.name, group.receivers) = (chosen.name, chosen.receivers)
    let limits = Importer.Options(
      memory: options.memory.bytes, threads: options.threadCount, batch: choice.batch ?? 1)
    let (home, isFullRefresh) = (options.home, choice.fullRefresh)
    let outcomes = try await metrics.watching("run") {
      try await Interruption.watch { [group] in
        try await group.run(
          in: home, isFullRefresh: isFullRefresh, options: limits, logger: logger,
          again: { page.print($0.pipeline, $1, next: $2) },
          note: { page.print($0.pipeline, $1, isAlone: group.members.count == 1) },
          giveUp: page.warn)
      }
    }
    try metrics.write(group.members.map(\.pipeline), outcomes)
    try page.end(group.members.map(\.pipeline), outcomes)
  }

  /// Those that are tried leave nothing for the others.
  private func tryOut(_ all: [PipelineOptions.Named], _ page: RunPage) async throws {
    let limits = Importer.Options(memory: options.memory.bytes, threads: options.threadCount)
    let (limit, isFullRefresh) = (choice.limit, choice.fullRefresh)
    var outcomes: [PipelineGroup.Outcome] = []
    for named in all {
      let tried = isFullRefresh ? try named.pipeline.refreshing() : named.pipeline
      var outcome: PipelineGroup.Outcome
      do {
        outcome = .ran(
          try await Interruption.watch {
            try await tried.tryOut(limit: limit, all: isFullRefresh, options: limits)
          })
      } catch {
        guard let (needs, reason) = PipelineChoice.awaited(by: named, error) else { throw error }
        page.note(named.pipeline, reason)
        outcome = .skipped(needs: needs)
      }
      page.print(named.pipeline, outcome, isAlone: true)
      outcomes.append(outcome)
    }
    try page.end(all.map(\.pipeline), outcomes)
  }
}
