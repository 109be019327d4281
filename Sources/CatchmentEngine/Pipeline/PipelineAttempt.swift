public import Catchment

/// One run of a pipeline, of those that were made until it was done or had failed for good.
public struct PipelineAttempt: Sendable {
  /// Nil when it failed before it had one.
  public var runID: String?
  /// What it failed with, or the first place that it could not read; nil when all went well.
  public var error: CatchmentError?
  /// Where it failed, as far as that is known.
  public var stage: RunStage?
  /// What it took, and what was committed of it, also when it failed.
  public var metrics = RunMetrics()
  /// Units that were as they had been loaded before.
  public var unitsUnchanged = 0
  /// Bytes that came from servers.
  public var bytesFetched: Int64 = 0
  /// For how many seconds the next one was waited for; nil of the last.
  public var pause: Double?

  /// Whether its source can be read again; standard input cannot.
  var isRepeatable = true

  init() {}
}

/// A pipeline that failed for good.
public struct PipelineFailure: Sendable {
  /// What its last run failed with.
  public var error: CatchmentError
  /// All its runs, the last one included; empty when it could not begin.
  public var attempts: [PipelineAttempt]

  public init(_ error: CatchmentError, attempts: [PipelineAttempt] = []) {
    self.error = error
    self.attempts = attempts
  }
}

/// The runs of one pipeline so far, and whether there is to be another.
struct PipelineTries {
  private let retry: PipelineRetry?
  private let policy: RetryPolicy
  private(set) var attempts: [PipelineAttempt] = []

  init(_ retry: PipelineRetry?, like policy: RetryPolicy) {
    self.retry = retry
    self.policy = retry?.policy(like: policy) ?? .never
  }

  /// The number of the next one; the first is 1.
  var next: Int { attempts.count + 1 }

  /// Notes a run; the result is after how many seconds there is to be another.
  mutating func add(
    _ attempt: PipelineAttempt, _ result: Result<PipelineReport, CatchmentError>
  ) -> Double? {
    var attempt = attempt
    let errors =
      switch result {
      case .success(let report): report.problems
      case .failure(let error): [error]
      }
    let passing = errors.first { retry?.covers($0) ?? false }
    attempt.error = passing ?? errors.first
    if let passing, attempt.isRepeatable, next < policy.tries {
      attempt.pause = policy.pause(after: next, passing)
    }
    attempts.append(attempt)
    return attempt.pause
  }

  /// What became of the pipeline, when there is not.
  func outcome(_ result: Result<PipelineReport, CatchmentError>) -> PipelineGroup.Outcome {
    switch result {
    case .success(var report):
      report.attempts = attempts
      return .ran(report)
    case .failure(let error): return .failed(PipelineFailure(error, attempts: attempts))
    }
  }

  /// Lets so many seconds pass; throws `interrupted` when the task is cancelled meanwhile.
  var rest: @Sendable (Double) async throws(CatchmentError) -> Void { policy.rest }
}
