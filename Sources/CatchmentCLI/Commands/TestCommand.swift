import ArgumentParser
import Catchment
import CatchmentEngine

struct TestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Compare what a file's pipelines make of their sources with what is expected.",
    discussion: """
      The expected rows and dead letters lie beside the file, in a folder that is called as it is:
      clean.expected for clean.yaml. Neither a home nor the destination is looked at.

      Examples:
        catchment test clean.yaml --record      keeps what comes out now
        catchment test clean.yaml               compares

      Exit code 4: something else came out, or a gate did not let it pass.
      """)

  @OptionGroup var pipeline: PipelineOptions
  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  @Flag(help: "Keep what comes out now as what is expected.")
  var record = false

  func run() async throws {
    let folder = ExpectedRows(besides: pipeline.file)
    var results: [ExpectedRows.Result] = []
    for (_, complete) in try pipeline.pipelines(options) {
      let outcome = try await Interruption.watch {
        try await complete.outcome(
          options: .init(memory: options.memory.bytes, threads: options.threadCount))
      }
      let result =
        record
        ? try folder.record(outcome, of: complete.name)
        : try folder.compare(outcome, of: complete.name)
      if !json.isOn, !options.quiet { result.print(options.style) }
      results.append(result)
    }
    if json.isOn { Output.line(JSON.array(results.map(\.json)).description) }
    if results.contains(where: { !$0.isPassed }) { throw ExitCode(4) }
  }
}
