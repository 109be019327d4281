import ArgumentParser
import Catchment
import CatchmentTransforms

struct InferCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "infer",
    abstract: "Find out what the columns of a file are, and write a pipeline to start from.",
    discussion: """
      Each column gets a type, and a kind when its values are e-mail addresses, cards, IBANs and the
      like, with the evidence: how many of how many. Values of persons and their money are shown by
      their shape alone.

      Examples:
        catchment infer people.csv
        catchment infer people.csv -o people.yaml && catchment run people.yaml
        catchment infer accounts.dat --sample all --json
        catchment infer accounts.dat --layout accounts.yaml
        catchment infer fixed_width:accounts.log
      """)

  @Argument(
    help: "A file, a pattern, a URL, or one with its kind before it, as in csv:data.",
    completion: .file())
  var file: String

  @OptionGroup var looking: SampleOption
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Write a pipeline that reads the file.", valueName: "pipeline.yaml"),
    completion: .file())
  var output: String?
  @Option(
    help: ArgumentHelp("Write a layout of the file's columns.", valueName: "layout.yaml"),
    completion: .file())
  var layout: String?
  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func run() async throws {
    try await options.withWorkbench { bench in
      let data = try await DataFile(file, sample: looking.sample, in: bench)
      let schema = try SchemaInference(sample: looking.sample).infer(data.rows, in: bench)
      let page = SchemaPage(source: file, file: data, schema: schema)
      if json.isOn {
        Output.line(page.json.description)
      } else {
        page.print(options.style)
      }
      if let layout {
        try StartingLayout(source: file, extract: data.extract, schema: schema).write(to: layout)
      }
      guard let output else { return }
      try StartingPipeline(source: file, extract: data.extract, schema: schema).write(to: output)
      if !options.quiet {
        Output.note("Run it: \(TypedCommand.name) run \(output.shellQuoted)")
      }
    }
  }
}
