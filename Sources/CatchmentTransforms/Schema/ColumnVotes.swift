internal import DuckDB

/// What the values of a column say that they are, one vote each.
struct ColumnVotes {
  /// How many values voted for something, and a few of them.
  struct Tally {
    private static let examplesWanted = 3
    var count = 0
    var examples: [String] = []

    mutating func add(_ text: @autoclosure () -> String) {
      count += 1
      guard examples.count < Self.examplesWanted else { return }
      let text = text()
      if !examples.contains(text) { examples.append(text) }
    }
  }

  /// Values that are there; blank ones are not.
  private(set) var values = 0
  private(set) var missing = 0
  private(set) var blanks = 0
  private(set) var forms = [Tally](repeating: Tally(), count: LexicalForm.allCases.count)
  private(set) var kinds = [Tally](repeating: Tally(), count: SemanticKind.allCases.count)
  private(set) var dates = [Tally](repeating: Tally(), count: DatePattern.all.count)
  /// The most digits before a point, and the fewest and most after it.
  private(set) var wholeDigits = 0
  private(set) var scale: ClosedRange<Int>?

  subscript(form: LexicalForm) -> Tally { forms[form.rawValue] }

  /// Counts one vector of texts.
  mutating func add(_ texts: Vector, rows: Int) {
    for row in 0..<rows {
      if texts.isNull(at: row) {
        missing += 1
      } else {
        texts.withBytes(at: row) { add(ValueText($0)) }
      }
    }
  }

  mutating func add(_ value: ValueText) {
    guard !value.isEmpty else {
      blanks += 1
      return
    }
    values += 1
    let fitting = SemanticKind.allCases.indices.filter { SemanticKind.allCases[$0].fits(value) }
    let isSensitive = fitting.contains { SemanticKind.allCases[$0].isSensitive }
    func shown() -> String { isSensitive ? value.mask : String(value.string.prefix(40)) }
    for place in fitting { kinds[place].add(shown()) }
    let form = LexicalForm(value)
    forms[form.rawValue].add(shown())
    if form == .decimal || form == .integer { measure(value) }
    guard form != .boolean, DatePattern.mayFit(value) else { return }
    for place in DatePattern.all.indices where DatePattern.all[place].fits(value) {
      dates[place].add(shown())
    }
  }

  private mutating func measure(_ value: ValueText) {
    let whole = value.bytes.prefix { $0 != UInt8(ascii: ".") }
    wholeDigits = max(wholeDigits, whole.count { $0.isDigit })
    guard value.dots == 1 else { return }
    let after = value.count - whole.count - 1
    let known = scale ?? after...after
    scale = min(known.lowerBound, after)...max(known.upperBound, after)
  }
}
