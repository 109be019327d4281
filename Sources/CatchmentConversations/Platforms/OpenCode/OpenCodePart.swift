internal import JSONTape

/// Tells a part of a message.
struct OpenCodePart {
  private let drafts: ConversationDrafts
  private let message: Int
  /// Whether the message states what it used: its steps say the same once more.
  private let statesUsage: Bool

  init(_ drafts: ConversationDrafts, _ message: Int, statesUsage: Bool) {
    self.drafts = drafts
    self.message = message
    self.statesUsage = statesUsage
  }

  func tell(_ thing: OpenCodeThing) {
    let part = thing.info
    switch part["type"]?.text {
    case "text": addText(part, thing.id)
    case "reasoning":
      drafts.addThinking(part["text"], to: message)
      drafts.noteUpdate(of: message)
    case "tool": addCall(part, thing.id)
    case "step-finish": addUsage(part)
    case "step-start", "snapshot": break
    case "compaction":
      drafts.messages[message].kind = "compact_boundary"
      addBlock(part)
    case "file", "patch", "agent", "subtask", "retry": addBlock(part)
    default:
      drafts.noteUnknown("a part \"\(part["type"]?.words ?? "")\"")
      addBlock(part)
    }
  }

  private func addBlock(_ part: JSONValue) {
    drafts.addBlock(part, to: message)
    drafts.noteUpdate(of: message)
  }

  private func addText(_ part: JSONValue, _ id: String) {
    guard let text = part["text"]?.text, !text.isEmpty else { return }
    let isFirst = drafts.messages[message].firstPiece < 0
    drafts.addText(part["text"], to: message)
    drafts.noteUpdate(of: message)
    if drafts.messages[message].role == .user {
      notePrompt(text, isSynthetic: part["synthetic"]?.boolean ?? false, isFirst: isFirst)
    } else if drafts.messages[message].isCompactSummary {
      drafts.summary(
        id, drafts.arena.keep(text.bytes), type: "compaction",
        in: drafts.messages[message].conversation, at: drafts.messages[message].started)
    }
  }

  /// A prompt that is only the program's own words is none.
  private func notePrompt(_ text: JSONText, isSynthetic: Bool, isFirst: Bool) {
    if isSynthetic, !isFirst { return }
    drafts.messages[message].isMeta = isSynthetic
    drafts.messages[message].kind = isSynthetic ? "meta" : "prompt"
    if !isSynthetic { drafts.notePrompt(text.bytes, in: drafts.messages[message].conversation) }
  }

  // MARK: Calls

  private func addCall(_ part: JSONValue, _ id: String) {
    let state = part["state"]
    let name = drafts.keep(part["tool"]) ?? drafts.arena.keep("unknown")
    let call = drafts.addCall(
      drafts.keep(part["callID"]) ?? drafts.arena.keep(id), name: name,
      input: drafts.embedded(state?["input"]), to: message,
      started: state?["time"]?["start"]?.time, uniqueName: drafts.arena.keep(id))
    drafts.noteUpdate(of: message)
    guard let state else { return }
    let facts = state["metadata"]
    drafts.calls[call].child = facts?["sessionId"]?.words ?? facts?["sessionID"]?.words
    if let result = result(state, name) { drafts.attach(result, to: call) }
    if let attached = state["attachments"], attached.count > 0 {
      drafts.addBlock(type: "attachments", attached, to: message)
    }
  }

  /// What came back: a command that fails is `completed` too, and so is a call of no known tool.
  private func result(_ state: JSONValue, _ name: Slice) -> ToolResult? {
    let status = state["status"]?.text
    guard status == "completed" || status == "error" else { return nil }
    var result = ToolResult(output: drafts.embedded(state["output"] ?? state["error"]))
    result.completed = state["time"]?["end"]?.time
    result.exitCode = state["metadata"]?["exit"]?.exitCode
    let failed =
      status == "error" || JSONText(bytes: name) == "invalid" || (result.exitCode ?? 0) != 0
    result.isError = failed
    return result
  }

  private func addUsage(_ part: JSONValue) {
    guard !statesUsage, let tokens = part["tokens"] else { return }
    drafts.messages[message].usage.add(TokenUsage(openCode: tokens))
    if let cost = part["cost"]?.dollars {
      drafts.messages[message].cost = (drafts.messages[message].cost ?? 0) + cost
    }
    drafts.noteUpdate(of: message)
  }
}
