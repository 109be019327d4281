internal import Catchment
internal import JSONTape

/// Counters as Codex tells them: the input includes what the cache gave and what was put into it,
/// the output includes reasoning.
struct CodexCounters: Equatable {
  var input: Int64?
  var cached: Int64?
  var cacheWritten: Int64?
  var output: Int64?
  var reasoning: Int64?

  init?(_ value: JSONValue?) {
    guard let value, value.kind == .object else { return nil }
    input = value["input_tokens"]?.tokenCount
    cached = value["cached_input_tokens"]?.tokenCount
    cacheWritten = value["cache_write_input_tokens"]?.tokenCount
    output = value["output_tokens"]?.tokenCount
    reasoning = value["reasoning_output_tokens"]?.tokenCount
    guard input != nil || output != nil else { return nil }
  }

  /// What was added since `earlier`; a counter that fell has begun anew, and all of it was added.
  func since(_ earlier: CodexCounters?) -> CodexCounters {
    guard let earlier, !hasFallen(below: earlier) else { return self }
    var added = self
    added.input = Self.difference(input, earlier.input)
    added.cached = Self.difference(cached, earlier.cached)
    added.cacheWritten = Self.difference(cacheWritten, earlier.cacheWritten)
    added.output = Self.difference(output, earlier.output)
    added.reasoning = Self.difference(reasoning, earlier.reasoning)
    return added
  }

  var usage: TokenUsage {
    var usage = TokenUsage()
    usage.input = input.map { max($0 - (cached ?? 0) - (cacheWritten ?? 0), 0) }
    usage.output = output
    usage.cacheRead = cached
    usage.cacheWrite = cacheWritten
    usage.reasoning = reasoning
    return usage
  }

  private func hasFallen(below earlier: CodexCounters) -> Bool {
    [(input, earlier.input), (cached, earlier.cached), (output, earlier.output)]
      .contains { now, before in (now ?? 0) < (before ?? 0) }
  }

  private static func difference(_ now: Int64?, _ before: Int64?) -> Int64? {
    now.map { max($0 - (before ?? 0), 0) }
  }
}

/// Usage: of one response where records tell it, else from counters that repeat and begin anew.
extension CodexReader {
  /// A record of one response.
  mutating func takeUsageRecord(_ record: JSONValue, at time: Int64?) {
    guard let counters = CodexCounters(record["usage"]) else { return }
    threads[at].hasUsageRecords = true
    let response = unpaidResponse ?? newResponse(at: time)
    drafts.noteUpdate(of: response)
    drafts.messages[response].usage = counters.usage
    drafts.messages[response].responseID = drafts.keep(record["response_id"])
    threads[at].isOpen = false
  }

  /// Counters: the last response's, and those of all so far.
  ///
  /// They are told again when something else of the event changed, such as a limit.
  mutating func takeTokenCount(_ event: JSONValue, at time: Int64?) {
    let info = event["info"] ?? event
    let total = CodexCounters(info["total_token_usage"])
    let last = CodexCounters(info["last_token_usage"]) ?? CodexCounters(info)
    guard let added = last ?? total?.since(threads[at].lastTotal) else { return }
    let isRepeated = total != nil && total == threads[at].lastTotal
    threads[at].lastTotal = total ?? threads[at].lastTotal
    guard !isRepeated, !threads[at].hasUsageRecords else {
      drafts.entry.outcome = .duplicate
      return
    }
    pay(added.usage)
  }

  /// Gives usage to the response it was told with; some versions tell it before the response.
  mutating func pay(_ usage: TokenUsage) {
    drafts.entry.outcome = .updated
    if let response = unpaidResponse {
      drafts.messages[response].usage = usage
    } else if let response = threads[at].response, threads[at].isOpen {
      drafts.messages[response].usage.add(usage)
    } else {
      var pending = threads[at].pendingUsage ?? TokenUsage()
      pending.add(usage)
      threads[at].pendingUsage = pending
    }
  }

  /// Usage whose response was never told still was used: it goes to the one before, or stands alone.
  mutating func settleUsage() {
    guard let usage = threads[at].pendingUsage.take() else { return }
    let response = threads[at].response ?? newResponse(at: nil)
    drafts.messages[response].usage.add(usage)
    threads[at].isOpen = false
  }

  private var unpaidResponse: Int? {
    threads[at].response.flatMap { drafts.messages[$0].usage.isStated ? nil : $0 }
  }
}
