import ArgumentParser
import CatchmentTransforms

/// How many rows a command looks at.
struct SampleOption: ParsableArguments {
  @Option(
    name: .customLong("sample"),
    help: ArgumentHelp(
      "About how many rows to look at, spread over all, or all. (default: 100000)",
      valueName: "rows"),
    transform: Self.size)
  var sample = SampleSize.standard

  private static func size(_ text: String) throws -> SampleSize {
    guard let size = SampleSize(text) else {
      throw ValidationError("--sample is \(text); it must be a number of rows above 0, or all.")
    }
    return size
  }
}
