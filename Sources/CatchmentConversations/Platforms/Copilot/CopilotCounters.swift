internal import Catchment
internal import JSONTape

/// What one model has used, as the CLI tells it when it ends: the input includes the cache's part.
struct CopilotCounters {
  var input: Int64?
  var output: Int64?
  var cacheRead: Int64?
  var cacheWrite: Int64?
  var reasoning: Int64?

  init(_ usage: JSONValue?) {
    input = usage?["inputTokens"]?.tokenCount
    output = usage?["outputTokens"]?.tokenCount
    cacheRead = usage?["cacheReadTokens"]?.tokenCount
    cacheWrite = usage?["cacheWriteTokens"]?.tokenCount
    reasoning = usage?["reasoningTokens"]?.tokenCount
  }

  /// What was added since `earlier`.
  ///
  /// Newer versions go on counting when a session is resumed, older ones began anew. They began anew
  /// when a counter fell, or when less was added to the output than the responses since then say.
  func since(_ earlier: CopilotCounters?, stated: Int64) -> CopilotCounters {
    guard let earlier, !hasFallen(below: earlier) else { return self }
    let added = (output ?? 0) - (earlier.output ?? 0)
    guard added >= stated else { return self }
    var difference = self
    difference.input = Self.difference(input, earlier.input)
    difference.output = Self.difference(output, earlier.output)
    difference.cacheRead = Self.difference(cacheRead, earlier.cacheRead)
    difference.cacheWrite = Self.difference(cacheWrite, earlier.cacheWrite)
    difference.reasoning = Self.difference(reasoning, earlier.reasoning)
    return difference
  }

  /// - Parameter stated: the output that responses have stated already.
  func usage(without stated: Int64) -> TokenUsage {
    var usage = TokenUsage()
    usage.input = input.map { max($0 - (cacheRead ?? 0) - (cacheWrite ?? 0), 0) }
    usage.output = output.map { max($0 - stated, 0) }
    usage.cacheRead = cacheRead
    usage.cacheWrite = cacheWrite
    usage.reasoning = reasoning
    return usage
  }

  private func hasFallen(below earlier: CopilotCounters) -> Bool {
    [(input, earlier.input), (output, earlier.output), (cacheRead, earlier.cacheRead)]
      .contains { now, before in (now ?? 0) < (before ?? 0) }
  }

  private static func difference(_ now: Int64?, _ before: Int64?) -> Int64? {
    now.map { $0 - (before ?? 0) }
  }
}

/// Usage of the CLI: the output is told with each response, all else when the program ends.
extension CopilotReader {
  mutating func takeShutdown(_ data: JSONValue, at time: Int64?) {
    noteConversation()
    let place = conversation
    drafts.conversations[place].metadata.set("premium_requests", data["totalPremiumRequests"])
    drafts.conversations[place].metadata.set("nano_aiu", data["totalNanoAiu"])
    let metrics = data["modelMetrics"]
    for (model, metric) in metrics?.members.map({ ($0.key, $0.value) }) ?? [] {
      takeMetric(metric["usage"], model, isOnly: metrics?.count == 1, at: time)
    }
    sessions[at].leg.removeAll()
    sessions[at].response = nil
  }

  private mutating func takeMetric(
    _ usage: JSONValue?, _ model: JSONText, isOnly: Bool, at time: Int64?
  ) {
    let name = model.description
    let responses = sessions[at].leg.filter { isOf(name, $0, isOnly: isOnly) }
    let stated = responses.reduce(0) { $0 + (drafts.messages[$1].usage.output ?? 0) }
    let counters = CopilotCounters(usage)
    let added = counters.since(sessions[at].counters[name], stated: stated)
    sessions[at].counters[name] = counters
    let response = responses.last ?? message(.assistant, "response", "\(name)/usage", at: time)
    for place in responses + [response] where drafts.messages[place].model == nil {
      drafts.messages[place].model = drafts.arena.keep(name)
    }
    drafts.messages[response].usage.add(added.usage(without: stated))
    drafts.noteUpdate(of: response)
  }

  /// Whether a response is a model's; `openai/gpt-5` is `gpt-5` by another name.
  private func isOf(_ name: String, _ response: Int, isOnly: Bool) -> Bool {
    guard let model = drafts.messages[response].model else { return isOnly }
    return model.string.split(separator: "/").last.map(String.init) == name
      || model.string == name
  }
}
