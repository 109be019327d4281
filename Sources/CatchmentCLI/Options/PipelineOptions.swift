import ArgumentParser
import Catchment
import CatchmentEngine

/// What every command that takes a pipeline's file understands.
struct PipelineOptions: ParsableArguments {
  @Argument(
    help: "The file that says the pipeline, in YAML.", completion: .file())
  var file: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Sets a variable for the file's ${NAME}.", valueName: "name=value"))
  var assignments: [String] = []

  @Option(
    help: ArgumentHelp(
      "Only these pipelines of the file, with what they need: names with commas between.",
      valueName: "name"))
  var select: [String] = []

  @Option(
    help: ArgumentHelp(
      "Only the pipelines that load into these tables, with what they need: names with commas between.",
      valueName: "table"))
  var only: [String] = []

  func validate() throws {
    for assignment in assignments where !assignment.contains("=") || assignment.hasPrefix("=") {
      throw ValidationError("--set \(assignment) is not of the form name=value.")
    }
  }

  typealias Named = PipelineChoice.Named

  private var choice: PipelineChoice {
    PipelineChoice(file: file, assignments: assignments, select: select, only: only)
  }

  /// The file's pipelines in the order in which they are to run.
  func pipelines(_ options: GlobalOptions) throws(CatchmentError) -> [Named] {
    try chosen(options).all
  }

  /// The same, with who is told of them.
  func chosen(_ options: GlobalOptions) throws(CatchmentError) -> PipelineChoice.Chosen {
    try choice.chosen(options)
  }

  /// What `${…}` stands for.
  func variables(_ options: GlobalOptions) -> Variables { choice.variables(options) }
}
