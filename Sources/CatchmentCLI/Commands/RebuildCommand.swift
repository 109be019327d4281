import ArgumentParser
import Catchment
import CatchmentCatalogue
import CatchmentEngine

struct RebuildCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rebuild",
    abstract: "Make the tables anew from the raw store alone.",
    discussion: """
      For a warehouse that is damaged, lost or older than the reader. The sources are not touched
      and need not be there. The new tables take the old ones' place when they are complete. The list
      of runs is taken over when the old warehouse can still be read; those runs can no longer be
      rolled back.

      Examples:
        catchment rebuild
        catchment rebuild --json
      """)

  @OptionGroup var warehouse: WarehouseOption
  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption
  @OptionGroup var log: LogOptions
  @OptionGroup var metrics: MetricsOptions

  func run() async throws {
    let progress = RunProgress()
    let rebuild = Rebuild(
      home: options.home, sources: try options.sources(),
      options: try options.importing(warehouse),
      progress: progress, logger: try log.logger())
    let isWatched =
      !options.quiet && !json.isOn && !log.isOnStandardError && Terminal.Stream.error.isTerminal
    let line = ProgressLine(progress, isOn: isWatched)
    let report: ImportReport
    do {
      defer { line.stop() }
      report = try await metrics.watching("rebuild") {
        try await Interruption.watch { try await rebuild.run() }
      }
    }
    try metrics.write("rebuild", report)
    if json.isOn { return Output.line(report.json.description) }
    guard !options.quiet else { return }
    let platforms = report.platforms.values
    Output.line(
      """
      Rebuilt \(options.home.warehouse) from the raw store in \(Figures.seconds(report.seconds)):
        \(Figures.of(platforms.reduce(0) { $0 + $1.conversations }, "conversation")), \
      \(Figures.of(platforms.reduce(0) { $0 + $1.messages }, "message")), \
      \(Figures.of(platforms.reduce(0) { $0 + $1.toolCalls }, "tool call")), \
      \(Figures.of(report.records.deadLettered, "dead letter"))
      """)
    if let publication = report.publication { Output.line(publication.line.safe) }
  }
}
