internal import Foundation

/// How probable it is that two rows are the same, by how alike they are in each column.
///
/// The model of Fellegi and Sunter: how often a level of likeness occurs among pairs of the same, and
/// how often among others. Both are learned from pairs of which nobody said what they are, by
/// expectation maximisation.
struct FellegiSunter {
  /// Pairs that are alike in the same way: a level of each column, -1 where a value is missing.
  struct Pattern {
    var levels: [Int]
    var count: Double
  }

  /// What is expected before any pair was seen, as much as ten pairs say.
  private static let expectedOfSame = [0.02, 0.03, 0.1, 0.85]
  private static let expectedOfOthers = [0.9, 0.05, 0.03, 0.02]
  private static let expectedShare = 0.3
  private static let trust = 10.0

  private var share = FellegiSunter.expectedShare
  private var same: [[Double]]
  private var others: [[Double]]
  private let chance: [[Double]]

  /// - Parameters:
  ///   - patterns: pairs to learn from.
  ///   - random: pairs at random, of which next to none is the same.
  init(learning patterns: [Pattern], random: [Pattern], columns: Int) {
    let expected = Self.expectedOfOthers.map { $0 * Self.trust }
    var counts = [[Double]](repeating: expected, count: columns)
    for pattern in random { Self.add(pattern, pattern.count, to: &counts) }
    chance = counts.map(Self.normalised)
    others = chance
    same = [[Double]](repeating: Self.expectedOfSame, count: columns)
    for _ in 0..<200 {
      let before = share
      learn(patterns)
      if abs(share - before) < 1e-7 { break }
    }
  }

  /// From 0 to 1.
  func probability(_ levels: [Int]) -> Double {
    var odds = log(share) - log(1 - share)
    for (column, level) in levels.enumerated() where level >= 0 {
      odds += log(same[column][level]) - log(others[column][level])
    }
    return 1 / (1 + exp(-odds))
  }

  private mutating func learn(_ patterns: [Pattern]) {
    var same = self.same.map { _ in Self.expectedOfSame.map { $0 * Self.trust } }
    var others = chance.map { $0.map { $0 * Self.trust } }
    var (sum, total) = (Self.expectedShare * Self.trust, Self.trust)
    for pattern in patterns {
      let weight = pattern.count * probability(pattern.levels)
      Self.add(pattern, weight, to: &same)
      Self.add(pattern, pattern.count - weight, to: &others)
      sum += weight
      total += pattern.count
    }
    self.same = same.map(Self.normalised)
    self.others = others.map(Self.normalised)
    share = sum / total
  }

  private static func add(_ pattern: Pattern, _ weight: Double, to counts: inout [[Double]]) {
    for (column, level) in pattern.levels.enumerated() where level >= 0 {
      counts[column][level] += weight
    }
  }

  private static func normalised(_ counts: [Double]) -> [Double] {
    let sum = counts.reduce(0, +)
    return counts.map { $0 / sum }
  }
}
