import ArgumentParser
import Catchment
import CatchmentCatalogue

struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Check a pipeline's file without reading any data.",
    discussion: """
      Says what is wrong with file, line and column, and what was probably meant. Exit code 0: it
      can be run. 5: it cannot.

      Examples:
        catchment validate clean.yaml
      """)

  @OptionGroup var pipeline: PipelineOptions
  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func run() throws {
    let all = try pipeline.pipelines(options)
    if json.isOn {
      return Output.line(
        JSON([
          "status": .text("valid"), "pipelines": .array(all.map { .text($0.definition.name) }),
        ]).description)
    }
    guard !options.quiet else { return }
    for (definition, _) in all {
      let steps = [definition.extract] + definition.transforms + [definition.load]
      let told =
        definition.notify.isEmpty
        ? "" : ", tells \(definition.notify.map(\.step.kind).joined(separator: ", "))"
      Output.line("\(definition.name.safe): \(steps.map(\.kind).joined(separator: " → "))\(told)")
    }
  }
}
