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
        catchment run clean.yaml --json
        catchment run clean.yaml --dry-run
        catchment run people.csv duckdb:team.duckdb
        catchment run people.csv postgresql://me@host/team --table people --mode merge --key id
        catchment run people.csv people.parquet

      Exit code 3 says that some records could not be taken or some files not be read.
      """)

  @OptionGroup var pipeline: PipelineOptions
  @OptionGroup var short: ShortOptions
  @OptionGroup var choice: RunOptions
  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func run() async throws {
    let all = try short.pipeline(pipeline, options).map { [$0] } ?? pipeline.pipelines(options)
    var reports: [PipelineReport] = []
    for (_, complete) in all {
      let report = try await Interruption.watch { try await outcome(of: complete) }
      options.tell(report.notes)
      if !json.isOn, !options.quiet { PipelinePage(complete, report, options.style).print() }
      reports.append(report)
    }
    if json.isOn { Output.line(JSON.array(reports.map(\.json)).description) }
    if reports.contains(where: { $0.run.status == .partial }) { throw ExitCode(3) }
  }

  private func outcome(of pipeline: Pipeline.Complete) async throws -> PipelineReport {
    let limits = Importer.Options(memory: options.memory.bytes, threads: options.threadCount)
    guard choice.isTrial else {
      return try await pipeline.run(
        in: options.home, isFullRefresh: choice.fullRefresh, options: limits)
    }
    let tried = choice.fullRefresh ? try pipeline.refreshing() : pipeline
    return try await tried.tryOut(
      limit: choice.limit, all: choice.fullRefresh, options: limits)
  }
}
