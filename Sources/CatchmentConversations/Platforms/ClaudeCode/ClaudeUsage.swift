internal import JSONTape

/// What one API response used.
///
/// Absent counters are nil, never 0.
///
/// The four token counters are disjoint: input excludes what the cache gave. A response is streamed
/// over several lines that repeat the usage, with an output count that grows, so lines of one
/// response are united by taking each counter's maximum.
struct ClaudeUsage {
  var input: Int64?
  var output: Int64?
  var cacheRead: Int64?
  var cacheWrite: Int64?
  /// The part of `cacheWrite` that is kept for an hour, at twice the input price.
  var cacheWriteHour: Int64?
  /// The part of `output` that was thinking.
  var reasoning: Int64?

  /// Whether any counter is known.
  var isStated: Bool { input != nil || output != nil || cacheRead != nil || cacheWrite != nil }

  init() {}

  init(_ usage: JSONValue) {
    for (key, value) in usage.members {
      switch key {
      case "input_tokens": input = Self.count(value)
      case "output_tokens": output = Self.count(value)
      case "cache_read_input_tokens": cacheRead = Self.count(value)
      case "cache_creation_input_tokens": cacheWrite = Self.count(value)
      case "cache_creation":
        cacheWriteHour = value["ephemeral_1h_input_tokens"].flatMap(Self.count)
      case "output_tokens_details":
        reasoning = value["thinking_tokens"].flatMap(Self.count)
      default: break
      }
    }
  }

  /// Unites what another line says of the same response.
  mutating func formMaximum(_ other: ClaudeUsage) {
    input = Self.larger(input, other.input)
    output = Self.larger(output, other.output)
    cacheRead = Self.larger(cacheRead, other.cacheRead)
    cacheWrite = Self.larger(cacheWrite, other.cacheWrite)
    cacheWriteHour = Self.larger(cacheWriteHour, other.cacheWriteHour)
    reasoning = Self.larger(reasoning, other.reasoning)
  }

  /// Adds another response's counters; what neither states stays unknown.
  mutating func add(_ other: ClaudeUsage) {
    input = Self.sum(input, other.input)
    output = Self.sum(output, other.output)
    cacheRead = Self.sum(cacheRead, other.cacheRead)
    cacheWrite = Self.sum(cacheWrite, other.cacheWrite)
    cacheWriteHour = Self.sum(cacheWriteHour, other.cacheWriteHour)
    reasoning = Self.sum(reasoning, other.reasoning)
  }

  /// A count is a whole number that is not negative, sometimes written as text.
  ///
  /// One that is absurdly large (over 2^53) is a mistake, not a fact.
  private static func count(_ value: JSONValue) -> Int64? {
    let number = value.int64 ?? value.text.flatMap { Int64(String($0)) }
    guard let number, number >= 0, number < 1 << 53 else { return nil }
    return number
  }

  private static func larger(_ a: Int64?, _ b: Int64?) -> Int64? {
    guard let a, let b else { return a ?? b }
    return max(a, b)
  }

  private static func sum(_ a: Int64?, _ b: Int64?) -> Int64? {
    guard let a, let b else { return a ?? b }
    return a &+ b
  }
}
