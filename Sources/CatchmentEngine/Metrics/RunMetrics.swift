public import Catchment

/// What a run did in how much time, how well, and with what.
public struct RunMetrics: Sendable, Equatable {
  /// Conversations that the run's records belong to.
  public var conversations = 0
  /// Messages that the run's records made or changed.
  public var messages = 0
  /// Files, or other units, that the run committed.
  public var units = 0
  /// Bytes that were read of them; of one that grew, those that are new.
  public var bytes: Int64 = 0
  /// What became of the run's records.
  public var records = RecordCounts()
  /// From the run's beginning to its end, on a clock that never goes back.
  public var seconds = 0.0
  /// Seconds by stage.
  ///
  /// What several workers did at once is added up, so that the sum may be more than `seconds`.
  public var stages: [RunStage: Double] = [:]
  /// In user and system mode, of the process while the run lasted.
  public var cpuSeconds = 0.0
  /// The most memory that the process has held until the run's end, in bytes.
  public var peakMemory: Int64 = 0
  /// What the raw store and the warehouse take on the disk, in bytes; nil when nothing was written.
  public var rawBytes: Int64?
  public var warehouseBytes: Int64?

  /// A run that did nothing.
  public init() {}

  /// The share of records that could not be taken; nil when none was read.
  public var errorRate: Double? {
    records.read > 0 ? Double(records.deadLettered) / Double(records.read) : nil
  }

  /// Of one processor; more than 100 when several worked.
  public var cpuPercent: Double { seconds > 0 ? cpuSeconds / seconds * 100 : 0 }

  /// So much a second; 0 when no time passed.
  public func perSecond(_ amount: some BinaryInteger) -> Double {
    seconds > 0 ? Double(amount) / seconds : 0
  }

  /// What a stage took for a unit, on average, in milliseconds; nil when no unit was committed.
  public func averageMilliseconds(_ stage: RunStage) -> Double? {
    units > 0 ? stages[stage, default: 0] / Double(units) * 1_000 : nil
  }
}

extension RunMetrics {
  /// All figures as a JSON object, as `catchment.runs.metrics` and `import --json` have them.
  public var json: String {
    let stages = RunStage.ofImports.map { stage in
      (stage.rawValue, Self.number(self.stages[stage, default: 0], 6))
    }
    let averages = [RunStage.extract, .transform, .load].map { stage in
      (stage.rawValue, averageMilliseconds(stage).map { Self.number($0, 3) } ?? "null")
    }
    return Self.object([
      ("conversations", "\(conversations)"), ("messages", "\(messages)"), ("units", "\(units)"),
      ("bytes", "\(bytes)"), ("seconds", Self.number(seconds, 3)),
      (
        "per_second",
        Self.object([
          ("conversations", Self.number(perSecond(conversations), 1)),
          ("messages", Self.number(perSecond(messages), 1)),
          ("bytes", Self.number(perSecond(bytes), 0)),
        ])
      ),
      ("stage_seconds", Self.object(stages)), ("average_ms_per_unit", Self.object(averages)),
      ("dead_letters", "\(records.deadLettered)"), ("duplicates", "\(records.duplicate)"),
      ("error_rate", errorRate.map { Self.number($0, 6) } ?? "null"),
      ("peak_memory_bytes", "\(peakMemory)"), ("cpu_seconds", Self.number(cpuSeconds, 3)),
      ("cpu_percent", Self.number(cpuPercent, 1)),
      ("raw_bytes", rawBytes.map { "\($0)" } ?? "null"),
      ("warehouse_bytes", warehouseBytes.map { "\($0)" } ?? "null"),
    ])
  }

  private static func object(_ members: [(String, String)]) -> String {
    "{" + members.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
  }

  /// With so many digits after the point at most.
  private static func number(_ number: Double, _ digits: Int) -> String {
    let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
    let rounded = (number * scale).rounded() / scale
    return digits == 0 ? "\(Int64(rounded))" : "\(rounded)"
  }
}
