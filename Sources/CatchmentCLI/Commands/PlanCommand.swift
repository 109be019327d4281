import ArgumentParser
import Catchment
import CatchmentEngine

struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Show what a run of a file's pipelines would do, without doing it.",
    discussion: """
      What would be read and how, what each step asks the engine and which columns it gives, and what
      becomes of the destination's columns. Neither a home nor the destination is touched. Exit code
      4: a run would be refused, because the rows have other columns than the table.

      Examples:
        catchment plan clean.yaml
        catchment plan county.yaml --select owners --json
        catchment plan people.csv duckdb:team.duckdb
      """)

  @OptionGroup var pipeline: PipelineOptions
  @OptionGroup var short: ShortOptions
  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func run() async throws {
    let all = try short.pipeline(pipeline, options).map { [$0] } ?? pipeline.pipelines(options)
    var plans: [PipelinePlan] = []
    for (_, complete) in all {
      let plan = try await Interruption.watch {
        try await complete.plan(
          options: .init(memory: options.memory.bytes, threads: options.threadCount))
      }
      if !json.isOn, !options.quiet { PlanPage(complete, plan, options.style).print() }
      plans.append(plan)
    }
    if json.isOn {
      let pages = zip(all, plans).map { $1.json(of: $0.pipeline) }
      Output.line(JSON.array(pages).description)
    }
    if plans.contains(where: \.isRefused) { throw ExitCode(4) }
  }
}
