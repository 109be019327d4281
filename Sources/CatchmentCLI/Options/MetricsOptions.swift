import ArgumentParser
import Catchment
import CatchmentEngine

/// The figures of the last run, for Prometheus.
struct MetricsOptions: ParsableArguments {
  @Option(
    name: .customLong("metrics-file"),
    help: ArgumentHelp(
      "Write the run's figures to this file, in Prometheus' text format.", valueName: "file"),
    completion: .file())
  var path: String?

  private var file: MetricsFile? { path.map { MetricsFile($0) } }

  /// Does something; when it fails, the file says so too.
  func watching<R>(_ command: String, _ body: () async throws -> R) async throws -> R {
    do {
      return try await body()
    } catch let error as Interrupted where command == "watch" {
      // How it ends; the last import was what the file says.
      throw error
    } catch {
      let known = (error as? CatchmentError) ?? (error as? Interrupted)?.asError
      try file?.write(failed: command, known ?? CatchmentError(.failed, "\(error)"))
      throw error
    }
  }

  func write(failed command: String, _ error: CatchmentError) throws(CatchmentError) {
    try file?.write(failed: command, error)
  }

  func write(_ command: String, _ report: ImportReport) throws(CatchmentError) {
    try file?.write(
      command, report.runID, report.status, report.metrics, platforms: report.platforms)
  }

  func write(
    _ pipelines: [Pipeline.Complete], _ outcomes: [PipelineGroup.Outcome]
  ) throws(CatchmentError) {
    try file?.write(pipelines, outcomes)
  }

  func write(_ command: String, _ report: DeadLetterRetry.Report) throws(CatchmentError) {
    try file?.write(
      command, report.runID, report.records.deadLettered > 0 ? .partial : .done, report.metrics)
  }

  func validate() throws {
    if path?.isEmpty == true { throw ValidationError("--metrics-file is empty.") }
  }
}
