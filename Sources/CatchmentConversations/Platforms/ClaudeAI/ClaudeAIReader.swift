internal import DuckDB
internal import JSONTape

/// Understands the conversations of claude.ai's exports.
struct ClaudeAIReader: PlatformReader {
  static let isSeparable = true

  private let drafts: ConversationDrafts
  private var versions: ExportVersions
  /// What the newest export of a conversation says of it as a whole.
  private var outlines: [Int: Outline] = [:]

  private struct Outline {
    /// The last message of the branch that is shown.
    var leaf: Int?
    var summary: Slice?
    var time: Int64?
    var record: UUIDBytes
  }

  init(_ drafts: ConversationDrafts) {
    self.drafts = drafts
    versions = ExportVersions(drafts)
  }

  mutating func take(_ record: JSONValue) {
    guard record.kind == .object else {
      return drafts.refuse("not_an_object", "a conversation is a JSON object")
    }
    guard let id = record["uuid"]?.words, isConversation(record) else {
      return drafts.noteUnknown("a record that is no conversation")
    }
    guard let messages = Self.messages(of: record) else {
      return drafts.refuse(
        "messages_missing", "the conversation holds no messages: no chat_messages")
    }
    let conversation = drafts.conversation(id)
    let changed = (record["updated_at"] ?? record["created_at"])?.time
    let isNews = versions.begin(conversation, changed: changed)
    let last = take(messages, of: conversation, exported: changed)
    if isNews { describe(conversation, record, endingAt: last) }
    versions.settle(conversation, wasNews: isNews)
  }

  static func conversation(of record: JSONValue) -> String? {
    guard record.kind == .object, messages(of: record) != nil else { return nil }
    return record["uuid"]?.words
  }

  private static func messages(of record: JSONValue) -> JSONValue? {
    record["chat_messages"].flatMap { $0.kind == .array ? $0 : nil }
  }

  private func isConversation(_ record: JSONValue) -> Bool {
    record["chat_messages"] != nil || record["name"] != nil && record["updated_at"] != nil
  }

  /// Tells the messages; the place of the last one is given back.
  private mutating func take(
    _ messages: JSONValue, of conversation: Int, exported: Int64?
  ) -> Int? {
    var previous: Slice?
    for (number, message) in messages.elements.enumerated() where message.kind == .object {
      let id = drafts.keep(message["uuid"]) ?? drafts.arena.keep("message \(number)")
      defer { previous = id }
      let content = ClaudeAIMessage(message)
      guard
        let place = versions.message(
          id, in: conversation, content.role, kind: content.kind, changed: content.changed,
          exported: exported)
      else { continue }
      // Older exports do not say what a message answers: there the list is the path.
      let parent = message["parent_message_uuid"]
      drafts.setParent(of: place, parent.map { $0.isNull ? nil : $0.text?.bytes } ?? previous)
      content.tell(drafts, place, id: id)
    }
    return previous.flatMap { drafts.place(ofMessage: $0, in: conversation) }
  }

  private mutating func describe(_ conversation: Int, _ record: JSONValue, endingAt last: Int?) {
    drafts.conversations[conversation].title = (record["name"] ?? record["title"])?.words
    drafts.conversations[conversation].createdAt = record["created_at"]?.time
    drafts.conversations[conversation].updatedAt = record["updated_at"]?.time
    drafts.conversations[conversation].model = record["model"]?.words
    var metadata = MetadataDraft()
    for name in Self.kept { metadata.set(name, record.member(name)) }
    drafts.conversations[conversation].metadata = metadata
    let leaf = record["current_leaf_message_uuid"]?.text
    outlines[conversation] = Outline(
      leaf: leaf.flatMap { drafts.place(ofMessage: $0.bytes, in: conversation) } ?? last,
      summary: drafts.keep(record["summary"]), time: drafts.conversations[conversation].updatedAt,
      record: drafts.recordID)
  }

  /// What is said of a conversation beside what has a column.
  private static let kept = [
    "current_leaf_message_uuid", "project_uuid", "project", "is_starred", "is_temporary",
    "platform",
    "settings",
  ]

  func complete() {
    for conversation in drafts.conversations.indices { drafts.arrangeByParents(conversation) }
    for (conversation, outline) in outlines.sorted(by: { $0.key < $1.key }) {
      if let leaf = outline.leaf { drafts.markBranch(of: conversation, endingAt: leaf) }
      guard let summary = outline.summary, !summary.isEmpty else { continue }
      drafts.summary(
        "conversation", summary, type: "conversation", in: conversation, at: outline.time,
        covers: drafts.order[conversation], of: outline.record)
    }
  }
}
