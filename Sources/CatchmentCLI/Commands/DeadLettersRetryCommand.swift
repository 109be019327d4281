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

      Examples:
        catchment deadletters retry
      """)

  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func run() async throws {
    let report = try DeadLetterRetry(
      home: options.home, sources: try options.sources(),
      options: .init(memory: options.memory.bytes, threads: options.threadCount)
    ).run()
    options.tell(report.notes)
    if json.isOn {
      return Output.line(
        JSON([
          "run_id": .text(report.runID), "tried": .integer(report.tried),
          "resolved": .integer(report.resolved), "records": report.records.json,
        ]).description)
    }
    Output.line(
      "\(Figures.of(report.tried, "dead letter")) tried, \(Figures.count(report.resolved)) resolved."
    )
  }
}
