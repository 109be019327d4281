internal import JSONTape

/// Tells a message of Goose's.
struct GooseMessage {
  struct Facts {
    var content: JSONValue?
    var created: JSONValue?
    var metadata: JSONValue?
  }

  private let drafts: ConversationDrafts
  private let conversation: Int

  init(_ drafts: ConversationDrafts, _ conversation: Int) {
    self.drafts = drafts
    self.conversation = conversation
  }

  /// Results come as the user's; what the user does not see is the program's.
  func tell(_ role: JSONText?, _ facts: Facts, name: String) {
    let isUser = role == "user"
    let message = drafts.message(
      name, in: conversation, isUser ? .user : .assistant, kind: isUser ? "prompt" : "response")
    let isHidden = facts.metadata?["userVisible"]?.boolean == false
    drafts.messages[message].started = facts.created?.time
    drafts.messages[message].isMeta = isHidden
    if facts.metadata?["agentVisible"]?.boolean == false {
      drafts.messages[message].metadata.set("agent_visible", false)
    }
    if isHidden { drafts.messages[message].metadata.set("user_visible", false) }
    drafts.messages[message].model = drafts.keep(facts.metadata?["inference"]?["requestedModel"])
    var isOnlyResults = isUser && facts.content?.kind == .array
    facts.content?.forEachElement { block in
      if block["type"]?.text != "toolResponse" { isOnlyResults = false }
      add(block, to: message)
    }
    if isOnlyResults {
      drafts.messages[message].kind = "tool_result"
    } else if isUser, !isHidden, let text = firstText(facts.content) {
      drafts.notePrompt(text.bytes, in: conversation)
    }
  }

  private func firstText(_ content: JSONValue?) -> JSONText? {
    content?.elements.lazy.compactMap { $0["text"]?.text }.first
  }

  private func add(_ block: JSONValue, to message: Int) {
    switch block["type"]?.text {
    case "toolRequest", "frontendToolRequest": addCall(block, to: message)
    case "toolResponse": addResult(block, to: message)
    default: drafts.add(block, to: message)
    }
  }

  /// A call that the model got wrong has an error in the place of its name.
  private func addCall(_ block: JSONValue, to message: Int) {
    guard let id = drafts.keep(block["id"]) else { return drafts.addBlock(block, to: message) }
    let value = block["toolCall"]?["value"]
    let name = drafts.keep(value?["name"]) ?? drafts.arena.keep("unknown")
    let call = drafts.addCall(
      id, name: name, input: drafts.embedded(value?["arguments"]), to: message)
    guard value == nil, let error = block["toolCall"]?["error"] else { return }
    drafts.attach(ToolResult(output: drafts.embedded(error), isError: true), to: call)
  }

  private func addResult(_ block: JSONValue, to message: Int) {
    guard let id = drafts.keep(block["id"]) else { return drafts.addBlock(block, to: message) }
    let outcome = block["toolResult"]
    let value = outcome?["value"]
    var result = ToolResult(
      output: drafts.embedded(value?["content"] ?? value ?? outcome?["error"]))
    result.isError =
      outcome?["status"]?.text == "error" ? true : value?["isError"]?.boolean
    drafts.addResult(result, of: id, to: message)
  }
}
