internal import JSONTape

/// A message of a claude.ai conversation, as it is told to the drafts.
struct ClaudeAIMessage {
  private let message: JSONValue
  private let sender: JSONText

  init(_ message: JSONValue) {
    self.message = message
    sender = message.text("sender")
  }

  /// When it last changed.
  var changed: Int64? { (message["updated_at"] ?? message["created_at"])?.time }

  var role: MessageDraft.Role {
    switch sender {
    case "human": .user
    case "assistant": .assistant
    default: .system
    }
  }

  var kind: StaticString {
    switch role {
    case .user: "prompt"
    case .assistant: "response"
    case .tool, .system: "system"
    }
  }

  func tell(_ drafts: ConversationDrafts, _ place: Int, id: Slice) {
    drafts.messages[place].started = message["created_at"]?.time
    drafts.messages[place].model = role == .assistant ? drafts.keep(message["model"]) : nil
    drafts.messages[place].stopReason = drafts.keep(message["stop_reason"])
    if role == .system {
      drafts.messages[place].metadata.set("role", String(sender))
      drafts.noteUnknown("the sender “\(sender)”")
    }
    // `text` is the same again, flattened, with notes in the place of what is no text.
    let blocks = message.list("content")
    if blocks.isEmpty { drafts.addText(message["text"], to: place) }
    var calls = Calls(message: id)
    for (number, block) in blocks.enumerated() { add(block, number, &calls, drafts, place) }
    for attachment in message.list("attachments") {
      drafts.addBlock(type: "attachment", attachment, to: place)
    }
    let files = message.list("files_v2")
    for file in files.isEmpty ? message.list("files") : files {
      drafts.addBlock(type: "file", file, to: place)
    }
  }

  private func add(
    _ block: JSONValue, _ number: Int, _ calls: inout Calls, _ drafts: ConversationDrafts,
    _ place: Int
  ) {
    let stopped = block["stop_timestamp"]?.time
    if let stopped, role == .assistant {
      drafts.messages[place].ended = max(drafts.messages[place].ended ?? stopped, stopped)
    }
    switch block.text("type") {
    case "text" where block["citations"]?.count ?? 0 == 0: drafts.addText(block["text"], to: place)
    case "thinking" where block["thinking"]?.text != nil:
      drafts.addThinking(block["thinking"], to: place)
    case "tool_use":
      drafts.addCall(
        calls.made(drafts.keep(block["id"]), number, drafts),
        name: drafts.keep(block["name"]) ?? JSONText.none.bytes,
        input: block["input"].map(drafts.slice), to: place,
        started: block["start_timestamp"]?.time)
    case "tool_result":
      guard let call = calls.answered(drafts.keep(block["tool_use_id"])) else {
        return drafts.addBlock(block, to: place)
      }
      let result = ToolResult(
        output: block["content"].map(drafts.slice), isError: block["is_error"]?.boolean,
        completed: stopped ?? block["start_timestamp"]?.time)
      drafts.addResult(result, of: call, to: place)
    case "token_budget", "flag", "voice_note", "text": drafts.addBlock(block, to: place)
    case let type:
      guard block.kind == .object else { return }
      drafts.addBlock(block, to: place)
      if !type.isEmpty { drafts.noteUnknown("a block of the type “\(type)”") }
    }
  }

  /// The calls of one message and which of them have their result: many exports give them no ids,
  /// and then results come in the order of the calls.
  private struct Calls {
    let message: Slice
    private var waiting: [Slice] = []

    init(message: Slice) { self.message = message }

    mutating func made(_ id: Slice?, _ number: Int, _ drafts: ConversationDrafts) -> Slice {
      let id =
        id ?? drafts.arena.keep("\(JSONText(bytes: message))/\(number)")
      waiting.append(id)
      return id
    }

    /// The call that a result is of; nil when there is none that waits for one.
    mutating func answered(_ id: Slice?) -> Slice? {
      guard let id else { return waiting.isEmpty ? nil : waiting.removeFirst() }
      let place = waiting.firstIndex { JSONText(bytes: $0) == JSONText(bytes: id) }
      return place.map { waiting.remove(at: $0) }
    }
  }
}
