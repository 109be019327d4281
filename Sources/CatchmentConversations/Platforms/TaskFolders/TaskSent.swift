internal import JSONTape

/// Reads `api_conversation_history.json`: a list of messages in Anthropic's form, or from Roo Code's
/// second version on in that of the AI SDK.
struct TaskSent {
  let drafts: ConversationDrafts
  let conversation: Int
  /// Whether the messages were shown, and so made already.
  let isShown: Bool
  private(set) var surroundings = TaskSurroundings()

  init(_ drafts: ConversationDrafts, _ conversation: Int, isShown: Bool) {
    self.drafts = drafts
    self.conversation = conversation
    self.isShown = isShown
  }

  /// Whether it said something of the surroundings.
  var isInformative: Bool { surroundings.workspace != nil || surroundings.model != nil }

  mutating func take(_ record: JSONValue) {
    let messages = record.kind == .array ? record : record["messages"]
    var names: Set<String> = []
    var index = 0
    guard let messages else { return }
    for message in messages.elements {
      defer { index += 1 }
      guard message.kind == .object else { continue }
      if message["role"]?.text == "user" { note(message["content"]) }
      if let model = message["modelInfo"]?["modelId"]?.words { surroundings.model = model }
      guard !isShown else { continue }
      let stated = message["id"]?.words ?? message["ts"]?.int64.map(String.init) ?? "#\(index)"
      let isNew = names.insert(stated).inserted
      add(message, name: isNew ? stated : "#\(index)")
    }
  }

  private mutating func note(_ content: JSONValue?) {
    guard let content else { return }
    if let text = content.text { surroundings.update(from: text.bytes) }
    for block in content.elements {
      if let text = block["text"]?.text { surroundings.update(from: text.bytes) }
    }
  }

  private func add(_ value: JSONValue, name: String) {
    let content = value["content"]
    let isSummary = value["isSummary"]?.boolean ?? false
    let role = Self.role(of: value)
    let kind = isSummary ? "compact_summary" : kind(of: role, content)
    let message = drafts.message(name, in: conversation, role, kind: kind)
    drafts.messages[message].started = value["ts"]?.time
    drafts.messages[message].isCompactSummary = isSummary
    if content == nil { drafts.addBlock(value, to: message) }
    drafts.addContent(content, to: message, failure: Self.failure)
    if kind.isPrompt, let text = firstText(content) {
      drafts.notePrompt(text.bytes, in: conversation)
    }
    guard role == .assistant else { return }
    drafts.messages[message].model = drafts.keep(value["modelInfo"]?["modelId"])
    let metrics = value["metrics"]
    drafts.messages[message].usage.input = metrics?["tokens"]?["prompt"]?.tokenCount
    drafts.messages[message].usage.output = metrics?["tokens"]?["completion"]?.tokenCount
    drafts.messages[message].cost = metrics?["cost"]?.dollars
    // Reads and writes of the cache added up: neither counter.
    drafts.messages[message].metadata.set("cached_tokens", metrics?["tokens"]?["cached"])
  }

  private static func role(of value: JSONValue) -> MessageDraftRow.Role {
    switch value["role"]?.text {
    case "user": .user
    case "tool": .user
    case "system": .system
    default: .assistant
    }
  }

  private func kind(of role: MessageDraftRow.Role, _ content: JSONValue?) -> StaticString {
    switch role {
    case .user: userKind(content)
    case .assistant: "response"
    case .system, .tool: "system"
    }
  }

  /// Results are sent as the user's; without native tools, as text that begins `[tool for 'x']
  /// Result:`.
  private func userKind(_ content: JSONValue?) -> StaticString {
    if drafts.isOnlyResults(content) { return "tool_result" }
    var blocks = content?.elements
    if blocks?.next()?["type"]?.text == "tool_result" { return "tool_result" }
    guard let text = firstText(content).map({ String($0) }), text.hasPrefix("["),
      text.prefix(300).contains("] Result:")
    else { return "prompt" }
    return "tool_result"
  }

  private func firstText(_ content: JSONValue?) -> JSONText? {
    content?.text ?? content?.elements.lazy.compactMap { $0["text"]?.text }.first
  }

  /// Roo Code's second version marks what failed in the text.
  private static func failure(_ content: JSONValue) -> Bool? {
    let text = content.text ?? content["value"]?.text
    guard let text, text.bytes.starts(with: "[ERROR]") else { return nil }
    return true
  }
}
