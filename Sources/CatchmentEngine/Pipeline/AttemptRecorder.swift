internal import Catchment
internal import Logging
internal import Synchronization

/// What one run of a pipeline takes and comes to, for its log and its figures, also when it fails.
final class AttemptRecorder: Sendable {
  private struct State {
    /// As far as the run has come.
    var report: PipelineReport?
    var begun: [RunStage: Int64] = [:]
    var ended: [RunStage: Int64] = [:]
    /// Where it failed last; what failed before was got over.
    var failed: RunStage?
    var isRepeatable = true
  }

  private let meter = RunMeter()
  private let logger: Logger
  private let state = Mutex(State())

  /// - Parameter number: which run of the pipeline it is, of those that try it again; the first is 1.
  init(_ logger: Logger, _ pipeline: String, number: Int) {
    var logger = logger
    logger[metadataKey: "pipeline"] = "\(pipeline)"
    logger[metadataKey: "attempt"] = .number(number)
    self.logger = logger
  }

  /// Says how far it is; what is said last is what it came to.
  func note(_ report: PipelineReport) { state.withLock { $0.report = report } }

  /// Says that it took what it cannot have a second time.
  func noteUnrepeatable() { state.withLock { $0.isRepeatable = false } }

  /// Does a piece of a stage's work.
  func measure<R>(
    _ stage: RunStage, _ body: () throws(CatchmentError) -> R
  ) throws(CatchmentError) -> R {
    let began = begin(stage)
    do throws(CatchmentError) {
      let result = try body()
      end(stage, since: began)
      return result
    } catch {
      fail(stage, since: began)
      throw error
    }
  }

  /// The same of work that waits for something.
  func measure<R>(
    _ stage: RunStage, _ body: () async throws(CatchmentError) -> R
  ) async throws(CatchmentError) -> R {
    let began = begin(stage)
    do throws(CatchmentError) {
      let result = try await body()
      end(stage, since: began)
      return result
    } catch {
      fail(stage, since: began)
      throw error
    }
  }

  private func begin(_ stage: RunStage) -> Double {
    let isFirst = state.withLock { state in
      guard state.begun[stage] == nil else { return false }
      state.begun[stage] = Clock.now()
      return true
    }
    if isFirst { logger.debug("stage began", metadata: named(stage)) }
    return meter.seconds
  }

  private func end(_ stage: RunStage, since began: Double) {
    meter.stages.add(meter.seconds - began, to: stage)
    state.withLock { $0.ended[stage] = Clock.now() }
  }

  private func fail(_ stage: RunStage, since began: Double) {
    end(stage, since: began)
    state.withLock { $0.failed = stage }
  }

  // MARK: The end

  /// What it came to, which is told to the log.
  func end(_ result: Result<PipelineReport, CatchmentError>) -> PipelineAttempt {
    if case .success(let report) = result { note(report) }
    let (report, failed) = state.withLock { ($0.report, $0.failed) }
    var attempt = PipelineAttempt()
    attempt.isRepeatable = state.withLock { $0.isRepeatable }
    if case .failure(let error) = result { (attempt.error, attempt.stage) = (error, failed) }
    if let report {
      attempt.runID = report.run.id
      attempt.unitsUnchanged = report.unitsSkipped
      attempt.bytesFetched = report.bytesFetched
    }
    attempt.metrics = meter.metrics(
      of: report?.run.records ?? RecordCounts(), units: report?.run.unitsCommitted ?? 0,
      bytes: report?.run.bytesRead ?? 0)
    tell(attempt, report)
    return attempt
  }

  private func tell(_ attempt: PipelineAttempt, _ report: PipelineReport?) {
    if let report { tellStages(attempt.metrics, report) }
    var details = named(nil)
    details.merge(attempt.metadata) { $1 }
    if let report {
      details["made"] = .number(report.run.made)
      for problem in report.problems { tell(problem, "not read", .warning) }
    }
    if let error = attempt.error {
      if let stage = attempt.stage { details["stage"] = "\(stage.rawValue)" }
      details.merge(error.metadata) { $1 }
      logger.error("run failed", metadata: details)
    } else {
      details["status"] = "\(report?.run.status.rawValue ?? "")"
      logger.info("run ended", metadata: details)
    }
  }

  private func tell(_ problem: CatchmentError, _ message: Logger.Message, _ level: Logger.Level) {
    logger.log(level: level, message, metadata: named(.extract).merging(problem.metadata) { $1 })
  }

  private func tellStages(_ metrics: RunMetrics, _ report: PipelineReport) {
    let (begun, ended) = state.withLock { ($0.begun, $0.ended) }
    for stage in RunStage.ofPipelines {
      guard let first = begun[stage] else { continue }
      var details = named(stage)
      details["began_at"] = "\(UTC.text(first))"
      details["ended_at"] = "\(UTC.text(ended[stage] ?? first))"
      details["seconds"] = .seconds(metrics.stages[stage, default: 0])
      details.merge(report.figures(of: stage)) { $1 }
      logger.info("stage done", metadata: details)
      guard stage == .transform else { continue }
      for step in report.steps where step.counts.read > 0 {
        logger.info("step done", metadata: named(stage).merging(step.metadata) { $1 })
      }
    }
  }

  private func named(_ stage: RunStage?) -> Logger.Metadata {
    var details: Logger.Metadata = [:]
    if let stage { details["stage"] = "\(stage.rawValue)" }
    if let run = state.withLock({ $0.report?.run.id }) { details["run_id"] = "\(run)" }
    return details
  }
}

extension PipelineAttempt {
  fileprivate var metadata: Logger.Metadata {
    var details: Logger.Metadata = [
      "units": .number(metrics.units), "units_unchanged": .number(unitsUnchanged),
      "read": .number(metrics.records.read), "deleted": .number(metrics.records.deleted),
      "bytes": .stringConvertible(metrics.bytes),
      "bytes_fetched": .stringConvertible(bytesFetched), "seconds": .seconds(metrics.seconds),
      "peak_memory_bytes": .stringConvertible(metrics.peakMemory),
    ]
    for outcome in RecordOutcome.allCases {
      details[outcome.name] = .number(metrics.records[outcome])
    }
    return details
  }
}

extension PipelineReport {
  /// The rows and bytes of a stage.
  fileprivate func figures(of stage: RunStage) -> Logger.Metadata {
    switch stage {
    case .plan:
      ["units": .number(unitsPlanned), "units_unchanged": .number(unitsSkipped)]
    case .fetch: ["bytes": .stringConvertible(bytesFetched)]
    case .extract:
      ["rows": .number(run.records.read), "bytes": .stringConvertible(run.bytesRead)]
    case .transform: ["rows": .number(steps.last?.counts.passed ?? run.records.read)]
    case .load:
      [
        "rows": .number(run.records.loaded + run.records.updated),
        "units": .number(run.unitsCommitted),
      ]
    case .link, .reconcile, .save: [:]
    }
  }
}

extension PipelineReport.Step {
  fileprivate var metadata: Logger.Metadata {
    [
      "step": "\(name)", "read": .number(counts.read), "passed": .number(counts.passed),
      "made": .number(counts.made), "filtered": .number(counts.filtered),
      "dead_lettered": .number(counts.deadLettered),
    ]
  }
}
