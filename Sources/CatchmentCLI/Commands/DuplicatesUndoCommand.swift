import ArgumentParser
import Catchment
import CatchmentEngine

struct DuplicatesUndoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "undo",
    abstract: "Count two conversations as different, from now on.",
    discussion: """
      It stays so after the next import and after a rebuild, until `redo`.

      Examples:
        catchment duplicates undo 3f2a
      """)

  @Argument(
    help: "The decision, or the conversation that is not kept: its id or a beginning of it.")
  var id: String

  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func run() async throws {
    let pair = try DuplicateReview(options).undo(id)
    if json.isOn { return Output.line(pair.json.description) }
    guard !options.quiet else { return }
    Output.line("\(pair.duplicate) counts as different from \(pair.kept) from now on.")
  }
}
