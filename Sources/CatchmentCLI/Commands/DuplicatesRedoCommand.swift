import ArgumentParser
import Catchment
import CatchmentEngine

struct DuplicatesRedoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "redo",
    abstract: "Put a decision in force again that was taken back.",
    discussion: """
      Examples:
        catchment duplicates redo 3f2a
      """)

  @Argument(
    help: "The decision, or the conversation that is not kept: its id or a beginning of it.")
  var id: String

  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func run() async throws {
    let pair = try DuplicateReview(options).redo(id)
    if json.isOn { return Output.line(pair.json.description) }
    guard !options.quiet else { return }
    Output.line("\(pair.duplicate) is the same talk as \(pair.kept) again.")
  }
}
