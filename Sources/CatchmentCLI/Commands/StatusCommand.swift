import ArgumentParser
import Catchment
import CatchmentEngine

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show how far imports, pipelines and downloads of other processes are in this home.",
    discussion: """
      It takes no lock and disturbs nothing. What was killed is listed as stopped until it is run
      again.

      Examples:
        catchment status
        catchment status --watch        again every second, until nothing runs
        catchment status --json
      """)

  @Flag(help: "Show it again every second until nothing runs any more.")
  var watch = false

  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func run() async throws {
    let (options, isJSON, isAgain) = (options, json.isOn, watch)
    do {
      try await Interruption.watch { try await Self.show(options, isJSON: isJSON, isAgain) }
    } catch let stopped as Interrupted {
      // That is how one stops looking: nothing to complain of.
      throw ExitCode(stopped.exitCode)
    }
  }

  private static func show(
    _ options: GlobalOptions, isJSON: Bool, _ isAgain: Bool
  ) async throws {
    let isRedrawn = isAgain && !isJSON && Terminal.Stream.output.isTerminal
    while true {
      let runs = try LiveRuns.all(in: options.home)
      if isRedrawn { Output.data("\u{1B}[H\u{1B}[J") }
      StatusPage(runs: runs).print(options, isJSON: isJSON)
      guard isAgain, runs.contains(where: \.isRunning) else { return }
      try await Task.sleep(for: .seconds(1))
    }
  }
}
