internal import Catchment
internal import JSONTape

/// What one model has used, as the CLI tells it when it ends.
extension CumulativeCounters {
  init(copilot usage: JSONValue?) {
    input = usage?["inputTokens"]?.tokenCount
    output = usage?["outputTokens"]?.tokenCount
    cacheRead = usage?["cacheReadTokens"]?.tokenCount
    cacheWrite = usage?["cacheWriteTokens"]?.tokenCount
    reasoning = usage?["reasoningTokens"]?.tokenCount
  }

  /// What was added since `earlier`, when the responses since then have stated so much output.
  ///
  /// Newer versions go on counting when a session is resumed, older ones began anew: they did when a
  /// counter fell, or when less was added to the output than the responses say.
  func since(_ earlier: CumulativeCounters?, stated: Int64) -> CumulativeCounters {
    let added = (output ?? 0) - (earlier?.output ?? 0)
    return added < stated ? self : since(earlier)
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
    let counters = CumulativeCounters(copilot: usage)
    let added = counters.since(sessions[at].counters[name], stated: stated)
    sessions[at].counters[name] = counters
    let response = responses.last ?? message(.assistant, "response", "\(name)/usage", at: time)
    for place in responses + [response] where drafts.messages[place].model == nil {
      drafts.messages[place].model = drafts.arena.keep(name)
    }
    var used = added.usage
    used.output = used.output.map { max($0 - stated, 0) }
    drafts.messages[response].usage.add(used)
    drafts.noteUpdate(of: response)
  }

  /// Whether a response is a model's; `openai/gpt-5` is `gpt-5` by another name.
  private func isOf(_ name: String, _ response: Int, isOnly: Bool) -> Bool {
    guard let model = drafts.messages[response].model else { return isOnly }
    return model.string.split(separator: "/").last.map(String.init) == name
      || model.string == name
  }
}
