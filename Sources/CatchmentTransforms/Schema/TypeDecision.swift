/// Decides by the votes of its values what a column is, and says why.
struct TypeDecision {
  private let name: String
  private let votes: ColumnVotes
  private let threshold: Double
  private(set) var type = "VARCHAR"
  private(set) var formats: [String] = []
  private(set) var kind: SemanticKind?
  private(set) var evidence: [InferredColumn.Evidence] = []
  private var fitting = 0

  init(_ name: String, _ votes: ColumnVotes, threshold: Double) {
    (self.name, self.votes, self.threshold) = (name, votes, threshold)
    fitting = votes.values
    guard votes.values > 0 else { return }
    kind = decidedKind()
    decideType()
    explain()
  }

  /// Wilson's lower bound; nil without any value.
  var confidence: Double? {
    guard votes.values > 0 else { return nil }
    let (count, z) = (Double(votes.values), 1.96)
    let share = Double(fitting) / count
    let middle = share + z * z / (2 * count)
    let margin = z * (share * (1 - share) / count + z * z / (4 * count * count)).squareRoot()
    let bound = (middle - margin) / (1 + z * z / count)
    return (max(0, bound) * 1000).rounded() / 1000
  }

  /// By its values, or by its name alone: to hide too much harms nobody.
  var isSensitive: Bool {
    SemanticKind.allCases.indices.contains { place in
      let kind = SemanticKind.allCases[place]
      return kind.isSensitive
        && (votes.kinds[place].count * 10 >= max(1, votes.values) || kind.isHinted(by: name))
    }
  }

  private func isEnough(_ count: Int) -> Bool { Double(count) >= threshold * Double(votes.values) }

  // MARK: Kind

  /// The first that fits; what is proved by more comes first.
  private static let order: [SemanticKind] = [
    .uuid, .email, .url, .ipv4, .ipv6, .iban, .creditCard, .isbn, .ssn, .coordinates, .phone,
    .countryCode, .postalCode, .latitude, .longitude,
  ]

  private func decidedKind() -> SemanticKind? {
    Self.order.first { kind in
      guard isEnough(tally(kind).count) else { return false }
      if kind.isHinted(by: name) { return true }
      // One in ten numbers has a right check digit by chance.
      let isProved = ![.creditCard, .isbn].contains(kind) || votes.values >= 3
      return !kind.needsHint && isProved
    }
  }

  private func tally(_ kind: SemanticKind) -> ColumnVotes.Tally {
    SemanticKind.allCases.firstIndex(of: kind).map { votes.kinds[$0] } ?? .init()
  }

  // MARK: Type

  private mutating func decideType() {
    let (integers, wide) = (votes[.integer].count, votes[.wide].count)
    let padded = votes[.padded].count
    let decimals = integers + wide + votes[.decimal].count
    if kind == .uuid {
      accept("UUID", tally(.uuid).count)
    } else if let kind, ![.latitude, .longitude].contains(kind) {
      accept("VARCHAR", votes.values)
    } else if isEnough(votes[.boolean].count) {
      accept("BOOLEAN", votes[.boolean].count)
    } else if acceptDate() {
    } else if padded > 0 {
      accept("VARCHAR", votes.values)
    } else if isEnough(integers) {
      accept("BIGINT", integers)
    } else if isEnough(integers + wide) {
      accept("HUGEINT", integers + wide)
    } else if isEnough(decimals) {
      accept(fractionType, decimals)
    } else if isEnough(decimals + votes[.float].count) {
      accept("DOUBLE", decimals + votes[.float].count)
    } else {
      accept("VARCHAR", votes.values)
    }
  }

  private mutating func accept(_ type: String, _ count: Int) {
    (self.type, fitting) = (type, count)
  }

  /// Always as many digits after the point is how amounts are written; measurements are not.
  private var fractionType: String {
    guard let scale = votes.scale, scale.count == 1, scale.upperBound <= 4, votes[.wide].count == 0,
      votes.wholeDigits + scale.upperBound <= 16
    else { return "DOUBLE" }
    return "DECIMAL(18,\(scale.upperBound))"
  }

  private mutating func acceptDate() -> Bool {
    let counts = votes.dates.map(\.count)
    guard let most = counts.max(), most > 0, isEnough(most),
      let place = counts.firstIndex(of: most)
    else { return false }
    let pattern = DatePattern.all[place]
    // Other numbers of eight digits are rarely all of them days.
    if pattern.format == DatePattern.compact.format, most < votes.values || votes.values < 3 {
      return false
    }
    accept(pattern.type, most)
    if !pattern.isNative { formats = [pattern.format] }
    note(most, "are written as \(pattern.format)", votes.dates[place].examples)
    noteReversed(pattern, most)
    return true
  }

  /// Says so when nothing tells the day from the month.
  private mutating func noteReversed(_ pattern: DatePattern, _ count: Int) {
    guard let reversed = pattern.reversed,
      let other = DatePattern.all.firstIndex(where: { $0.format == reversed }),
      votes.dates[other].count == count
    else { return }
    note(count, "could be \(reversed) as well: nothing tells the day from the month", [])
    fitting = count / 2
  }

  // MARK: Evidence

  private mutating func note(_ count: Int, _ test: String, _ examples: [String]) {
    guard count > 0 else { return }
    evidence.append(.init(count: count, of: votes.values, test: test, examples: examples))
  }

  /// Everything that a tenth of the values say, and what does not fit.
  private mutating func explain() {
    let isTemporal = !evidence.isEmpty
    for kind in Self.order {
      let tally = tally(kind)
      let isTold = kind == self.kind || tally.count * 10 >= votes.values && !kind.needsHint
      guard isTold, !(isTemporal && kind == .phone) else { continue }
      let isNamed = kind == self.kind && kind.isHinted(by: name)
      note(tally.count, isNamed ? "\(kind.test), as the name says" : kind.test, tally.examples)
    }
    for form in LexicalForm.allCases where isWorthTelling(form, isTemporal) {
      note(votes[form].count, form.test, votes[form].examples)
    }
  }

  private func isWorthTelling(_ form: LexicalForm, _ isTemporal: Bool) -> Bool {
    if isTemporal || kind != nil { return form == .text && fitting < votes.values && kind != nil }
    return true
  }
}
