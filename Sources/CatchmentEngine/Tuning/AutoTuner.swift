public import Catchment

/// Which settings the next run gets, and why, by what earlier runs took.
///
/// From the best that was measured it tries other values of one setting, one a run. When none is
/// better, what comes close is measured again, up to three times; then the best is kept. It is measured
/// in every run, so another takes its place when it no longer is the best.
struct AutoTuner {
  let target: TuneTarget
  let range: TuningRange
  /// The oldest first.
  let measured: [TuningMeasure]

  /// So often a setting is measured before it is believed to be better than one that comes close.
  static let enough = 3
  /// What is within it of the best comes close.
  private static let close = 1.1
  /// How much longer than the quickest a run may take to save memory.
  private static let patience = 1.5

  /// What settings cost, by their last measures.
  struct Cost {
    var settings: TuningSettings
    var value: Double
    var count: Int
  }

  func decide() -> TuningDecision {
    let costs = costs()
    guard let best = costs.first else {
      return decision(range.first, isSettled: false, "nothing is known of it yet")
    }
    let known = Set(costs.map(\.settings))
    if let next = range.neighbours(of: best.settings).first(where: { !known.contains($0) }) {
      return decision(
        next, isSettled: false,
        "tried in place of \(describe(best.settings)), the best of \(costs.count) so far"
          + " (\(text(best.value)))")
    }
    let unsure = costs.filter { $0.value <= best.value * Self.close && $0.count < Self.enough }
    if let next = unsure.min(by: { $0.count < $1.count }) {
      return decision(
        next.settings, isSettled: false,
        "measured again, for it comes close to the best of \(costs.count) (\(text(best.value)))")
    }
    return decision(
      best.settings, isSettled: true,
      "the best of \(costs.count) that were measured (\(text(best.value)))")
  }

  private func decision(
    _ settings: TuningSettings, isSettled: Bool, _ reason: String
  ) -> TuningDecision {
    TuningDecision(
      target: target, settings: settings, isSettled: isSettled,
      explanation: "\(describe(settings)): \(reason)")
  }

  // MARK: Costs

  /// The least first.
  func costs() -> [Cost] {
    let groups = Dictionary(grouping: comparable, by: \.settings).mapValues { $0.suffix(5) }
    let quickest = groups.values.map(pace).min() ?? 0
    return groups.map { settings, measures in
      let isSlow = target == .memory && pace(measures) > quickest * Self.patience
      return Cost(
        settings: settings, value: isSlow ? .infinity : cost(measures), count: measures.count)
    }.sorted { ($0.value, $0.settings.order) < ($1.value, $1.settings.order) }
  }

  /// Those of about as many records as the last run had.
  private var comparable: [TuningMeasure] {
    guard let last = measured.last else { return [] }
    return measured.filter {
      range.contains($0.settings) && $0.isTelling(of: target)
        && $0.records <= last.records * 4 && last.records <= $0.records * 4
    }
  }

  /// The shortest time and the most memory: what else the machine does only makes a run slower.
  private func cost(_ measures: ArraySlice<TuningMeasure>) -> Double {
    switch target {
    case .throughput: pace(measures)
    case .memory: Double(measures.compactMap(\.peak).max() ?? .max)
    case .latency: measures.map(\.latency).min() ?? .infinity
    }
  }

  private func pace(_ measures: ArraySlice<TuningMeasure>) -> Double {
    measures.map(\.secondsPerRecord).min() ?? .infinity
  }

  // MARK: Words

  private func describe(_ settings: TuningSettings) -> String {
    var parts = [count(settings.threads, "thread")]
    if range.memory.count > 1 { parts.append("\(settings.memory >> 20) MiB") }
    if range.batch.count > 1 { parts.append(count(settings.batch, "unit") + " a transaction") }
    return parts.joined(separator: ", ")
  }

  private func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }

  private func text(_ cost: Double) -> String {
    switch target {
    case .throughput: "\(Int((1 / max(cost, 1e-12)).rounded())) records a second"
    case .memory: "\(Int(cost) >> 20) MiB"
    case .latency: "\(Int((cost * 1_000).rounded())) ms"
    }
  }
}

extension TuningSettings {
  /// Of settings that cost the same, the one that takes less.
  fileprivate var order: Int { threads << 20 + batch << 8 + memory >> 27 }
}

/// The settings of a run, and why they were chosen.
public struct TuningDecision: Sendable, Equatable {
  public var target: TuneTarget
  public var settings: TuningSettings
  /// Whether they are kept, and not tried.
  public var isSettled: Bool
  /// In words: the settings, and the reason.
  public var explanation: String
}
