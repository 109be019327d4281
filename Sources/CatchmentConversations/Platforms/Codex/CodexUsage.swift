internal import Catchment
internal import JSONTape

extension CumulativeCounters {
  /// As Codex tells them; nil when neither input nor output is counted.
  init?(codex value: JSONValue?) {
    guard let value, value.kind == .object else { return nil }
    input = value["input_tokens"]?.tokenCount
    output = value["output_tokens"]?.tokenCount
    cacheRead = value["cached_input_tokens"]?.tokenCount
    cacheWrite = value["cache_write_input_tokens"]?.tokenCount
    reasoning = value["reasoning_output_tokens"]?.tokenCount
    guard input != nil || output != nil else { return nil }
  }
}

/// Usage: of one response where records tell it, else from counters that repeat and begin anew.
extension CodexReader {
  /// A record of one response.
  mutating func takeUsageRecord(_ record: JSONValue, at time: Int64?) {
    guard let counters = CumulativeCounters(codex: record["usage"]) else { return }
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
    let total = CumulativeCounters(codex: info["total_token_usage"])
    let last =
      CumulativeCounters(codex: info["last_token_usage"]) ?? CumulativeCounters(codex: info)
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
