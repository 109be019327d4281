internal import Catchment
internal import DuckDB
internal import Logging

extension ImportSession {
  /// A run with more of them than this names no more in its log.
  private static let most = 10_000

  /// What is going to be done.
  func note(_ plan: ImportPlan, _ discovery: Discovery) {
    for problem in discovery.problems { note(problem, .plan) }
    logger.info(
      "planned",
      metadata: [
        "stage": "plan", "new": .number(plan.new.count), "changed": .number(plan.changed.count),
        "unchanged": .number(plan.unchanged), "vanished": .number(plan.vanished.count),
        "unrecognised": .number(discovery.unrecognised.count),
        "seconds": .seconds(meter.stages[.plan]),
      ])
  }

  /// What came of one source's units.
  func note(_ source: String, _ outcome: ImportShared.Outcome, _ derived: FamilyPass.Result) {
    for problem in outcome.problems { note(problem, .extract, platform: source) }
    logger.info(
      "source taken",
      metadata: [
        "stage": "load", "platform": "\(source)",
        "units": .number(outcome.committedUnits + derived.committedUnits),
        "records": .number(outcome.read + derived.read),
        "seconds_extract": .seconds(meter.stages[.extract]),
        "seconds_transform": .seconds(meter.stages[.transform]),
        "seconds_load": .seconds(meter.stages[.load]),
      ])
  }

  func note(_ stage: RunStage) {
    logger.info(
      "stage done",
      metadata: ["stage": "\(stage.rawValue)", "seconds": .seconds(meter.stages[stage])])
  }

  /// What the look for conversations that hold the same talk came to.
  func note(_ verdict: Verdict) {
    logger.info(
      "duplicates decided",
      metadata: [
        "stage": "link", "decisions": .number(verdict.decisions.count),
        "conversations_signed": .number(verdict.signed),
        "pairs_compared": .number(verdict.compared), "pairs_read": .number(verdict.read),
      ])
  }

  /// A place or a unit that could not be read.
  private func note(_ problem: CatchmentError, _ stage: RunStage, platform: String? = nil) {
    var details = problem.metadata
    details["stage"] = "\(stage.rawValue)"
    if let platform { details["platform"] = "\(platform)" }
    logger.warning("not read", metadata: details)
  }

  /// What a run came to.
  func note(_ run: RunInfo, _ report: ImportReport) throws(CatchmentError) {
    if logger.logLevel <= .debug { try noteConversations(of: run) }
    if logger.logLevel <= .warning { try noteDeadLetters(of: run) }
    noteEnd(report.status, report.metrics)
  }

  /// The last line of a run, with all its counts.
  func noteEnd(_ status: Run.Status, _ metrics: RunMetrics) {
    var details: Logger.Metadata = [
      "stage": "reconcile", "status": "\(status.rawValue)", "units": .number(metrics.units),
      "bytes": .stringConvertible(metrics.bytes), "read": .number(metrics.records.read),
      "conversations": .number(metrics.conversations), "messages": .number(metrics.messages),
      "seconds": .seconds(metrics.seconds), "cpu_seconds": .seconds(metrics.cpuSeconds),
      "peak_memory_bytes": .stringConvertible(metrics.peakMemory),
    ]
    for outcome in RecordOutcome.allCases {
      details[outcome.name] = .number(metrics.records[outcome])
    }
    logger.info("run ended", metadata: details)
  }

  private func noteConversations(of run: RunInfo) throws(CatchmentError) {
    let touched = try check { () throws(DuckDBError) in
      try Runs.conversations(of: run, limit: Self.most, connection)
    }
    for conversation in touched {
      logger.debug(
        "conversation taken",
        metadata: [
          "stage": "load", "platform": "\(conversation.platform)",
          "conversation_id": "\(conversation.id)", "records": .number(conversation.records),
        ])
    }
  }

  /// Where they are and what kind they are; not what they say, for that may quote the record.
  private func noteDeadLetters(of run: RunInfo) throws(CatchmentError) {
    let letters = try check { () throws(DuckDBError) in
      try Runs.deadLetters(of: run, limit: Self.most, connection)
    }
    for letter in letters {
      logger.warning(
        "dead letter",
        metadata: [
          "stage": "transform", "code": "\(letter.code)", "path": "\(letter.place.file)",
          "line": .number(letter.place.line ?? 0),
        ])
    }
  }
}

extension Logger.MetadataValue {
  /// A count, which stays a number in the log.
  static func number(_ count: Int) -> Logger.MetadataValue { .stringConvertible(count) }

  /// To the microsecond.
  static func seconds(_ seconds: Double) -> Logger.MetadataValue {
    .stringConvertible((seconds * 1e6).rounded() / 1e6)
  }
}
