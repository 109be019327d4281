/// Finds the talks whose words are probably alike, without looking at all pairs.
///
/// Talks that share a band of their signatures lie in one bucket. In a bucket each is compared only
/// with the next few before it in time, so that thousands of look-alikes cost no more than as many
/// strangers. Whoever is alike but further off is found through those between: see `Clusters`.
struct Bands {
  /// How many of those before it each is compared with, in a bucket and an order.
  static let reach = 8

  /// How many pairs of signatures were compared.
  private(set) var compared = 0
  private var seen: Set<Pair> = []

  /// Two places, the smaller first.
  struct Pair: Hashable {
    let first: Int
    let second: Int

    init(_ a: Int, _ b: Int) {
      first = min(a, b)
      second = max(a, b)
    }
  }

  /// The pairs that are near each other and probably alike, in order of their places.
  mutating func pairs(among talks: [Talk]) -> [Pair] {
    var found: [Pair] = []
    for band in 0..<Sketch.bands {
      for bucket in Self.buckets(talks, band) {
        for order in [Order.began, .ended, .figures] {
          compare(bucket, order, talks, &found)
        }
      }
    }
    return found.sorted { ($0.first, $0.second) < ($1.first, $1.second) }
  }

  fileprivate enum Order { case began, ended, figures }

  private static func buckets(_ talks: [Talk], _ band: Int) -> [[Int]] {
    var buckets: [UInt64: [Int]] = [:]
    for place in talks.indices where !talks[place].signature.values.isEmpty {
      let key = talks[place].signature.bandKey(band, salt: talks[place].group)
      buckets[key, default: []].append(place)
    }
    return buckets.values.filter { $0.count > 1 }
  }

  private mutating func compare(
    _ bucket: [Int], _ order: Order, _ talks: [Talk], _ found: inout [Pair]
  ) {
    let sorted = order.sort(bucket, talks)
    for (number, place) in sorted.enumerated() {
      for other in sorted[max(0, number - Self.reach)..<number] {
        let pair = Pair(place, other)
        guard talks[place].isNear(talks[other]), seen.insert(pair).inserted else { continue }
        compared += 1
        let estimate = talks[place].signature.similarity(to: talks[other].signature)
        if estimate >= Nearness.estimate { found.append(pair) }
      }
    }
  }
}

extension Bands.Order {
  /// Places are in order of time and id, so that ties have an order of their own.
  fileprivate func sort(_ bucket: [Int], _ talks: [Talk]) -> [Int] {
    switch self {
    case .began: bucket
    case .ended:
      bucket.sorted { (talks[$0].ended ?? .max, $0) < (talks[$1].ended ?? .max, $1) }
    case .figures:
      bucket.filter { talks[$0].figures != nil }
        .sorted { (talks[$0].figures ?? 0, $0) < (talks[$1].figures ?? 0, $1) }
    }
  }
}
