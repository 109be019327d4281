import ArgumentParser
import Catchment
import CatchmentEngine

struct DuplicatesListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the conversations that hold the same talk as another.",
    discussion: """
      A level says how that is known: raw, the same bytes; content, the same messages; similar,
      nearly the same words. What is skipped or merged is not counted; versions are.

      Examples:
        catchment duplicates list
        catchment duplicates list --level similar --json
        catchment duplicates list --explain 3f2a
      """)

  @Option(help: "Only this level: raw, content or similar.", transform: Self.level)
  var level: DuplicatePolicy.Level?

  @Option(help: ArgumentHelp("The whole evidence of one decision.", valueName: "id"))
  var explain: String?

  @OptionGroup var list: ListLimit
  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func run() async throws {
    let reader = try WarehouseReader(options)
    defer { reader.close() }
    if let explain {
      return try DuplicateEvidence.find(explain, reader).print(options, isJSON: json.isOn)
    }
    let (listing, total) = try DuplicateListing(reader).all(level, limit: list.limit)
    if json.isOn { return Output.line(listing.json.description) }
    guard total > 0 else {
      return Output.line("No duplicates: every conversation is one of a kind.")
    }
    listing.printTable(options)
    list.noteRest(of: total, shown: listing.rows.count, options)
  }

  private static func level(_ name: String) throws -> DuplicatePolicy.Level {
    guard let level = DuplicatePolicy.Level(rawValue: name) else {
      throw ValidationError("\"\(name)\" is no level; there are raw, content and similar.")
    }
    return level
  }
}
