internal import Foundation

/// Trees that split rows at random until each is alone: what is alone early stands out (Liu, Ting and
/// Zhou, 2008).
///
/// Every tree is grown on 256 rows at most, so a forest is of one size however many rows there are. Its
/// random numbers are its own: the same rows and seed give the same trees everywhere.
struct IsolationForest: Sendable {
  static let trees = 100
  static let rowsPerTree = 256
  private let trees: [IsolationTree]
  /// What a value that is not there counts as: the middle of those that are.
  private let middles: [Double]
  /// The number of splits after which a row of a tree's size is alone on average.
  let usualDepth: Double

  /// - Parameter rows: a value for each column; what is no finite number is not there.
  init(growingOn rows: [[Double]], columns: Int, seed: Int) {
    middles = (0..<columns).map { column in Self.middle(of: rows.map { $0[column] }) }
    let whole = rows.map { [middles] row in zip(row, middles).map { $0.isFinite ? $0 : $1 } }
    let size = min(Self.rowsPerTree, whole.count)
    usualDepth = Self.usualDepth(of: size)
    trees = (0..<Self.trees).map { number in
      var random = SplitMix(seed: UInt64(bitPattern: Int64(seed)) &+ UInt64(number) &* 0x9e37)
      return IsolationTree(
        growingOn: random.chosen(size, of: whole), columns: columns, random: &random)
    }
  }

  private static func middle(of values: [Double]) -> Double {
    let sorted = values.filter(\.isFinite).sorted()
    return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
  }

  /// Twice a harmonic number, summed and not by a logarithm: the same on every machine.
  static func usualDepth(of rows: Int) -> Double {
    guard rows > 1 else { return 0 }
    let harmonic = (1..<rows).reduce(0.0) { $0 + 1 / Double($1) }
    return 2 * harmonic - 2 * Double(rows - 1) / Double(rows)
  }

  /// How early a row is alone.
  struct Verdict {
    /// The mean number of splits.
    var depth: Double
    /// From 0 to 1; half of it is usual.
    var score: Double
    /// What part each column had in it, together 1.
    var shares: [Double]
  }

  func verdict(on row: [Double]) -> Verdict {
    let row = zip(row, middles).map { $0.isFinite ? $0 : $1 }
    var depth = 0.0
    var shares = [Double](repeating: 0, count: row.count)
    for tree in trees { depth += tree.depth(of: row, crediting: &shares) }
    depth /= Double(trees.count)
    let sum = shares.reduce(0, +)
    if sum > 0 { for place in shares.indices { shares[place] /= sum } }
    let score = usualDepth > 0 ? pow(2, -depth / usualDepth) : 0
    return Verdict(depth: depth, score: (score * 10_000).rounded() / 10_000, shares: shares)
  }
}

/// A generator of random numbers that is the same on every machine.
struct SplitMix: Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var number = state
    number = (number ^ number >> 30) &* 0xbf58_476d_1ce4_e5b9
    number = (number ^ number >> 27) &* 0x94d0_49bb_1331_11eb
    return number ^ number >> 31
  }

  /// From 0 up to, and without, `limit`.
  mutating func below(_ limit: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(limit)).high)
  }

  /// From 0 up to, and without, 1.
  mutating func share() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Some of the elements, none twice.
  mutating func chosen<Element>(_ count: Int, of elements: [Element]) -> [Element] {
    var elements = elements
    for place in 0..<count { elements.swapAt(place, place + below(elements.count - place)) }
    return Array(elements[..<count])
  }
}
