public import Catchment

extension MetricsFile {
  /// What became of pipelines that were run together.
  ///
  /// The figures of one that was run several times are those of all its runs.
  public func write(
    _ pipelines: [Pipeline.Complete], _ outcomes: [PipelineGroup.Outcome]
  ) throws(CatchmentError) {
    let all = zip(pipelines, outcomes).map { PipelineFigures($0.name, $1) }
    let hasFailed = zip(pipelines, all).contains { $1.status == .failed && $0.onFailure != .skip }
    let isWhole = all.allSatisfy { $0.status == .done }
    let status: Run.Status = hasFailed ? .failed : isWhole ? .done : .partial
    var text = Self.head("run", "", status: status.rawValue, isSuccess: !hasFailed)
    text.add(all)
    try write(text)
  }
}

/// The figures of one pipeline.
private struct PipelineFigures {
  let name: String
  /// Nil of one that was skipped.
  var status: Run.Status?
  var attempts: [PipelineAttempt] = []
  var error: CatchmentError?

  init(_ name: String, _ outcome: PipelineGroup.Outcome) {
    self.name = name
    switch outcome {
    case .ran(let report): (status, attempts) = (report.run.status, report.attempts)
    case .failed(let failure):
      (status, attempts, error) = (.failed, failure.attempts, failure.error)
    case .skipped: break
    }
  }

  func sum(_ figure: (PipelineAttempt) -> Double) -> Double {
    attempts.reduce(0) { $0 + figure($1) }
  }
}

extension PrometheusText {
  fileprivate mutating func add(_ all: [PipelineFigures]) {
    add(
      "catchment_pipeline_success", "Whether the pipeline came to its end in the last run.",
      all.map { (["pipeline": $0.name], [.done, .partial].contains($0.status) ? 1.0 : 0) })
    add(
      "catchment_pipeline_info", "How the pipeline ended, in its last attempt.",
      all.map { one in
        (
          [
            "pipeline": one.name, "run_id": one.attempts.last?.runID ?? "",
            "status": one.status?.rawValue ?? "skipped",
            "error_class": one.error?.errorClass?.rawValue ?? "",
          ], 1
        )
      })
    let run = all.filter { !$0.attempts.isEmpty }
    func tell(_ name: String, _ help: String, _ figure: (PipelineFigures) -> Double) {
      add(name, help, run.map { (["pipeline": $0.name], figure($0)) })
    }
    tell("catchment_pipeline_retries", "How often the pipeline was run again after a failure.") {
      Double($0.attempts.count - 1)
    }
    tell("catchment_pipeline_duration_seconds", "What the runs of the pipeline took.") {
      $0.sum(\.metrics.seconds)
    }
    tell("catchment_pipeline_waited_seconds", "The pauses between its runs.") {
      $0.sum { $0.pause ?? 0 }
    }
    addParts(run)
    tell("catchment_pipeline_records_read", "Records that the pipeline read.") {
      $0.sum { Double($0.metrics.records.read) }
    }
    tell("catchment_pipeline_bytes", "Bytes that the pipeline read.") {
      $0.sum { Double($0.metrics.bytes) }
    }
    tell("catchment_pipeline_bytes_fetched", "Bytes that came from servers.") {
      $0.sum { Double($0.bytesFetched) }
    }
    tell(
      "catchment_pipeline_peak_memory_bytes",
      "The most memory that the process held until the pipeline's end."
    ) { Double($0.attempts.last?.metrics.peakMemory ?? 0) }
  }

  /// What is told by a second label.
  private mutating func addParts(_ run: [PipelineFigures]) {
    func samples<Part>(
      _ parts: [Part], _ label: String, _ name: (Part) -> String,
      _ figure: (PipelineAttempt, Part) -> Double
    ) -> [Sample] {
      run.flatMap { one in
        parts.map { part in
          (["pipeline": one.name, label: name(part)], one.sum { figure($0, part) })
        }
      }
    }
    add(
      "catchment_pipeline_stage_seconds", "What each stage of the pipeline took.",
      samples(RunStage.ofPipelines, "stage", \.rawValue) { $0.metrics.stages[$1, default: 0] })
    add(
      "catchment_pipeline_records", "Records of the pipeline, by what became of them.",
      samples(RecordOutcome.allCases, "outcome", \.name) { Double($0.metrics.records[$1]) })
    add(
      "catchment_pipeline_units",
      "Files, tables or objects: those committed, and those unchanged since their last load.",
      samples(["committed", "unchanged"], "state", \.self) {
        Double($1 == "committed" ? $0.metrics.units : $0.unitsUnchanged)
      })
  }
}
