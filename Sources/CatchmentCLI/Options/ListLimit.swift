import ArgumentParser

/// How much of a list is shown.
struct ListLimit: ParsableArguments {
  @Option(help: "The most to list.")
  var limit = 100

  func validate() throws {
    if limit < 1 { throw ValidationError("--limit is \(limit); it must be at least 1.") }
  }

  /// Says how many there are beside those that were shown.
  func noteRest(of total: Int, shown: Int, _ options: GlobalOptions) {
    guard total > shown, !options.quiet else { return }
    Output.note("\(Figures.count(total - shown)) more; see them with --limit \(total)")
  }
}
