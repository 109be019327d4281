/// Counters that a platform goes on counting up, with an input that includes what the cache gave and
/// what was put into it, and an output that includes reasoning.
struct CumulativeCounters: Equatable {
  var input: Int64?
  var output: Int64?
  var cacheRead: Int64?
  var cacheWrite: Int64?
  var reasoning: Int64?

  /// What was added since `earlier`; a counter that fell has begun anew, and all of it was added.
  func since(_ earlier: CumulativeCounters?) -> CumulativeCounters {
    guard let earlier, !hasFallen(below: earlier) else { return self }
    return CumulativeCounters(
      input: Self.difference(input, earlier.input),
      output: Self.difference(output, earlier.output),
      cacheRead: Self.difference(cacheRead, earlier.cacheRead),
      cacheWrite: Self.difference(cacheWrite, earlier.cacheWrite),
      reasoning: Self.difference(reasoning, earlier.reasoning))
  }

  /// The same in counters that do not overlap.
  var usage: TokenUsage {
    TokenUsage(
      input: input.map { max($0 - (cacheRead ?? 0) - (cacheWrite ?? 0), 0) }, output: output,
      cacheRead: cacheRead, cacheWrite: cacheWrite, reasoning: reasoning)
  }

  private func hasFallen(below earlier: CumulativeCounters) -> Bool {
    [(input, earlier.input), (output, earlier.output), (cacheRead, earlier.cacheRead)]
      .contains { now, before in (now ?? 0) < (before ?? 0) }
  }

  private static func difference(_ now: Int64?, _ before: Int64?) -> Int64? {
    now.map { max($0 - (before ?? 0), 0) }
  }
}
