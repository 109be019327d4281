import ArgumentParser
import Catchment
import CatchmentEngine

/// What commands about runs understand that may be about those of pipelines.
struct PipelineFileOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The runs of this file's pipelines, in the place of those of the home.", valueName: "file"),
    completion: .file())
  var of: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Sets a variable for the file's ${NAME}.", valueName: "name=value"))
  var assignments: [String] = []

  /// A run with the pipeline that it is of.
  typealias Found = (run: Run, pipeline: Pipeline.Complete)

  /// The runs of all pipelines of the file, the newest first; nil when no file was given.
  func runs(_ options: GlobalOptions) throws(CatchmentError) -> [Found]? {
    guard let of else { return nil }
    let limits = Importer.Options(memory: options.memory.bytes, threads: options.threadCount)
    var found: [Found] = []
    let choice = PipelineChoice(file: of, assignments: assignments)
    for (_, pipeline) in try choice.chosen(options).all {
      for run in try pipeline.runs(in: options.home, options: limits) {
        found.append((run, pipeline))
      }
    }
    return found.sorted { ($0.run.started, $0.run.id) > ($1.run.started, $1.run.id) }
  }
}
