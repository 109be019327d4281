import ArgumentParser

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

  func validate() throws {
    if since != nil, fullRefresh {
      throw ValidationError("--since loads some rows, and --full-refresh all; give one of them.")
    }
    if let limit, limit < 1 { throw ValidationError("--limit is \(limit); it must be 1 or more.") }
  }

  var isTrial: Bool { dryRun || limit != nil }
}
