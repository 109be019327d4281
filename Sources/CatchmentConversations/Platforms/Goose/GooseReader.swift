internal import Catchment
internal import JSONTape

/// Understands Goose's sessions.
///
/// Where the database has a session, the file of it that an earlier version left says nothing new.
struct GooseReader: PlatformReader {
  private let drafts: ConversationDrafts
  /// Sessions whose messages the database has.
  private var told: Set<String> = []
  /// What was said under a message's name, by session and name.
  private var contents: [String: UInt64] = [:]

  init(_ drafts: ConversationDrafts) { self.drafts = drafts }

  /// Databases first.
  func order(_ units: [UnitContent]) -> [Int] {
    let keys = units.map { ($0.unit.path.hasSuffix(".jsonl") ? 1 : 0, $0.unit.path) }
    return units.indices.sorted { keys[$0] < keys[$1] }
  }

  mutating func take(_ record: JSONValue) {
    guard record.kind == .object else {
      return drafts.refuse("not_an_object", "a record is an object")
    }
    switch record["table"]?.text {
    case "sessions": takeSession(record, record["id"]?.words)
    case "messages": takeRow(record)
    case nil: takeLine(record)
    default: drafts.noteUnknown("a row of this table")
    }
  }

  private mutating func takeRow(_ row: JSONValue) {
    guard let session = row["session_id"]?.words, let number = row["id"]?.int64 else {
      return drafts.noteUnknown("a message without a session")
    }
    told.insert(session)
    let conversation = drafts.conversation(session)
    let facts = GooseMessage.Facts(
      content: row["content_json"], created: row["created_timestamp"],
      metadata: row["metadata_json"])
    guard let name = name(row, number, in: session) else {
      return drafts.entry.outcome = .duplicate
    }
    GooseMessage(drafts, conversation).tell(row["role"]?.text, facts, name: name)
  }

  /// A name for the message: its own, unless another says something else under it.
  ///
  /// Rows are written anew when a session is made shorter; then it is nil, for the message is told.
  private mutating func name(_ row: JSONValue, _ number: Int64, in session: String) -> String? {
    guard let stated = row["message_id"]?.words else { return "#\(number)" }
    let content = row["content_json"].map { JSONText(bytes: $0.sourceText.bytes).fingerprint } ?? 0
    let key = "\(session)/\(stated)"
    guard let known = contents[key] else {
      contents[key] = content
      return stated
    }
    return known == content ? nil : "\(stated)#\(number)"
  }

  // MARK: Files of lines

  /// The file is named after its session, of which its first line tells; messages follow.
  private mutating func takeLine(_ line: JSONValue) {
    guard let path = drafts.content?.unit.path else { return }
    let session = FilePath.stem(path)
    let isTold = told.contains(session)
    if isTold {
      _ = drafts.conversation(session)
      drafts.entry.outcome = .duplicate
    } else if let role = line["role"]?.text {
      let facts = GooseMessage.Facts(
        content: line["content"], created: line["created"], metadata: line["metadata"])
      GooseMessage(drafts, drafts.conversation(session))
        .tell(role, facts, name: line["id"]?.words ?? "#\(drafts.record?.line ?? 0)")
    } else if line["working_dir"] != nil || line["message_count"] != nil {
      takeSession(line, session)
    } else {
      drafts.noteUnknown("a line of this shape")
    }
  }

  // MARK: Sessions

  private func takeSession(_ session: JSONValue, _ id: String?) {
    guard let id else { return drafts.noteUnknown("a session without an id") }
    let place = drafts.conversation(id)
    var draft = drafts.conversations[place]
    draft.title = session["name"]?.words ?? session["description"]?.words
    draft.workspace = session["working_dir"]?.words
    draft.createdAt = session["created_at"]?.time
    draft.updatedAt = session["updated_at"]?.time
    draft.model = session["model_config_json"]?["model_name"]?.words
    draft.parent = session["parent_session_id"]?.words
    draft.isSidechain = draft.parent != nil || session["session_type"]?.text == "sub_agent"
    draft.statedCost = session["accumulated_cost"]?.dollars
    draft.statedUsage = Self.usage(session)
    for name in ["provider_name", "session_type", "goose_mode", "project_id"] {
      draft.metadata.set(name, session.member(name))
    }
    drafts.conversations[place] = draft
    drafts.noteUpdate(ofConversation: place)
  }

  /// Of the whole session; what the cache gave and was given is inside the input figure.
  private static func usage(_ session: JSONValue) -> TokenUsage? {
    var usage = TokenUsage(
      input: session["accumulated_input_tokens"]?.tokenCount,
      output: session["accumulated_output_tokens"]?.tokenCount,
      cacheRead: session["accumulated_cache_read_tokens"]?.tokenCount,
      cacheWrite: session["accumulated_cache_write_tokens"]?.tokenCount)
    usage.separateCachedInput()
    if let input = usage.input { usage.input = max(input - (usage.cacheWrite ?? 0), 0) }
    return usage.isStated ? usage : nil
  }
}
