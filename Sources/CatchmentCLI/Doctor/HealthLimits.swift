import ArgumentParser
import Catchment
import CatchmentCatalogue

/// What counts as ill.
struct HealthLimits: ParsableArguments {
  /// Of fewer records than this a share says little, unless the user set the limit.
  private static let enough = 1_000
  private static let usualErrorRate = 0.1

  @Option(
    name: .customLong("max-age"),
    help: ArgumentHelp(
      "A problem when the newest conversation is older: of all, or of a platform as in codex=2d.",
      valueName: "[platform=]time"))
  var ages: [AgeLimit] = []

  @Option(
    name: .customLong("max-error-rate"),
    help: ArgumentHelp(
      "A problem when more of the last runs' records could not be taken. (default: 10%)",
      valueName: "percent"))
  var errorRate: Percentage?

  /// Whether so many dead letters of so many records are too many.
  func isTooMany(_ letters: Int, of records: Int) -> Bool {
    guard records > 0, errorRate != nil || records >= Self.enough else { return false }
    return Double(letters) / Double(records) > errorRate?.share ?? Self.usualErrorRate
  }
}

/// How old the newest conversation may be.
struct AgeLimit: ExpressibleByArgument {
  /// Nil for the newest of all.
  let platform: String?
  let span: TimeSpan

  init?(argument: String) {
    let parts = argument.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
    guard parts.count <= 2, let last = parts.last, let span = TimeSpan(last) else { return nil }
    self.span = span
    platform = parts.count == 2 ? parts[0] : nil
    if let platform, !Catalogue.sources.names.contains(platform) { return nil }
  }
}

/// A share as people write it: `5%` or `0.5%`.
struct Percentage: ExpressibleByArgument {
  /// From 0 to 1.
  let share: Double

  init?(argument: String) {
    guard argument.hasSuffix("%"), let number = Double(argument.dropLast()),
      (0...100).contains(number)
    else { return nil }
    share = number / 100
  }
}
