internal import JSONTape

/// A message of a ChatGPT conversation, as it is told to the drafts.
struct ChatGPTMessage {
  private let message: JSONValue
  private let content: JSONValue?
  private let metadata: JSONValue?
  private let author: JSONText
  private let type: JSONText

  init(_ message: JSONValue) {
    self.message = message
    content = message["content"]
    metadata = message["metadata"]
    author = message["author"]?.text("role") ?? .none
    type = content?.text("content_type") ?? .none
  }

  /// The tool that a message of the assistant's is for; nil for what everybody is to see.
  var recipient: JSONText? {
    guard author == "assistant", let recipient = message["recipient"]?.text, !recipient.isEmpty,
      recipient != "all", recipient != "assistant"
    else { return nil }
    return recipient
  }

  /// When it last changed.
  var changed: Int64? { message["update_time"]?.time ?? message["create_time"]?.time }

  var role: MessageDraft.Role {
    switch author {
    case "user": .user
    case "assistant": .assistant
    case "tool": .tool
    default: .system
    }
  }

  var kind: StaticString {
    switch role {
    case .user: type == "user_editable_context" ? "context" : isHidden ? "meta" : "prompt"
    case .assistant: type == "system_error" ? "api_error" : "response"
    case .tool: "tool_result"
    case .system: "system"
    }
  }

  private var isHidden: Bool {
    metadata?["is_visually_hidden_from_conversation"]?.boolean == true
      || metadata?["is_user_system_message"]?.boolean == true
  }

  /// - Parameters:
  ///   - place: the message in the drafts.
  ///   - call: the call that it brings the result of.
  func tell(_ drafts: ConversationDrafts, _ place: Int, id: JSONText, answering call: JSONText?) {
    drafts.messages[place].started = message["create_time"]?.time
    drafts.messages[place].isMeta = isHidden
    if role == .assistant { drafts.messages[place].model = drafts.keep(metadata?["model_slug"]) }
    drafts.messages[place].stopReason = drafts.keep(metadata?["finish_details"]?["type"])
    drafts.messages[place].requestID = drafts.keep(metadata?["request_id"])
    note(drafts, place, id)
    if let recipient {
      drafts.addCall(
        drafts.arena.keep(id.bytes), name: drafts.arena.keep(recipient.bytes),
        input: payload(drafts), to: place)
    } else if let call {
      drafts.addResult(result(drafts), of: drafts.arena.keep(call.bytes), to: place)
    } else {
      addContent(drafts, place)
    }
    for attachment in metadata?.list("attachments") ?? [] {
      drafts.addBlock(type: "attachment", attachment, to: place)
    }
  }

  /// What differs from the usual, beside what has a column.
  private func note(_ drafts: ConversationDrafts, _ place: Int, _ id: JSONText) {
    var notes = MetadataDraft()
    if let own = message["id"]?.text, own != id { notes.set("message_id", String(own)) }
    if let status = message["status"]?.text, status != "finished_successfully" {
      notes.set("status", String(status))
    }
    if message["weight"]?.double == 0 { notes.set("weight", message["weight"]) }
    notes.set("channel", message["channel"])
    notes.set("author", message["author"]?["name"])
    notes.set("thinking_seconds", metadata?["finished_duration_sec"])
    notes.set("thinking_effort", metadata?["thinking_effort"])
    drafts.messages[place].metadata = notes
    switch author {
    case "user", "assistant", "system", "tool": break
    case let other:
      if !other.isEmpty { drafts.messages[place].metadata.set("role", String(other)) }
      drafts.noteUnknown("the role “\(other)”")
    }
  }
}

/// What a message says.
extension ChatGPTMessage {
  private func addContent(_ drafts: ConversationDrafts, _ place: Int) {
    guard let content else { return }
    switch type {
    case "text", "multimodal_text":
      for part in content.list("parts") { addPart(part, drafts, place) }
    case "thoughts": addThoughts(content, drafts, place)
    case "user_editable_context", "code", "execution_output", "tether_quote",
      "tether_browsing_display", "reasoning_recap", "system_error", "computer_output",
      "model_editable_context", "sonic_webpage", "super_widget", "app_pairing_content":
      addWhole(content, drafts, place)
    default:
      addWhole(content, drafts, place)
      drafts.noteUnknown("content of the type “\(type)”")
    }
  }

  private func addPart(_ part: JSONValue, _ drafts: ConversationDrafts, _ place: Int) {
    if part.text != nil { return drafts.addText(part, to: place) }
    switch part.text("content_type") {
    case "image_asset_pointer": drafts.addBlock(type: "image", part, to: place)
    default: addWhole(part, drafts, place)
    }
  }

  /// Content of a kind that only this platform has, under the platform's name for it.
  private func addWhole(_ content: JSONValue, _ drafts: ConversationDrafts, _ place: Int) {
    if let type = content["content_type"], type.text != nil {
      drafts.addBlock(type: type, content, to: place)
    } else if content.kind == .object {
      drafts.addBlock(type: "content", content, to: place)
    }
  }

  private func addThoughts(_ content: JSONValue, _ drafts: ConversationDrafts, _ place: Int) {
    for thought in content.list("thoughts") {
      let words = thought["content"]?.words == nil ? thought["summary"] : thought["content"]
      drafts.addThinking(words, to: place)
    }
    for part in content.list("parts") {
      drafts.addThinking(part, to: place)
    }
  }

  /// What goes to a tool or comes from it, as JSON: the text alone where there is nothing else.
  private func payload(_ drafts: ConversationDrafts) -> Slice? {
    guard let content else { return nil }
    switch type {
    case "code", "execution_output":
      return drafts.embedded(content["text"]) ?? drafts.slice(content)
    case "text", "multimodal_text":
      guard let parts = content["parts"], parts.kind == .array else { return drafts.slice(content) }
      guard parts.count == 1 else { return drafts.slice(parts) }
      return parts.elements.first { _ in true }.flatMap { drafts.embedded($0) }
    default: return drafts.slice(content)
    }
  }

  private func result(_ drafts: ConversationDrafts) -> ToolResult {
    var result = ToolResult(output: payload(drafts))
    if let run = metadata?["aggregate_result"], let status = run["status"]?.text {
      result.isError = status != "success"
      if let from = run["start_time"]?.double, let to = run["end_time"]?.double, to >= from,
        to - from < 1e9
      {
        result.duration = Int64((to - from) * 1_000)
      }
    } else if let status = metadata?["invoked_plugin"]?["http_response_status"]?.int64 {
      result.isError = status >= 400
    } else if type == "system_error" {
      result.isError = true
    }
    return result
  }
}
