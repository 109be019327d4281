internal import Foundation

/// A tree of an isolation forest: its nodes one after another, each before its branches.
struct IsolationTree: Sendable {
  private struct Node: Sendable {
    /// Rows of the tree's sample that came here.
    var rows: Int
    /// Negative for a leaf.
    var column = -1
    /// The least and the greatest of the column here, and where between them it is cut.
    var low = 0.0
    var high = 0.0
    var share = 0.0
    /// Lesser values go to the next node, the others to `right`.
    var right = 0

    var split: Double { place(in: low, high) }

    /// Not by their distance, which may be infinite.
    private func place(in low: Double, _ high: Double) -> Double {
      let split = low * (1 - share) + high * share
      return split > low && split <= high ? split : high
    }

    /// Whether a value beyond the ends would have been cut off from all others, had it been here.
    func cutsOff(_ value: Double) -> Bool {
      if value > high { return place(in: low, value) > high }
      return value < low && place(in: value, high) <= low
    }
  }

  private var nodes: [Node] = []

  init(growingOn rows: [[Double]], columns: Int, random: inout SplitMix) {
    grow(rows, columns, depthLeft: Self.depthLimit(rows.count), &random)
  }

  /// Deeper is the usual, and nothing that stands out.
  private static func depthLimit(_ rows: Int) -> Int {
    rows > 1 ? Int.bitWidth - (rows - 1).leadingZeroBitCount : 0
  }

  private mutating func grow(
    _ rows: [[Double]], _ columns: Int, depthLeft: Int, _ random: inout SplitMix
  ) {
    let place = nodes.count
    nodes.append(Node(rows: rows.count))
    guard depthLeft > 0, rows.count > 1, let cut = cut(rows, columns, &random) else { return }
    let (column, split) = (cut.column, cut.split)
    nodes[place] = cut
    grow(rows.filter { $0[column] < split }, columns, depthLeft: depthLeft - 1, &random)
    nodes[place].right = nodes.count
    grow(rows.filter { $0[column] >= split }, columns, depthLeft: depthLeft - 1, &random)
  }

  /// At random: a column in which the rows differ, and a place between its least and greatest.
  private func cut(_ rows: [[Double]], _ columns: Int, _ random: inout SplitMix) -> Node? {
    let nodes = (0..<columns).compactMap { column -> Node? in
      var (low, high) = (Double.infinity, -Double.infinity)
      for row in rows { (low, high) = (min(low, row[column]), max(high, row[column])) }
      return low < high ? Node(rows: rows.count, column: column, low: low, high: high) : nil
    }
    guard !nodes.isEmpty else { return nil }
    var node = nodes[random.below(nodes.count)]
    node.share = random.share()
    return node
  }

  /// How many splits it takes until a row is alone, or would be on average.
  ///
  /// A row beyond the ends of those that the tree was grown on is judged as if it had been among them:
  /// else it would be taken for the last of them.
  ///
  /// - Parameter shares: each column is credited with the halvings that its splits were.
  func depth(of row: [Double], crediting shares: inout [Double]) -> Double {
    var (place, depth) = (0, 0.0)
    while nodes[place].column >= 0 {
      let node = nodes[place]
      if node.cutsOff(row[node.column]) {
        shares[node.column] += Self.halvings(from: node.rows, to: 1)
        return depth + 1
      }
      place = row[node.column] < node.split ? place + 1 : node.right
      shares[node.column] += Self.halvings(from: node.rows, to: nodes[place].rows)
      depth += 1
    }
    return depth + Self.restDepths[nodes[place].rows]
  }

  private static let restDepths = (0...IsolationForest.rowsPerTree).map(
    IsolationForest.usualDepth)

  private static let logarithms = (0...IsolationForest.rowsPerTree).map {
    log2(Double(max($0, 1)))
  }

  private static func halvings(from rows: Int, to rest: Int) -> Double {
    logarithms[rows] - logarithms[rest]
  }
}
