import Catchment
import CatchmentTesting
import Foundation
import Testing

@testable import CatchmentEngine

@Suite struct `The auto-tuner` {
  /// What a run takes with some settings, in a world where that is known.
  struct World: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var seconds: @Sendable (TuningSettings) -> Double
    var peak: @Sendable (TuningSettings) -> Double = {
      Double($0.memory) / 4 + Double($0.threads * $0.batch) * 1e6
    }
  }

  static let worlds = [
    World(testDescription: "commits cost much") {
      1 / Double(min($0.threads, 4)) + 2 / Double($0.batch) + Double($0.batch) / 400
    },
    World(testDescription: "threads are in each other's way") {
      1 + 0.2 * Double($0.threads) + 0.1 / Double($0.batch)
    },
    World(testDescription: "nothing matters") { _ in 1 },
    World(testDescription: "large transactions spill") {
      2 / Double($0.threads) + ($0.batch > 16 ? 3 : 0.5 / Double($0.batch))
    },
    World(testDescription: "little memory spills") {
      1 + ($0.memory < 512 << 20 ? 4 : 0) + 1 / Double($0.threads)
    },
  ]

  private static let most = TuningSettings(threads: 8, memory: 2 << 30, batch: 1)

  private func range(_ target: TuneTarget) -> TuningRange {
    TuningRange(target, most: Self.most, units: 1_000)
  }

  /// Runs until the tuner has settled; each run takes a little more or less than it should.
  private func settle(
    _ target: TuneTarget, in world: World, noise: Double
  ) throws -> (chosen: TuningSettings, runs: Int) {
    var random = SeededRandom(seed: 7)
    var measured: [TuningMeasure] = []
    for run in 0..<100 {
      let decision = AutoTuner(target: target, range: range(target), measured: measured).decide()
      if decision.isSettled { return (decision.settings, run) }
      let factor = 1 + noise * Double(random.next() % 1_000) / 1_000
      measured.append(measure(decision.settings, in: world, factor))
    }
    throw TestFailure("it tries for ever")
  }

  private func measure(
    _ settings: TuningSettings, in world: World, _ factor: Double = 1
  ) -> TuningMeasure {
    let seconds = world.seconds(settings) * factor
    return TuningMeasure(
      settings: settings, units: 1_000, records: 100_000, seconds: seconds, latency: seconds / 10,
      peak: Int(world.peak(settings) * factor))
  }

  /// What every point of the grid costs.
  private func least(_ target: TuneTarget, in world: World) -> AutoTuner.Cost? {
    let range = range(target)
    let all = range.threads.flatMap { threads in
      range.memory.flatMap { memory in
        range.batch.map { TuningSettings(threads: threads, memory: memory, batch: $0) }
      }
    }
    return AutoTuner(target: target, range: range, measured: all.map { measure($0, in: world) })
      .costs().first
  }

  @Test(arguments: worlds, TuneTarget.allCases)
  func `comes within 5 % of the best point of a grid`(world: World, target: TuneTarget) throws {
    let best = try #require(least(target, in: world)).value
    for noise in [0, 0.04] {
      let (chosen, runs) = try settle(target, in: world, noise: noise)
      let measure = measure(chosen, in: world)
      let cost =
        switch target {
        case .throughput: measure.secondsPerRecord
        case .memory: Double(measure.peak ?? .max)
        case .latency: measure.latency
        }
      #expect(cost <= best * 1.05, "\(chosen) costs \(cost / best) of the best")
      #expect(runs <= 60, "\(runs) runs")
    }
  }

  @Test func `begins as a run that is not tuned, and says why`() {
    let decision = AutoTuner(target: .throughput, range: range(.throughput), measured: []).decide()
    #expect(decision.settings == Self.most)
    #expect(decision.explanation == "8 threads, 1 unit a transaction: nothing is known of it yet")
  }

  @Test func `never goes beyond what is allowed`() {
    let range = TuningRange(
      .memory, most: TuningSettings(threads: 3, memory: 300 << 20, batch: 1), units: 1)
    #expect(range.threads == [1, 2, 3])
    #expect(range.memory == [128 << 20, 256 << 20, 300 << 20])
    #expect(range.batch == [1])
  }

  @Test(arguments: [(1, [1]), (4, [1, 4]), (12, [1, 4, 16]), (1_000, [1, 4, 16, 64, 256])])
  func `tries no larger transactions than there are units for`(units: Int, batch: [Int]) {
    #expect(TuningRange(.latency, most: Self.most, units: units).batch == batch)
  }

  @Test func `has no memory to choose beyond what a user allows`() {
    let most = TuningSettings(threads: 1, memory: 64 << 20, batch: 1)
    #expect(TuningRange(.memory, most: most, units: 1).memory == [64 << 20])
  }

  @Test func `learns nothing of memory from a process that held more before`() {
    let range = range(.memory)
    var measure = measure(range.first, in: Self.worlds[0])
    measure.peak = nil
    #expect(!measure.isTelling(of: .memory))
    #expect(measure.isTelling(of: .throughput))
    #expect(AutoTuner(target: .memory, range: range, measured: [measure]).costs().isEmpty)
  }

  @Test func `forgets what it knew of another amount of data`() {
    let range = range(.throughput)
    var old = measure(range.first, in: Self.worlds[0])
    old.records = 1_000
    var new = old
    new.settings.batch = 64
    new.records = 1_000_000
    let tuner = AutoTuner(target: .throughput, range: range, measured: [old, new])
    #expect(tuner.costs().map(\.settings.batch) == [64])
  }

  @Test func `remembers its measures by pipeline and destination, and no more than it needs`()
    throws
  {
    let folder = try TemporaryDirectory()
    let history = TuningHistory(
      path: "\(folder.path)/state.sqlite", pipeline: "p", warehouse: "here")
    let measure = measure(range(.latency).first, in: Self.worlds[0])
    for _ in 0..<203 { try history.add(measure) }
    #expect(try history.measures() == Array(repeating: measure, count: 200))
    let other = TuningHistory(
      path: "\(folder.path)/state.sqlite", pipeline: "p", warehouse: "there")
    #expect(try other.measures().isEmpty)
  }
}
