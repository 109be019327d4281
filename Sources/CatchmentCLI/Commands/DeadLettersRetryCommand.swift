import ArgumentParser
import Catchment
import CatchmentCatalogue
import CatchmentEngine

struct DeadLettersRetryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry",
    abstract: "Try the dead letters again, from the raw store.",
    discussion: """
      A newer reader may understand what an older one could not. The sources are not touched. It is
      a run like any other and can be rolled back.

      The oldest are tried first, a hundred at a time, while they were tried fewer than five times
      (the import's attempt counts) and are at most seven days old. After the second attempt a dead
      letter waits for ten minutes, and after each more for twice as long.

      Examples:
        catchment deadletters retry
        catchment deadletters retry --all          every one, however old and often tried, now
        catchment deadletters retry --now --limit 1000
      """)

  @Option(help: ArgumentHelp("Only those tried fewer times than this.", valueName: "number"))
  var attempts = 5

  @Option(
    name: .customLong("max-age"),
    help: ArgumentHelp("Only those that are no older, such as 12h or 30d.", valueName: "time"))
  var age = TimeSpan(seconds: 7 * 86_400)

  @Option(help: "The most to try.")
  var limit = 100

  @Flag(help: "Also those whose time has not come.")
  var now = false

  @Flag(help: "All of them, whatever the limits.")
  var all = false

  @OptionGroup var warehouse: WarehouseOption
  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption
  @OptionGroup var log: LogOptions
  @OptionGroup var metrics: MetricsOptions

  func validate() throws {
    if attempts < 1 { throw ValidationError("--attempts is \(attempts); it must be at least 1.") }
    if limit < 1 { throw ValidationError("--limit is \(limit); it must be at least 1.") }
  }

  func run() async throws {
    let retry = DeadLetterRetry(
      home: options.home, sources: try options.sources(),
      options: try options.importing(warehouse),
      limits: limits, logger: try log.logger())
    let report = try await metrics.watching("deadletters retry") {
      try await Interruption.watch { try retry.run() }
    }
    options.tell(report.notes)
    if json.isOn {
      Output.line(report.json.description)
    } else if !options.quiet {
      print(report)
    }
    try metrics.write("deadletters retry", report)
  }

  private var limits: DeadLetterRetry.Limits {
    guard !all else { return .none }
    var limits = DeadLetterRetry.Limits()
    limits.attempts = attempts
    limits.age = age.seconds
    limits.count = limit
    limits.isPatient = !now
    return limits
  }

  private func print(_ report: DeadLetterRetry.Report) {
    Output.line(
      "\(Figures.of(report.tried, "dead letter")) tried, \(Figures.count(report.resolved)) resolved."
    )
    if report.alsoResolved > 0 {
      Output.line("\(Figures.count(report.alsoResolved)) more resolved in the same files.")
    }
    if let publication = report.publication { Output.line(publication.line.safe) }
    let left = report.left
    let due = left.nextDue.map { ", the first at \(Moment.minute($0)) UTC" } ?? ""
    let reasons = [
      (left.notDue, "not due yet\(due); --now tries them"),
      (left.tooOften, "tried \(attempts) times or more; --attempts raises that"),
      (left.tooOld, "older than \(age); --max-age raises that"),
      (left.overLimit, "beyond the first \(limit); --limit raises that"),
    ]
    for (count, reason) in reasons where count > 0 {
      Output.line(options.style.dim("  \(Figures.count(count)) not tried: \(reason)"))
    }
  }
}

extension DeadLetterRetry.Report {
  fileprivate var json: JSON {
    JSON([
      "run_id": .text(runID), "tried": .integer(tried), "resolved": .integer(resolved),
      "also_resolved": .integer(alsoResolved), "records": records.json,
      "left": JSON([
        "not_due": .integer(left.notDue), "too_often": .integer(left.tooOften),
        "too_old": .integer(left.tooOld), "over_limit": .integer(left.overLimit),
        "next_due": left.nextDue.map { .text(Moment.second($0)) } ?? .null,
      ]),
      "metrics": .written(metrics.json),
      "warehouse": publication?.json ?? .null,
    ])
  }
}
