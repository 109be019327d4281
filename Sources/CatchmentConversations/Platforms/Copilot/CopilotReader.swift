internal import Catchment
internal import JSONTape

/// Understands Copilot's chat sessions and logs of events.
struct CopilotReader: PlatformReader {
  let drafts: ConversationDrafts
  var sessions: [CopilotSession] = []
  /// The unit's session, by place.
  var at = 0
  private var places: [String: Int] = [:]
  /// The chat that tells a session, by each of the ids that the session has.
  var chats: [String: String] = [:]
  private var spans: CopilotSpans

  // Of the unit that is being told.

  /// Whether it names the folder of others.
  private var isOfWorkspace = false

  /// The chat as the log has made it so far.
  var log: ChatNode?
  /// Whether `log` has changed since it was told.
  var isLogChanged = false
  /// The requests that the unit has told, and those that it has now.
  var toldRequests: Set<String> = []
  var presentRequests: Set<String> = []
  private var generation: Int32 = 0
  /// What was told before: by other copies, or by what the file was before it was written anew.
  private var earlier: Set<RawRecord.Digest> = []

  /// Reads what the log is made of and what it comes to, which may be larger than any record.
  let parser = TapeParser(limits: .init(maximumBytes: .max, maximumDepth: 2_048))

  init(_ drafts: ConversationDrafts) {
    self.drafts = drafts
    spans = CopilotSpans(drafts)
  }

  /// The unit's conversation, by place.
  var conversation: Int { drafts.conversation(sessions[at].id) }

  func order(_ units: [UnitContent]) -> [Int] {
    units.count > 1 ? CopilotOrder(units, drafts.checker).places : [0]
  }

  /// Finds the unit's session.
  mutating func begin() {
    guard let content = drafts.content else { return }
    let storage = EditorStorage(path: content.unit.path)
    if let storage { drafts.noteIdentity(storage.tie) }
    isOfWorkspace = EditorStorage.isNamed(by: content.unit.path)
    guard !isOfWorkspace else { return }
    let id = CopilotHead(content, drafts.checker).session
    at = places[id] ?? sessions.count
    if places[id] == nil { sessions.append(CopilotSession(id: id)) }
    places[id] = at
    log = nil
    (toldRequests, presentRequests) = ([], [])
    generation = content.records.first?.generation ?? 0
    earlier = sessions[at].told
    drafts.noteRelative(id)
    if let storage { sessions[at].storages.append(storage) }
  }

  mutating func end() {
    guard !isOfWorkspace else { return }
    tellLog()
    markRemoved()
    settleReasoning()
  }

  mutating func take(_ record: JSONValue) {
    guard record.kind == .object else {
      return drafts.refuse("not_an_object", "the record is JSON but not an object", column: 0)
    }
    if isOfWorkspace { return takeWorkspace(record) }
    noteGeneration()
    let isRepeated = isToldTwice()
    if record["kind"]?.int64 != nil, record["v"] != nil || record["k"] != nil {
      takeChange(record)
      if isRepeated { drafts.entry.outcome = .duplicate }
    } else if isRepeated {
      repeatRecord()
    } else if record["requests"] != nil {
      takeChat(record)
    } else if let type = record["type"]?.text, let data = record["data"] {
      takeEvent(type, data, record)
    } else if !spans.take(record) {
      drafts.noteUnknown("a record without a type")
    }
  }

  /// The folder of the sessions that lie in the storage: such files are told last.
  ///
  /// A session that was copied to another storage belongs to that of the copy that was told last.
  private mutating func takeWorkspace(_ record: JSONValue) {
    guard let path = drafts.content?.unit.path, let storage = EditorStorage(path: path),
      let folder = EditorStorage.folder(record)
    else { return drafts.noteUnknown("a workspace of this shape") }
    for (number, session) in sessions.enumerated() {
      guard let rank = session.storages.lastIndex(of: storage), rank >= session.folderRank,
        let place = drafts.known(conversation: session.id), !drafts.order[place].isEmpty
      else { continue }
      sessions[number].folderRank = rank
      drafts.conversations[place].workspace = folder
      drafts.noteUpdate(ofConversation: place)
    }
  }

  mutating func complete() { spans.complete(besides: chats) }

  /// A file that was written anew begins anew.
  private mutating func noteGeneration() {
    guard let record = drafts.record, record.generation != generation else { return }
    generation = record.generation
    tellLog()
    log = nil
    earlier = sessions[at].told
  }

  private mutating func isToldTwice() -> Bool {
    guard let digest = drafts.record?.digest else { return false }
    sessions[at].told.insert(digest)
    return earlier.contains(digest)
  }

  func repeatRecord() {
    drafts.entry.outcome = .duplicate
    let id = chats[sessions[at].id] ?? sessions[at].id
    drafts.entry.scope = drafts.ids("conversation", id)
  }

  /// Says that the record tells something of the whole conversation.
  func noteConversation() {
    drafts.entry.outcome = .updated
    drafts.entry.row = drafts.conversations[conversation].id
  }
}
