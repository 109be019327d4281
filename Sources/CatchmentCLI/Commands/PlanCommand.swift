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
    var pages: [JSON] = []
    var isRefused = false
    for named in all {
      do {
        let plan = try await Interruption.watch {
          try await named.pipeline.plan(
            options: .init(memory: options.memory.bytes, threads: options.threadCount))
        }
        if !json.isOn, !options.quiet { PlanPage(named.pipeline, plan, options.style).print() }
        pages.append(plan.json(of: named.pipeline))
        isRefused = isRefused || plan.isRefused
      } catch {
        guard let (needs, reason) = PipelineChoice.awaited(by: named, error) else { throw error }
        pages.append(tell(named.pipeline.name, needs, reason))
      }
    }
    if json.isOn { Output.line(JSON.array(pages).description) }
    if isRefused { throw ExitCode(4) }
  }

  /// Of a pipeline that reads what others have not loaded yet.
  private func tell(_ name: String, _ needs: [String], _ reason: String) -> JSON {
    if !json.isOn, !options.quiet {
      let title = options.style.bold("\(name.safe): not planned")
      Output.line("\(title), for it needs \(needs.joined(separator: ", ").safe)")
      Output.line("  \(reason.safe)")
    }
    return JSON([
      "pipeline": .text(name), "status": .text("skipped"), "needs": .array(needs.map { .text($0) }),
    ])
  }
}
