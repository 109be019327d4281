internal import DuckDB

/// Puts conversations that are the same talk together, level by level, and keeps one of each.
///
/// Within a level they are taken in an order of their own, the one to be kept first; each joins the
/// first that is kept and is the same, or is kept itself. So the result does not depend on the order
/// of imports. Whoever joined is not looked at on the next level.
struct Clusters {
  /// In the order of `Talk.earlier`.
  private let talks: [Talk]
  /// Pairs that the user said are different.
  private let undone: Set<UnorderedPair>
  private(set) var decisions: [Decision] = []
  private var joined: Set<Int> = []
  private var told: Set<UnorderedPair> = []

  init(_ talks: [Talk], undone: Set<UnorderedPair>) {
    self.talks = talks
    self.undone = undone
  }

  // MARK: The same bytes, the same content

  mutating func joinRaw() {
    join(.raw, by: \.rawKey) { _, _ in true }
  }

  /// A short talk may be had twice: then both must have been at the same time.
  mutating func joinContent() {
    join(.content, by: \.contentKey) { kept, other in
      kept.signature.modelShingles >= Nearness.modelShingles || kept.isSimultaneous(with: other)
    }
  }

  private mutating func join(
    _ level: DuplicatePolicy.Level, by key: (Talk) -> String?, _ isSame: (Talk, Talk) -> Bool
  ) {
    var groups: [String: [Int]] = [:]
    for place in talks.indices where !joined.contains(place) {
      if let key = key(talks[place]) { groups[key, default: []].append(place) }
    }
    for group in groups.values where group.count > 1 {
      var kept: [Int] = []
      for place in group {
        let found = kept.suffix(Bands.reach).first {
          isSame(talks[$0], talks[place]) && decide(level, kept: $0, place)
        }
        if found == nil { kept.append(place) }
      }
    }
  }

  /// Notes that a talk is the same as one that is kept; false when the user said that it is not.
  private mutating func decide(
    _ level: DuplicatePolicy.Level, kept: Int, _ place: Int, estimate: Double? = nil,
    _ overlap: Overlap? = nil
  ) -> Bool {
    let pair = UnorderedPair(talks[kept].id, talks[place].id)
    let isUndone = undone.contains(pair)
    if !isUndone { joined.insert(place) }
    if told.insert(pair).inserted {
      decisions.append(
        Decision(
          level: level, kept: talks[kept], duplicate: talks[place], isUndone: isUndone,
          estimate: estimate, overlap: overlap))
    }
    return !isUndone
  }

  // MARK: Nearly the same words

  /// In rounds: whom a talk joins depends on whom those that are like it joined, and what is not
  /// known of a pair is read for all of a round at once.
  ///
  /// Each round learns a pair or more and there are only so many, so it ends; stopping before that
  /// would make the result depend on what earlier imports had learned.
  mutating func joinSimilar(_ bands: inout Bands, _ overlaps: inout OverlapIndex)
    throws(DuckDBError)
  {
    let free = talks.indices.filter { !joined.contains($0) }
    let order = free.sorted { Talk.fuller(talks[$0], talks[$1]) }
    let freeTalks = free.map { talks[$0] }
    let pairs = bands.pairs(among: freeTalks).map { Bands.Pair(free[$0.first], free[$0.second]) }
    guard !pairs.isEmpty else { return }
    try overlaps.learn(pairs, talks)
    let chooser = Chooser(talks: talks, order: order, pairs: pairs, undone: undone)
    var choice = chooser.choose(overlaps)
    while !choice.unknown.isEmpty {
      try overlaps.learn(choice.unknown, talks)
      choice = chooser.choose(overlaps)
    }
    for (kept, place) in choice.same {
      let (a, b) = (talks[kept], talks[place])
      _ = decide(
        .similar, kept: kept, place, estimate: a.signature.similarity(to: b.signature),
        overlaps[.init(kept, place)])
    }
  }
}

/// Says whom each talk joins, as far as is known.
private struct Chooser {
  let talks: [Talk]
  /// The one to be kept first.
  let order: [Int]
  let undone: Set<UnorderedPair>
  private var rank: [Int: Int] = [:]
  private var alike: [Int: [Int]] = [:]

  struct Choice {
    /// The one that is kept, and the other; those that the user said are different among them.
    var same: [(kept: Int, place: Int)] = []
    var unknown: [Bands.Pair] = []
  }

  init(talks: [Talk], order: [Int], pairs: [Bands.Pair], undone: Set<UnorderedPair>) {
    self.talks = talks
    self.order = order
    self.undone = undone
    for (number, place) in order.enumerated() { rank[place] = number }
    for pair in pairs {
      alike[pair.first, default: []].append(pair.second)
      alike[pair.second, default: []].append(pair.first)
    }
  }

  func choose(_ overlaps: OverlapIndex) -> Choice {
    var choice = Choice()
    var keepers: [Int: Int] = [:]
    for place in order {
      keepers[place] = place
      for kept in candidates(for: place, keepers) {
        let pair = Bands.Pair(kept, place)
        guard let overlap = overlaps[pair] else {
          choice.unknown.append(pair)
          keepers[place] = kept
          break
        }
        guard overlap.isSameTalk(talks[kept], talks[place]) else { continue }
        choice.same.append((kept, place))
        if undone.contains(UnorderedPair(talks[kept].id, talks[place].id)) { continue }
        keepers[place] = kept
        break
      }
    }
    return choice
  }

  /// Those that are kept, and near and like it or joined by one that is: of five copies the one that
  /// is kept may be cut short at another time than this one was copied.
  private func candidates(for place: Int, _ keepers: [Int: Int]) -> [Int] {
    guard let alike = alike[place] else { return [] }
    let kept = Set(alike.compactMap { keepers[$0] }).filter { kept in
      kept != place && talks[kept].isComparable(with: talks[place])
        && talks[kept].signature.similarity(to: talks[place].signature) >= Nearness.estimate
    }
    return kept.sorted { (rank[$0] ?? 0) < (rank[$1] ?? 0) }
  }
}

extension Talk {
  /// SHA-256 of nothing: of a conversation whose records are not known.
  private static let nothing =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

  /// One record may make several conversations: so their content must be the same too.
  fileprivate var rawKey: String? {
    rawChecksum.isEmpty || rawChecksum == Self.nothing ? nil : rawChecksum + contentHash
  }

  fileprivate var contentKey: String? { contentHash.isEmpty ? nil : contentHash }
}
