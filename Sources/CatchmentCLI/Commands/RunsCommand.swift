import ArgumentParser
import Catchment

struct RunsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs",
    abstract: "List the runs that changed the warehouse, the newest first.",
    discussion: """
      Of every run: read = loaded + updated + duplicate + filtered + dead-lettered, in records.
      Times are in UTC.

      Examples:
        catchment runs
        catchment runs --json
        catchment runs --metrics      how fast, how well and with what
        catchment runs --of clean.yaml    those of a file's pipelines
      """)

  @Flag(help: "Show the metrics of each run in place of its counts.")
  var metrics = false

  @OptionGroup var pipelines: PipelineFileOption
  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func run() async throws {
    if let runs = try pipelines.runs(options) {
      return show(PipelineRunsListing(runs: runs).listing)
    }
    let reader = try WarehouseReader(options)
    defer { reader.close() }
    guard !metrics else { return try RunMetricsListing(reader).print(options, isJSON: json.isOn) }
    let listing = Listing(
      columns: Self.columns,
      rows: try reader.rows(
        """
        SELECT run, run_id, command, status, started_at, epoch_ms(ended_at) - epoch_ms(started_at),
          units_committed, bytes_read, records_read, loaded, updated, duplicate, filtered,
          dead_lettered
        FROM catchment.runs ORDER BY run DESC
        """))
    show(listing)
  }

  private func show(_ listing: Listing) {
    if json.isOn { return Output.line(listing.json.description) }
    if listing.rows.isEmpty { return Output.line("There was no run yet.") }
    listing.printTable(options)
  }

  private static let columns: [Listing.Column] = [
    .init("Run", "run", .count), .init("ID", "run_id"), .init("Command", "command"),
    .init("Status", "status"), .init("Started (UTC)", "started_at", .minute),
    .init("Took", "duration_ms", .milliseconds), .init("Files", "units_committed", .count),
    .init("Bytes", "bytes_read", .bytes), .init("Read", "records_read", .count),
    .init("Loaded", "loaded", .count), .init("Updated", "updated", .count),
    .init("Duplicate", "duplicate", .count), .init("Filtered", "filtered", .count),
    .init("Dead", "dead_lettered", .count),
  ]
}
