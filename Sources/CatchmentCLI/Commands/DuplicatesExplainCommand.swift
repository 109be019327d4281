import ArgumentParser
import Catchment

struct DuplicatesExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show why two conversations are taken for the same.",
    discussion: """
      Examples:
        catchment duplicates explain 3f2a
        catchment duplicates explain 3f2a --json
      """)

  @Argument(
    help: "The decision, or the conversation that is not kept: its id or a beginning of it.")
  var id: String

  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func run() async throws {
    let reader = try WarehouseReader(options)
    defer { reader.close() }
    try DuplicateEvidence.find(id, reader).print(options, isJSON: json.isOn)
  }
}
