import ArgumentParser
import Catchment
import CatchmentEngine

struct DuplicatesFindCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "find",
    abstract: "Decide anew which conversations hold the same talk.",
    discussion: """
      An import does this at its end; it is for another choice of what is done with them.

      Examples:
        catchment duplicates find
        catchment duplicates find --dedup similar=merge
        catchment duplicates find --dedup default
      """)

  @OptionGroup var duplicates: DuplicateOption
  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func run() async throws {
    let review = try DuplicateReview(options)
    let summary = try review.decide(duplicates.policy(options.environment))
    if json.isOn {
      Output.line(summary.json.description)
    } else if !options.quiet {
      Output.line(
        """
        \(Figures.of(summary.setAside, "conversation")) not counted, for another is kept; \
        \(Figures.of(summary.versions, "version")); \(Figures.count(summary.decided)) decided now
        """)
      for conflict in summary.named { Output.note(conflict.asTyped.description.safeLines) }
    }
    if summary.conflicts > 0 { throw ExitCode(3) }
  }
}
