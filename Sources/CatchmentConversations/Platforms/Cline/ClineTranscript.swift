internal import Catchment
internal import JSONTape

/// Reads the messages of a session of the Cline command.
struct ClineTranscript {
  let drafts: ConversationDrafts
  let conversation: Int

  init(_ drafts: ConversationDrafts, _ conversation: Int) {
    self.drafts = drafts
    self.conversation = conversation
  }

  func take(_ value: JSONValue, at index: Int) {
    guard value.kind == .object else {
      drafts.entry.issue = .init("entry_malformed", "message \(index) is no object; left out")
      return
    }
    let content = value["content"]
    let isResponse = value["role"]?.text == "assistant"
    let message = drafts.message(
      value["id"]?.words ?? "#\(index)", in: conversation, isResponse ? .assistant : .user,
      kind: isResponse ? "response" : drafts.isOnlyResults(content) ? "tool_result" : "prompt")
    drafts.messages[message].started = value["ts"]?.time
    drafts.addContent(content, to: message) { failure($0) }
    if isResponse { addUsage(value, to: message) } else { notePrompt(content) }
  }

  /// `inputTokens` is the whole prompt: its price at list rates is that of the part that came from
  /// the cache and of the rest.
  private func addUsage(_ value: JSONValue, to message: Int) {
    drafts.messages[message].model = drafts.keep(value["modelInfo"]?["id"])
    drafts.messages[message].metadata.set("provider", value["modelInfo"]?["provider"])
    guard let metrics = value["metrics"] else { return }
    var usage = TokenUsage(
      input: metrics["inputTokens"]?.tokenCount, output: metrics["outputTokens"]?.tokenCount,
      cacheRead: metrics["cacheReadTokens"]?.tokenCount,
      cacheWrite: metrics["cacheWriteTokens"]?.tokenCount)
    let cached = (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0)
    if let input = usage.input, input >= cached { usage.input = input - cached }
    drafts.messages[message].usage = usage
    drafts.messages[message].cost = metrics["cost"]?.dollars
  }

  /// The first thing a person asked, without the tag around it.
  private func notePrompt(_ content: JSONValue?) {
    guard
      let text = content?.text ?? content?.elements.lazy.compactMap({ $0["text"]?.text }).first
    else { return }
    var words = text.bytes
    if words.starts(with: "<user_input"), let end = words.firstIndex(of: UInt8(ascii: ">")) {
      let rest = words[words.index(after: end)...].prefix { $0 != UInt8(ascii: "<") }
      words = Slice(rebasing: rest)
    }
    drafts.notePrompt(words, in: conversation)
  }

  /// A result says whether it succeeded, once or for each thing that was asked.
  private func failure(_ content: JSONValue) -> Bool? {
    if content.kind == .array { return failure(ofAll: content) }
    guard let facts = drafts.nested(content) else { return nil }
    if facts.kind == .array { return failure(ofAll: facts) }
    return facts["success"]?.boolean.map { !$0 } ?? facts["error"]?.words.map { _ in true }
  }

  private func failure(ofAll results: JSONValue) -> Bool? {
    let stated = results.elements.compactMap { $0["success"]?.boolean }
    return stated.isEmpty ? nil : stated.contains(false)
  }
}

/// What the Cline command says of a session beside its messages.
enum ClineSession {
  static func describe(_ session: JSONValue, _ draft: inout ConversationDraft) {
    draft.model = session["model"]?.words ?? draft.model
    draft.workspace = session["cwd"]?.words ?? session["workspace_root"]?.words ?? draft.workspace
    draft.createdAt = session["started_at"]?.time ?? draft.createdAt
    draft.updatedAt = session["ended_at"]?.time ?? draft.updatedAt
    draft.statedCost = session["metadata"]?["usage"]?["totalCost"]?.dollars ?? draft.statedCost
    draft.parent = session["parent_session_id"]?.words ?? draft.parent
    draft.isSidechain = draft.parent != nil
    draft.metadata.set("provider", session["provider"])
    draft.metadata.set("status", session["status"])
  }
}
