import ArgumentParser
import Catchment

struct DeadLettersListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the lines that could not be taken.",
    discussion: """
      Examples:
        catchment deadletters list
        catchment deadletters list --json
      """)

  @OptionGroup var list: ListLimit
  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func run() async throws {
    let reader = try WarehouseReader(options)
    defer { reader.close() }
    let total = try reader.rows("SELECT count(*) FROM main.dead_letters").first?[0].int ?? 0
    let letters = try DeadLetter.all(reader, limit: list.limit)
    if json.isOn { return Output.line(JSON.array(letters.map(\.json)).description) }
    guard total > 0 else { return Output.line("No dead letters: every line was taken.") }
    let style = options.style
    for letter in letters {
      Output.line(style.bold(letter.id))
      Output.line("  \(letter.message.safe)")
      Output.line(style.dim("  \(letter.place.description.safe)"))
    }
    list.noteRest(of: total, shown: letters.count, options)
  }
}
