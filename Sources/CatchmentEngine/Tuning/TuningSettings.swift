internal import Catchment

/// What of a run can be tuned: what has an effect in this engine.
public struct TuningSettings: Sendable, Hashable {
  /// How many threads the engine has.
  public var threads: Int
  /// What the process may hold, in bytes.
  public var memory: Int
  /// How many small units share a transaction.
  public var batch: Int

  public init(threads: Int, memory: Int, batch: Int) {
    (self.threads, self.memory, self.batch) = (threads, memory, batch)
  }
}

/// The settings that may be chosen from: what a user allows, and no more.
struct TuningRange {
  let threads: [Int]
  let memory: [Int]
  let batch: [Int]

  /// - Parameters:
  ///   - most: the most of each that the user allows.
  ///   - units: how many there are that could share a transaction.
  init(_ target: TuneTarget, most: TuningSettings, units: Int) {
    threads = Self.doubling(from: 1, to: most.threads)
    // More memory never makes a run slower: it is only tuned to save it.
    memory = target == .memory ? Self.doubling(from: 128 << 20, to: most.memory) : [most.memory]
    batch = [1] + [4, 16, 64, 256].prefix { $0 / 4 < units }
  }

  private static func doubling(from least: Int, to most: Int) -> [Int] {
    Array(sequence(first: least) { $0 * 2 }.prefix { $0 < most }) + [most]
  }

  /// What a run has that is not tuned.
  var first: TuningSettings {
    TuningSettings(threads: threads.last ?? 1, memory: memory.last ?? 0, batch: 1)
  }

  func contains(_ settings: TuningSettings) -> Bool {
    threads.contains(settings.threads) && memory.contains(settings.memory)
      && batch.contains(settings.batch)
  }

  /// The settings of which one is another.
  func neighbours(of settings: TuningSettings) -> [TuningSettings] {
    others(\.batch, batch, settings) + others(\.threads, threads, settings)
      + others(\.memory, memory, settings)
  }

  private func others(
    _ path: WritableKeyPath<TuningSettings, Int>, _ values: [Int], _ settings: TuningSettings
  ) -> [TuningSettings] {
    values.filter { $0 != settings[keyPath: path] }.map { value in
      var other = settings
      other[keyPath: path] = value
      return other
    }
  }
}

/// What a run with some settings was measured to take.
struct TuningMeasure: Sendable, Hashable {
  var settings: TuningSettings
  var units: Int
  var records: Int
  var seconds: Double
  /// From beginning to read a unit until its rows are committed, on average.
  var latency: Double
  /// The most memory that the process held, in bytes; nil when that is not known of this run.
  var peak: Int?

  /// Shorter runs say more of the machine than of the settings.
  func isTelling(of target: TuneTarget) -> Bool {
    records >= 1_000 && seconds > 0 && (target != .memory || peak != nil)
  }

  var secondsPerRecord: Double { seconds / Double(max(records, 1)) }
}
