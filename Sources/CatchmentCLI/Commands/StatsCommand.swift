import ArgumentParser
import Catchment
import CatchmentConversations

struct StatsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Show what the conversations come to: usage, cost, tools, errors.",
    discussion: """
      Reports:
        usage      sessions, turns, active time, tokens, cache hits and cost
        tools      calls, error rate, retries and durations of each tool
        slow       the calls that took longest
        failing    the calls that failed most often
        errors     errors by their message, and what worked next
        loops      the same call failing again and again
        interrupted  turns that were stopped, and what they had come to
        edits      edits that were taken back later, and by what
        models     models compared at work of one kind and size
        context    how many tokens conversations read at a time, and their compactions
        subagents  what sub-agents cost, by the session that started them

      Costs are those that the platform reports, else computed from list prices; a model without a
      price has none. Own prices are taken from --prices, else from prices.csv in the home: lines
      of model,input,output,cache_read,cache_write in dollars for a million tokens.

      Examples:
        catchment stats
        catchment stats --by project
        catchment stats --by day,model --since 7d
        catchment stats errors --since 2026-11-01
        catchment stats --by day --csv > days.csv
      """)

  @Argument(
    help: ArgumentHelp(
      "The report: \(StatsReport.Name.allCases.map(\.rawValue).joined(separator: ", "))."))
  var report: StatsReport.Name = .usage

  @Option(
    name: .customLong("by"),
    help: ArgumentHelp(
      "Group usage by platform, machine, project, branch, model, tool or day, or by several: "
        + "day,model. (default: platform)", valueName: "what"))
  var grouping: UsageGroupings?

  @Option(
    help: ArgumentHelp(
      "Count from a day (2026-03-01, UTC) or so long ago (7d, 4w).", valueName: "when"))
  var since: Since?

  @Option(
    help: ArgumentHelp("Show so many rows at most. (default: 50, but all of usage and tools)"))
  var limit: Int?

  @Option(
    name: .customLong("prices"),
    help: ArgumentHelp("A CSV file of own prices.", valueName: "file"), completion: .file())
  var pricesPath: String?

  @Flag(help: "Print CSV.")
  var csv = false

  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func validate() throws {
    if csv, json.isOn { throw ValidationError("--csv and --json exclude each other.") }
    if grouping != nil, report != .usage { throw ValidationError("--by is for the report usage.") }
    if let limit, limit < 1 { throw ValidationError("--limit is \(limit); it must be 1 or more.") }
  }

  func run() async throws {
    let report = StatsReport(report, by: grouping?.all ?? [], since: since)
    let views = ConversationViews.all(prices: try options.prices(pricesPath))
    let reader = try WarehouseReader(options)
    defer { reader.close() }
    let rows = try reader.rows(report.query(views, limit: rowLimit))
    let listing = Listing(columns: report.columns, rows: rows)
    if json.isOn { return Output.line(listing.json.description) }
    if csv { return listing.printCSV() }
    listing.printTable(options)
    if !options.quiet { Output.line("\n" + options.style.dim(report.basis)) }
  }

  private var rowLimit: Int? {
    switch report {
    case .usage, .tools: limit
    default: limit ?? 50
    }
  }
}
