import ArgumentParser

/// Which machine files come from.
struct MachineOption: ParsableArguments {
  @Option(
    name: .customLong("machine"),
    help: ArgumentHelp(
      "The machine that the files come from. (default: $CATCHMENT_MACHINE, else the home's own)",
      valueName: "name"))
  private var given: String?

  /// Nil for the home's own machine.
  func name(_ environment: [String: String]) -> String? {
    given ?? environment["CATCHMENT_MACHINE"]
  }
}
