import ArgumentParser
import Catchment

/// How a run differs from an ordinary one.
struct RunOptions: ParsableArguments {
  @Flag(help: "Take all steps and gates, publish nothing and leave no trace.")
  var dryRun = false

  @Option(
    help: ArgumentHelp(
      "Read so many records at most, as a dry run: what is left would be lost otherwise.",
      valueName: "records"))
  var limit: Int?

  @Flag(help: "Read everything again, and put it in the place of what the table holds.")
  var fullRefresh = false

  @Option(
    help: ArgumentHelp(
      "For this run alone: the rows whose value in the cursor's column is this or a later one.",
      valueName: "value"))
  var since: String?

  @Option(
    help: ArgumentHelp(
      "Find out over several runs by which settings they are best: throughput, memory or latency.",
      valueName: "target"), transform: TuneTarget.named)
  var tune: TuneTarget?

  @Option(
    help: ArgumentHelp(
      "How many small files share a transaction, in DuckDB and SQLite. (default: 1)",
      valueName: "files"))
  var batch: Int?

  func validate() throws {
    if let batch, !(1...10_000).contains(batch) {
      throw ValidationError("--batch is \(batch); it must be from 1 to 10000.")
    }
    if batch != nil, tune != nil {
      throw ValidationError("--batch is one of the settings that --tune finds; give one of them.")
    }
    if tune != nil, fullRefresh || isTrial {
      throw ValidationError(
        "--tune learns from ordinary runs; give it without --full-refresh, --dry-run and --limit.")
    }
    if since != nil, fullRefresh {
      throw ValidationError("--since loads some rows, and --full-refresh all; give one of them.")
    }
    if let limit, limit < 1 { throw ValidationError("--limit is \(limit); it must be 1 or more.") }
  }

  /// The pipeline with its own target or the one that is given; with neither when a setting is.
  func tuning(_ pipeline: Pipeline.Complete) -> Pipeline.Complete {
    batch != nil ? pipeline.tune(nil) : pipeline.tune(tune ?? pipeline.tune)
  }

  var isTrial: Bool { dryRun || limit != nil }
}

extension TuneTarget {
  fileprivate static func named(_ word: String) throws -> TuneTarget {
    if let target = TuneTarget(rawValue: word) { return target }
    throw ValidationError("--tune is \(word); it must be throughput, memory or latency.")
  }
}
