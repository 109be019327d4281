internal import Catchment
internal import JSONTape

/// A message of a request or of an answer, in the form that the API gave it: a chat message, an item
/// of the Responses API, or bare text.
struct AzureMessage {
  private let value: JSONValue
  /// Who said it.
  let speaker: JSONText
  private let type: JSONText

  /// A chat message or an item.
  init(_ value: JSONValue, speaker: JSONText = .none) {
    self.value = value
    type = value.text("type")
    if let role = value["role"]?.text {
      self.speaker = role
    } else {
      switch type {
      case "function_call", "reasoning", "message": self.speaker = JSONText("assistant")
      case "function_call_output": self.speaker = JSONText("tool")
      default: self.speaker = speaker
      }
    }
  }

  /// The messages of a request's body.
  static func messages(of request: JSONValue?) -> [AzureMessage] {
    guard let request else { return [] }
    var found: [AzureMessage] = []
    if let instructions = request["instructions"], instructions.text != nil {
      found.append(AzureMessage(instructions, speaker: JSONText("system")))
    }
    for list in [request["messages"], request["input"], request["prompt"]] {
      guard let list else { continue }
      let values = list.kind == .array ? Array(list.elements) : [list]
      for value in values where value.kind == .object || value.text != nil {
        found.append(AzureMessage(value, speaker: JSONText("user")))
      }
      if !found.isEmpty { return found }
    }
    return found
  }

  /// The answers that a response's body gives to choose from, each as a list of messages.
  static func answers(of response: JSONValue?) -> [[AzureMessage]] {
    guard let response else { return [] }
    if let output = response["output"], output.kind == .array {
      let items = output.elements.filter { $0.kind == .object }
      return items.isEmpty ? [] : [items.map { AzureMessage($0, speaker: JSONText("assistant")) }]
    }
    return response.list("choices").compactMap { choice in
      (choice["message"] ?? choice["text"]).map {
        [AzureMessage($0, speaker: JSONText("assistant"))]
      }
    }
  }

  var role: MessageDraft.Role {
    switch speaker {
    case "user": .user
    case "assistant": .assistant
    case "tool", "function": .tool
    default: .system
    }
  }

  var kind: StaticString {
    switch role {
    case .user: "prompt"
    case .assistant: "response"
    case .tool: "tool_result"
    case .system: "system"
    }
  }

  /// The words of a text message; nil when it is more than that.
  var words: JSONText? { value.text ?? value["content"]?.text }
}

/// What a message says.
extension AzureMessage {
  func tell(_ drafts: ConversationDrafts, _ place: Int) {
    if value.text != nil { return drafts.addText(value, to: place) }
    switch type {
    case "function_call": return tellCall(value, id: value["call_id"], drafts, place)
    case "function_call_output":
      return tellResult(of: value["call_id"], value["output"], drafts, place)
    case "reasoning":
      for part in value.list("summary") { drafts.addThinking(part["text"], to: place) }
      return
    default: break
    }
    drafts.addThinking(value["reasoning_content"], to: place)
    if speaker == "tool" {
      return tellResult(of: value["tool_call_id"], value["content"], drafts, place)
    }
    addContent(value["content"], drafts, place)
    if let refusal = value["refusal"], refusal.text != nil {
      drafts.addBlock(type: "refusal", refusal, to: place)
    }
    for call in value.list("tool_calls") {
      tellCall(call["function"] ?? call["custom"], id: call["id"], drafts, place)
    }
    if let call = value["function_call"], call.kind == .object {
      tellCall(call, id: nil, drafts, place)
    }
  }

  private func addContent(_ content: JSONValue?, _ drafts: ConversationDrafts, _ place: Int) {
    guard let content else { return }
    if content.text != nil { return drafts.addText(content, to: place) }
    for part in content.elements where part.kind == .object {
      switch part.text("type") {
      case "text", "input_text", "output_text": drafts.addText(part["text"], to: place)
      case "image_url", "input_image": drafts.addBlock(type: "image", part, to: place)
      default: drafts.addBlock(part, to: place)
      }
    }
  }

  private func tellCall(
    _ function: JSONValue?, id: JSONValue?, _ drafts: ConversationDrafts, _ place: Int
  ) {
    let made = drafts.calls.count { $0.message == place }
    let name = "\(drafts.messages[place].id)/\(made)"
    drafts.addCall(
      drafts.keep(id) ?? drafts.arena.keep(name),
      name: drafts.keep(function?["name"]) ?? JSONText.none.bytes,
      input: drafts.embedded(function?["arguments"] ?? function?["input"]), to: place)
  }

  /// A result whose call is not known stays in its message.
  private func tellResult(
    of id: JSONValue?, _ output: JSONValue?, _ drafts: ConversationDrafts, _ place: Int
  ) {
    guard let id = drafts.keep(id),
      drafts.known(call: id, in: drafts.messages[place].conversation) != nil
    else { return addContent(output, drafts, place) }
    drafts.addResult(ToolResult(output: drafts.embedded(output)), of: id, to: place)
  }
}

/// What tells a message from another.
extension AzureMessage {
  /// Adds what two copies of the message have alike, in whichever form they are written.
  func addIdentity(to bytes: inout ByteBuffer) {
    bytes.append(speaker.bytes)
    bytes.append("\u{1}")
    switch type {
    case "function_call":
      addCall(value["call_id"], value, to: &bytes)
      return
    case "function_call_output":
      add(value["call_id"], to: &bytes)
      add(value["output"], to: &bytes)
      return
    default: break
    }
    if let words {
      bytes.append(words.bytes)
    } else {
      for part in value.list("content") {
        if let text = part["text"]?.text { bytes.append(text.bytes) } else { add(part, to: &bytes) }
      }
    }
    if speaker == "tool" { add(value["tool_call_id"], to: &bytes) }
    for call in value.list("tool_calls") { addCall(call["id"], call["function"], to: &bytes) }
    if type == "reasoning" { add(value["id"], to: &bytes) }
  }

  private func addCall(_ id: JSONValue?, _ function: JSONValue?, to bytes: inout ByteBuffer) {
    add(id, to: &bytes)
    add(function?["name"], to: &bytes)
    add(function?["arguments"], to: &bytes)
  }

  private func add(_ value: JSONValue?, to bytes: inout ByteBuffer) {
    bytes.append("\u{2}")
    if let value { bytes.append((value.text ?? value.sourceText).bytes) }
  }
}

extension JSONText {
  fileprivate init(_ literal: StaticString) { self.init(bytes: literal.slice) }
}
