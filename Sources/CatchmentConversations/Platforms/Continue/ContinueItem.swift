internal import JSONTape

/// An item of a session's history, as it is told to the drafts.
struct ContinueItem {
  private let item: JSONValue
  private let message: JSONValue?
  private let writer: JSONText

  init(_ item: JSONValue) {
    self.item = item
    message = item["message"]
    writer = message?.text("role") ?? .none
  }

  var role: MessageDraft.Role {
    switch writer {
    case "user": .user
    case "assistant", "thinking": .assistant
    case "tool": .tool
    default: .system
    }
  }

  var kind: StaticString {
    switch writer {
    case "user": "prompt"
    case "assistant": "response"
    case "thinking": "thinking"
    case "tool": "tool_result"
    default: "system"
    }
  }

  /// A fingerprint of an answer's words, by which the log speaks of it.
  var answer: UInt64? {
    guard writer == "assistant", let words = message?["content"]?.text, !words.isEmpty else {
      return nil
    }
    return words.fingerprint
  }

  func tell(_ drafts: ConversationDrafts, _ place: Int, name: Slice) {
    switch writer {
    case "user", "assistant", "thinking", "tool", "system": break
    default: drafts.noteUnknown("the role “\(writer)”")
    }
    tellReasoning(drafts, place)
    if writer == "tool" {
      tellResult(drafts, place)
    } else {
      addContent(message?["content"], drafts, place)
    }
    for context in item.list("contextItems") {
      drafts.addBlock(type: "context", context, to: place)
    }
    tellCalls(drafts, place, name)
    drafts.messages[place].model = drafts.keep(item.list("promptLogs").last?["modelTitle"])
    if let usage = message?["usage"], usage.kind == .object {
      drafts.messages[place].usage = TokenUsage(continue: usage)
    }
    if let summary = drafts.keep(item["conversationSummary"]), !summary.isEmpty {
      let conversation = drafts.messages[place].conversation
      drafts.summary(
        JSONText(bytes: name).description, summary, type: "compaction", in: conversation,
        at: nil, covers: drafts.order[conversation].filter { $0 <= place })
    }
  }

  private func tellReasoning(_ drafts: ConversationDrafts, _ place: Int) {
    guard let reasoning = item["reasoning"] else { return }
    drafts.addThinking(reasoning["text"], to: place)
    drafts.messages[place].started = reasoning["startAt"]?.time
    drafts.messages[place].ended = reasoning["endAt"]?.time
  }

  private func addContent(_ content: JSONValue?, _ drafts: ConversationDrafts, _ place: Int) {
    guard let content else { return }
    guard content.kind == .array else {
      return writer == "thinking"
        ? drafts.addThinking(content, to: place) : drafts.addText(content, to: place)
    }
    for part in content.elements where part.kind == .object {
      switch part.text("type") {
      case "text": drafts.addText(part["text"], to: place)
      case "imageUrl": drafts.addBlock(type: "image", part, to: place)
      default: drafts.addBlock(part, to: place)
      }
    }
  }
}

/// Calls and their results.
extension ContinueItem {
  private func tellCalls(_ drafts: ConversationDrafts, _ place: Int, _ name: Slice) {
    for (number, call) in (message?.list("toolCalls") ?? []).enumerated() {
      let function = call["function"]
      let id = drafts.keep(call["id"]) ?? drafts.arena.keep("\(JSONText(bytes: name))/\(number)")
      drafts.addCall(
        id, name: drafts.keep(function?["name"]) ?? JSONText.none.bytes,
        input: drafts.embedded(function?["arguments"]), to: place)
    }
    let states = item.list("toolCallStates")
    for state in states.isEmpty ? [item["toolCallState"]].compactMap(\.self) : states {
      guard let id = drafts.keep(state["toolCallId"]) else { continue }
      drafts.result(result(state, drafts), of: id, in: drafts.messages[place].conversation)
    }
  }

  private func result(_ state: JSONValue, _ drafts: ConversationDrafts) -> ToolResult {
    var result = ToolResult()
    if let output = state["output"], output.kind == .array, output.count > 0 {
      result.output = drafts.slice(output)
    }
    switch state.text("status") {
    case "done": result.isError = false
    case "errored": result.isError = true
    default: break
    }
    return result
  }

  /// What a call's state has shown already is not said again.
  private func tellResult(_ drafts: ConversationDrafts, _ place: Int) {
    let conversation = drafts.messages[place].conversation
    guard let id = drafts.keep(message?["toolCallId"]),
      let call = drafts.known(call: id, in: conversation)
    else { return addContent(message?["content"], drafts, place) }
    var result = ToolResult()
    if drafts.calls[call].result?.output == nil {
      result.output = drafts.embedded(message?["content"])
    }
    drafts.addResult(result, of: id, to: place)
  }
}

/// The names of a session's messages, which have none of their own: the prompts that led to each,
/// and its place.
///
/// So a message that is written anew, as an answer is while it is streamed, keeps its name; one that
/// comes after an edited prompt gets another, and what it replaces is kept beside it.
struct ContinueNames {
  private var prompts: UInt64 = 0
  private var count = 0

  mutating func next(_ item: JSONValue) -> String {
    if let message = item["message"], message.text("role") == "user" {
      let words = message["content"]?.text ?? message["content"]?.sourceText ?? .none
      prompts = (prompts ^ words.fingerprint) &* 0x9e37_79b9_7f4a_7c15
    }
    defer { count += 1 }
    return "\(String(prompts, radix: 16))/\(count)"
  }
}

extension TokenUsage {
  /// Usage as Continue writes it: the input does not include what is read from a cache.
  init(continue usage: JSONValue) {
    self.init()
    input = usage["promptTokens"]?.tokenCount
    output = usage["completionTokens"]?.tokenCount
    cacheRead = usage["promptTokensDetails"]?["cachedTokens"]?.tokenCount
    cacheWrite = usage["promptTokensDetails"]?["cacheWriteTokens"]?.tokenCount
    reasoning = usage["completionTokensDetails"]?["reasoningTokens"]?.tokenCount
  }
}
