internal import Catchment
internal import JSONTape

/// Tells a chat of Cursor's command.
struct CursorChat {
  private let drafts: ConversationDrafts
  private let conversation: Int

  init(_ drafts: ConversationDrafts, _ conversation: Int) {
    self.drafts = drafts
    self.conversation = conversation
  }

  // MARK: The whole

  /// What `meta` says: JSON in hexadecimal digits.
  ///
  /// Valid until the drafts look into another text.
  static func facts(_ value: JSONValue?, _ drafts: ConversationDrafts) -> JSONValue? {
    if value?.kind == .object { return value }
    guard let bytes = value?.words.flatMap(Hex.bytes) else { return nil }
    return bytes.withUnsafeBytes { drafts.nested($0) }
  }

  /// - Returns: the name of the root.
  func describe(facts row: JSONValue) -> String? {
    guard let facts = Self.facts(row["value"], drafts) else { return nil }
    if let name = facts["name"]?.words, name != Self.unnamed {
      drafts.conversations[conversation].title = name
    }
    drafts.conversations[conversation].createdAt = facts["createdAt"]?.time
    drafts.conversations[conversation].model = facts["lastUsedModel"]?.words
    drafts.conversations[conversation].metadata.set("mode", facts["mode"])
    drafts.noteUpdate(ofConversation: conversation)
    return facts["latestRootBlobId"]?.words
  }

  /// What a chat is called that has no name yet.
  private static let unnamed = "New Agent"

  func describe(root row: JSONValue) -> CursorRoot {
    guard let root = Self.root(row["data"]) else { return CursorRoot() }
    drafts.conversations[conversation].workspace = root.workspace
    drafts.conversations[conversation].metadata.set("context_tokens", root.contextTokens)
    drafts.conversations[conversation].metadata.set("context_limit", root.contextLimit)
    drafts.noteUpdate(ofConversation: conversation)
    return root
  }

  /// Bytes that happen to be text are told as such.
  private static func root(_ data: JSONValue?) -> CursorRoot? {
    if let text = data?.text { return CursorRoot(text.bytes) }
    return data?["hex"]?.words.flatMap(Hex.bytes)?.withUnsafeBytes { CursorRoot($0) }
  }

  func describe(sidecar: JSONValue) {
    var draft = drafts.conversations[conversation]
    draft.title = draft.title ?? sidecar["title"]?.words
    draft.createdAt = draft.createdAt ?? sidecar["createdAtMs"]?.time
    draft.updatedAt = draft.updatedAt ?? sidecar["updatedAtMs"]?.time
    draft.workspace = sidecar["cwd"]?.words ?? draft.workspace
    draft.isSidechain = draft.isSidechain || sidecar["isSubagent"]?.boolean == true
    drafts.conversations[conversation] = draft
    drafts.noteUpdate(ofConversation: conversation)
  }

  // MARK: Messages

  /// - Parameter isRemoved: whether the chat goes on without the message.
  func tell(_ data: JSONValue?, name: String, isRemoved: Bool) {
    guard let data, let role = data["role"]?.text else { return }
    let content = data["content"]
    let query = CursorQuery.find(in: content)
    let kind = Self.kind(role, isAsked: query != nil)
    let message = drafts.message(name, in: conversation, Self.role(role), kind: kind)
    if isRemoved { drafts.messages[message].metadata.set("removed", true) }
    drafts.messages[message].isMeta = role == "user" && query == nil
    if content?.kind == .array {
      content?.forEachElement { add($0, to: message) }
    } else {
      drafts.addText(content, to: message)
    }
    if role == "user", let query { drafts.notePrompt(query, in: conversation) }
  }

  private static func role(_ name: JSONText) -> MessageDraft.Role {
    if name == "user" { return .user }
    if name == "assistant" { return .assistant }
    return name == "tool" ? .tool : .system
  }

  /// Beside what a person asked, the command tells the model of the surroundings as the user.
  private static func kind(_ role: JSONText, isAsked: Bool) -> StaticString {
    if role == "assistant" { return "response" }
    if role == "tool" { return "tool_result" }
    guard role == "user" else { return "system" }
    return isAsked ? "prompt" : "context"
  }

  private func add(_ block: JSONValue, to message: Int) {
    if block["type"]?.text == "reasoning", block["text"]?.text != nil {
      drafts.addThinking(block["text"], to: message)
    } else {
      drafts.add(block, to: message)
    }
    let model = block["providerOptions"]?["cursor"]?["modelName"]
    if let model = drafts.keep(model) { drafts.messages[message].model = model }
  }
}

/// The blob that says which messages make a chat: a message of Protocol Buffers.
struct CursorRoot {
  /// The names of the messages in their order; one that says the same as another is there twice.
  private(set) var messages: [String] = []
  private(set) var workspace: String?
  /// What of the model's context the chat takes up, and what there is of it.
  private(set) var contextTokens: Int64?
  private(set) var contextLimit: Int64?

  init() {}

  init(_ bytes: UnsafeRawBufferPointer) {
    for case (let field, .bytes(let value)) in ProtobufFields(bytes) {
      switch field {
      case 1: messages.append(Hex.text(value))
      case 5: takeCounts(value)
      case 9: workspace = FileURI.path(String(decoding: value, as: UTF8.self))
      default: continue
      }
    }
  }

  private mutating func takeCounts(_ bytes: UnsafeRawBufferPointer) {
    for case (let field, .number(let count)) in ProtobufFields(bytes) {
      if field == 1 { contextTokens = Int64(clamping: count) }
      if field == 2 { contextLimit = Int64(clamping: count) }
    }
  }
}

/// What a person asked: the rest of a prompt tells the model of the surroundings.
enum CursorQuery {
  /// Of a message's content; where none of its texts has a mark, the first that begins with no tag.
  static func find(in content: JSONValue?) -> Slice? {
    let texts =
      content?.text.map { [$0] } ?? content?.elements.compactMap { $0["text"]?.text } ?? []
    if let marked = texts.lazy.compactMap({ find(in: $0.bytes) }).first { return marked }
    return texts.first { !$0.isEmpty && $0.bytes.first != UInt8(ascii: "<") }?.bytes
  }

  /// What stands in the tag.
  static func find(in text: Slice) -> Slice? {
    guard let start = text.firstRange(of: "<user_query>") else { return nil }
    let query = Slice(rebasing: text[start.upperBound...])
    let end = query.firstRange(of: "</user_query>")?.lowerBound ?? query.count
    return Slice(rebasing: query.prefix(end))
  }
}
