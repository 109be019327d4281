internal import JSONTape

/// The tokens that a response, or a whole conversation, used.
///
/// Absent counters are nil, never 0. The counters are disjoint but for two: `cacheWriteHour` is a
/// part of `cacheWrite`, and `reasoning` one of `output`. Platforms that count the cached part inside
/// their input figure, or reasoning outside their output figure, are brought to this form by their
/// readers.
struct TokenUsage {
  /// Without what came from the cache.
  var input: Int64?
  var output: Int64?
  var cacheRead: Int64?
  var cacheWrite: Int64?
  var cacheWriteHour: Int64?
  var reasoning: Int64?

  /// Whether any counter is known.
  var isStated: Bool { input != nil || output != nil || cacheRead != nil || cacheWrite != nil }

  /// Adds another response's counters; what neither states stays unknown.
  mutating func add(_ other: TokenUsage) { unite(other, &+) }

  /// Puts each counter together with another's; one that only one of them states is taken as it is.
  mutating func unite(_ other: TokenUsage, _ combine: (Int64, Int64) -> Int64) {
    func united(_ a: Int64?, _ b: Int64?) -> Int64? {
      guard let a, let b else { return a ?? b }
      return combine(a, b)
    }
    input = united(input, other.input)
    output = united(output, other.output)
    cacheRead = united(cacheRead, other.cacheRead)
    cacheWrite = united(cacheWrite, other.cacheWrite)
    cacheWriteHour = united(cacheWriteHour, other.cacheWriteHour)
    reasoning = united(reasoning, other.reasoning)
  }

  /// Takes the cached part out of an input figure that includes it.
  mutating func separateCachedInput() {
    guard let input, let cacheRead else { return }
    self.input = max(input - cacheRead, 0)
  }
}

extension JSONValue {
  /// A count of tokens: a whole number that is not negative, sometimes written as text or with a
  /// fraction of zero.
  ///
  /// One that is absurdly large (over 2^53) is a mistake, not a fact.
  var tokenCount: Int64? {
    let number = int64 ?? text.flatMap { Int64(String($0)) } ?? wholeDouble
    guard let number, number >= 0, number < 1 << 53 else { return nil }
    return number
  }

  private var wholeDouble: Int64? { double.flatMap { Int64(exactly: $0) } }
}
