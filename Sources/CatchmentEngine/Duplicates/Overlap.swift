/// What two conversations have in common, counted exactly.
struct Overlap: Equatable {
  /// Different shingles that are in both.
  var shared = 0
  /// Different shingles that are in either.
  var total = 0
  /// Of a model's words: in both, and in the one that has fewer.
  var sharedOfModel = 0
  var fewestOfModel = 0

  /// Jaccard's index.
  var similarity: Double { total == 0 ? 0 : Double(shared) / Double(total) }

  /// Whether this is one talk, and not one prompt with two answers.
  ///
  /// A person may type the same thing twice; a model does not say the same at length twice. So what
  /// the model said must be in common, and it must be enough of it, unless both began in the same
  /// second.
  func isSameTalk(_ a: Talk, _ b: Talk) -> Bool {
    guard similarity > Nearness.similarity else { return false }
    let agrees = Double(sharedOfModel) >= Nearness.modelShare * Double(fewestOfModel)
    return agrees && (fewestOfModel >= Nearness.modelShingles || a.beganWith(b))
  }
}

/// The different shingles of a conversation, and those of them that a model said, each in order.
struct ShingleSet {
  private var all: ContiguousArray<UInt64> = []
  private var model: ContiguousArray<UInt64> = []

  mutating func add(_ shingle: UInt64, isModel: Bool) {
    all.append(shingle)
    if isModel { model.append(shingle) }
  }

  /// Must be called before it is compared.
  mutating func seal() {
    all = Self.distinct(all)
    model = Self.distinct(model)
  }

  func overlap(with other: ShingleSet) -> Overlap {
    let shared = Self.common(all, other.all)
    return Overlap(
      shared: shared, total: all.count + other.all.count - shared,
      sharedOfModel: Self.common(model, other.model),
      fewestOfModel: min(model.count, other.model.count))
  }

  private static func distinct(_ values: ContiguousArray<UInt64>) -> ContiguousArray<UInt64> {
    var distinct: ContiguousArray<UInt64> = []
    for value in values.sorted() where value != distinct.last { distinct.append(value) }
    return distinct
  }

  private static func common(
    _ a: ContiguousArray<UInt64>, _ b: ContiguousArray<UInt64>
  ) -> Int {
    var (left, right, count) = (0, 0, 0)
    while left < a.count, right < b.count {
      if a[left] == b[right] { count += 1 }
      let (x, y) = (a[left], b[right])
      if x <= y { left += 1 }
      if y <= x { right += 1 }
    }
    return count
  }
}
