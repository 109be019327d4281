internal import JSONTape

/// Understands the conversations of ChatGPT's exports.
struct ChatGPTReader: PlatformReader {
  static let isSeparable = true
  /// For the files that conversations point at.
  static let looksAhead = true

  private let drafts: ConversationDrafts
  private var versions: ExportVersions
  /// Where each conversation stood when it was exported last: a message's place.
  private var current: [Int: Int] = [:]
  /// What each conversation's pointers stand for.
  private var files: [String: [String: CompanionReference]] = [:]

  init(_ drafts: ConversationDrafts) {
    self.drafts = drafts
    versions = ExportVersions(drafts)
  }

  mutating func take(_ record: JSONValue) {
    guard record.kind == .object else {
      return drafts.refuse("not_an_object", "a conversation is a JSON object")
    }
    if let file = companion(record) { return take(file) }
    let body = Self.body(of: record)
    guard let id = Self.name(of: body), Self.isConversation(body) else {
      return drafts.noteUnknown("a record that is no conversation")
    }
    guard let mapping = Self.mapping(of: body) else {
      return drafts.refuse("mapping_missing", "the conversation holds no messages: no mapping")
    }
    drafts.files.companions = files[id] ?? [:]
    take(body, mapping, in: drafts.conversation(id))
    drafts.files.companions = [:]
  }

  static func conversation(of record: JSONValue) -> String? {
    guard record.kind == .object else { return nil }
    if let file = CompanionRecord(record) { return file.conversation }
    let body = body(of: record)
    return mapping(of: body) == nil ? nil : name(of: body)
  }

  // MARK: Files

  static func mayMatterAhead(_ record: Slice) -> Bool { CompanionRecord.isOne(record) }

  mutating func lookAhead(_ record: JSONValue) {
    guard let told = companion(record), case .kept(let file) = told.file else { return }
    let known = files[told.conversation]?[told.pointer]
    if known.map(file.isPreferred) ?? true {
      files[told.conversation, default: [:]][told.pointer] = file
    }
  }

  /// What a record says of a file, if Catchment itself wrote it.
  private func companion(_ record: JSONValue) -> CompanionRecord? {
    drafts.recordBytes.map(CompanionRecord.isOne) == true ? CompanionRecord(record) : nil
  }

  private func take(_ told: CompanionRecord) {
    let conversation = drafts.conversation(told.conversation)
    switch told.file {
    case .kept: drafts.noteUpdate(ofConversation: conversation)
    case .refused(let code, let message): drafts.refuse(code, message)
    }
  }

  /// Tools that save a conversation from the website put what it loads inside what they add.
  private static func body(of record: JSONValue) -> JSONValue {
    record["raw_provider_payload"] ?? record
  }

  private static func name(of body: JSONValue) -> String? {
    (body["conversation_id"] ?? body["id"])?.words
  }

  private static func mapping(of body: JSONValue) -> JSONValue? {
    body["mapping"].flatMap { $0.kind == .object ? $0 : nil }
  }

  private static func isConversation(_ body: JSONValue) -> Bool {
    body["mapping"] != nil || body["current_node"] != nil
      || body["title"] != nil && body["create_time"] != nil
  }

  private mutating func take(_ body: JSONValue, _ mapping: JSONValue, in conversation: Int) {
    let changed = (body["update_time"] ?? body["create_time"])?.time
    let isNews = versions.begin(conversation, changed: changed)
    var tree = ChatGPTTree(mapping)
    var answered: Set<JSONText> = []
    for node in tree.messages() {
      let content = ChatGPTMessage(node.message)
      let call = content.role == .tool ? tree.call(answeredBy: node, answered: answered) : nil
      if let call { answered.insert(call) }
      guard
        let message = versions.message(
          node.id.bytes, in: conversation, content.role, kind: content.kind,
          changed: content.changed, exported: changed)
      else { continue }
      drafts.setParent(of: message, node.parent?.bytes)
      content.tell(drafts, message, id: node.id, answering: call)
    }
    if isNews {
      describe(conversation, body)
      current[conversation] = tree.message(at: body["current_node"]?.text)
        .flatMap { drafts.place(ofMessage: $0.bytes, in: conversation) }
    }
    versions.settle(conversation, wasNews: isNews)
  }

  private func describe(_ conversation: Int, _ body: JSONValue) {
    drafts.conversations[conversation].title = body["title"]?.words
    drafts.conversations[conversation].createdAt = body["create_time"]?.time
    drafts.conversations[conversation].updatedAt = body["update_time"]?.time
    drafts.conversations[conversation].model = body["default_model_slug"]?.words
    var metadata = MetadataDraft()
    for name in Self.kept { metadata.set(name, body.member(name)) }
    drafts.conversations[conversation].metadata = metadata
  }

  /// What is said of a conversation beside what has a column.
  private static let kept = [
    "current_node", "default_model_slug", "gizmo_id", "gizmo_type", "conversation_template_id",
    "conversation_origin", "plugin_ids", "is_archived", "is_starred", "is_study_mode",
    "is_do_not_remember", "memory_scope", "voice", "async_status",
  ]

  func complete() {
    for conversation in versions.retold { drafts.arrangeByParents(conversation) }
    for (conversation, leaf) in current { drafts.markBranch(of: conversation, endingAt: leaf) }
    // What messages say of their model is surer than what the conversation is set to.
    for message in drafts.messages where message.model != nil {
      drafts.conversations[message.conversation].model = nil
    }
  }
}
