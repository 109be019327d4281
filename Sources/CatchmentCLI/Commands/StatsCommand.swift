import ArgumentParser
import Catchment

struct StatsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Show what the conversations come to.",
    discussion: """
      Examples:
        catchment stats
        catchment stats --by project
        catchment stats --by day --csv > days.csv
      """)

  @Option(name: .customLong("by"), help: "Group by platform, project, model, tool or day.")
  var grouping: StatsQuery.Grouping = .platform

  @Flag(help: "Print CSV.")
  var csv = false

  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func validate() throws {
    if csv, json.isOn { throw ValidationError("--csv and --json exclude each other.") }
  }

  func run() async throws {
    let query = StatsQuery(grouping)
    let reader = try WarehouseReader(options)
    defer { reader.close() }
    let listing = Listing(columns: query.columns, rows: try reader.rows(query.sql))
    if json.isOn { return Output.line(listing.json.description) }
    if csv { return listing.printCSV() }
    listing.printTable(options)
    if !options.quiet { Output.line("\n" + options.style.dim(query.basis)) }
  }
}
