import ArgumentParser
import Catchment
import CatchmentEngine

/// What is done with conversations that hold the same talk.
struct DuplicateOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What to do with conversations that hold the same talk, kept for this home: levels raw, "
        + "content and similar; actions skip, merge, version and error. (default: "
        + "$CATCHMENT_DEDUP, else as it is kept, else \(DuplicatePolicy()))",
      valueName: "level=action,…"))
  var dedup: String?

  /// Nil leaves it as it is in the home.
  func policy(_ environment: [String: String]) throws(CatchmentError) -> DuplicatePolicy? {
    guard let text = dedup ?? environment["CATCHMENT_DEDUP"], !text.isEmpty else { return nil }
    return try DuplicatePolicy(text)
  }
}
