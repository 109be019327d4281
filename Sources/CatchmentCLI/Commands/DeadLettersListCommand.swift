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

  @Option(help: "The most to list.")
  var limit = 100

  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func validate() throws {
    if limit < 1 { throw ValidationError("--limit is \(limit); it must be at least 1.") }
  }

  func run() async throws {
    let reader = try WarehouseReader(options)
    defer { reader.close() }
    let total = try reader.rows("SELECT count(*) FROM main.dead_letters").first?[0].int ?? 0
    let letters = try DeadLetter.all(reader, limit: limit)
    if json.isOn { return Output.line(JSON.array(letters.map(\.json)).description) }
    guard total > 0 else { return Output.line("No dead letters: every line was taken.") }
    let style = options.style
    for letter in letters {
      Output.line(style.bold(letter.id))
      Output.line("  \(letter.message.safe)")
      Output.line(style.dim("  \(letter.place.description.safe)"))
    }
    if total > letters.count, !options.quiet {
      Output.note("\(Figures.count(total - letters.count)) more; see them with --limit \(total)")
    }
  }
}
