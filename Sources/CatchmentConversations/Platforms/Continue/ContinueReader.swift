internal import Catchment
internal import JSONTape

/// Understands Continue's sessions, then its index of them, then its log.
struct ContinueReader: PlatformReader {
  private let drafts: ConversationDrafts
  private var sessions: [Int: Session] = [:]

  /// What is known of a session beside its messages.
  private struct Session {
    /// The file that told it, and how many items it had there.
    var unit: Int
    var items: Int
    /// The last message of its newest version.
    var last: Int?
    /// Its answers by what they say.
    var answers: [UInt64: Int] = [:]
  }

  init(_ drafts: ConversationDrafts) { self.drafts = drafts }

  /// What others complete comes first.
  func order(_ units: [UnitContent]) -> [Int] {
    units.indices.sorted { a, b in
      let (a, b) = (units[a].unit.path, units[b].unit.path)
      let (first, second) = (ContinueFile(a).rawValue, ContinueFile(b).rawValue)
      return first == second ? a < b : first < second
    }
  }

  mutating func take(_ record: JSONValue) {
    switch record.kind {
    case .array:
      for entry in record.elements { complete(with: entry) }
    case .object:
      if let history = record["history"], history.kind == .array {
        takeSession(record, history)
      } else if record["dateCreated"] != nil {
        complete(with: record)
      } else {
        takeEvent(record)
      }
    default: drafts.refuse("not_an_object", "a record is a JSON object")
    }
  }

  func complete() {
    for (conversation, session) in sessions {
      drafts.arrangeByParents(conversation)
      if let last = session.last { drafts.markBranch(of: conversation, endingAt: last) }
    }
  }
}

/// Sessions, which are written anew as a whole.
extension ContinueReader {
  private mutating func takeSession(_ record: JSONValue, _ history: JSONValue) {
    guard let id = (record["sessionId"] ?? record["session_id"])?.words else {
      return drafts.refuse("session_id_missing", "the session has no sessionId")
    }
    let conversation = drafts.conversation(id)
    let known = sessions[conversation]
    // Of a session in two places the longer one stands; of a file that was written anew, the later.
    let isNews = known.map { $0.unit == drafts.unit || $0.items < history.count } ?? true
    var session = known ?? Session(unit: drafts.unit, items: 0)
    if isNews {
      describe(conversation, record)
      session.unit = drafts.unit
      session.items = history.count
    }
    var names = ContinueNames()
    var previous: Slice?
    var last: Int?
    for item in history.elements {
      let name = drafts.arena.keep(names.next(item))
      defer { previous = name }
      if let there = drafts.place(ofMessage: name, in: conversation), !isNews {
        last = there
        continue
      }
      let said = ContinueItem(item)
      let message = drafts.message(name, in: conversation, said.role, kind: said.kind)
      drafts.setParent(of: message, previous)
      said.tell(drafts, message, name: name)
      if let words = said.answer { session.answers[words] = message }
      last = message
    }
    if isNews { session.last = last }
    sessions[conversation] = session
    if drafts.entry.outcome == .filtered, known != nil { drafts.entry.outcome = .duplicate }
  }

  private func describe(_ conversation: Int, _ record: JSONValue) {
    drafts.conversations[conversation].title = record["title"]?.words
    drafts.conversations[conversation].model = record["chatModelTitle"]?.words
    if let folder = record["workspaceDirectory"]?.words {
      drafts.conversations[conversation].workspace = FileURI.path(folder)
    }
    drafts.conversations[conversation].metadata.set("mode", record["mode"])
    guard let usage = record["usage"], usage.kind == .object else { return }
    drafts.conversations[conversation].statedUsage = TokenUsage(continue: usage)
    drafts.conversations[conversation].statedCost = usage["totalCost"]?.dollars
  }
}

/// What completes sessions: entries of the index, and events of the log.
extension ContinueReader {
  private func complete(with entry: JSONValue) {
    guard let id = (entry["sessionId"] ?? entry["session_id"])?.words else {
      return drafts.noteUnknown("an entry that names no session")
    }
    let conversation = drafts.conversation(id)
    guard sessions[conversation] != nil else { return }
    drafts.entry.outcome = .updated
    let draft = drafts.conversations[conversation]
    drafts.conversations[conversation].createdAt = draft.createdAt ?? entry["dateCreated"]?.time
    drafts.conversations[conversation].title = draft.title ?? entry["title"]?.words
    if draft.workspace == nil, let folder = entry["workspaceDirectory"]?.words {
      drafts.conversations[conversation].workspace = FileURI.path(folder)
    }
  }

  /// Events are telemetry, not messages; those of a session say when it was answered, and how well.
  private func takeEvent(_ event: JSONValue) {
    let kind = event["eventName"]?.words ?? FilePath.stem(drafts.content?.unit.path ?? "")
    switch kind {
    case "chatInteraction", "chat": complete(from: event, note: noteTime)
    case "chatFeedback": complete(from: event, note: noteFeedback)
    case "autocomplete", "tokensGenerated", "tokens_generated", "editOutcome", "editInteraction",
      "toolUsage", "quickEdit", "nextEditOutcome", "nextEditWithHistory":
      break
    default: drafts.noteUnknown("the event “\(kind)”")
    }
  }

  /// Tells an answer what an event says of it; the answer is found by its words.
  private func complete(from event: JSONValue, note: (Int, JSONValue) -> Void) {
    guard let id = event["sessionId"]?.words else { return }
    let conversation = drafts.conversation(id)
    guard let words = event["completion"]?.text,
      let answer = sessions[conversation]?.answers[words.fingerprint]
    else { return }
    drafts.noteUpdate(of: answer)
    note(answer, event)
  }

  private func noteTime(of answer: Int, _ event: JSONValue) {
    if drafts.messages[answer].started == nil, let time = event["timestamp"]?.time {
      drafts.messages[answer].started = time
      drafts.messages[answer].metadata.set("time_source", "dev_data")
    }
    if drafts.messages[answer].model == nil {
      drafts.messages[answer].model = drafts.keep(event["modelName"] ?? event["modelTitle"])
    }
  }

  private func noteFeedback(of answer: Int, _ event: JSONValue) {
    drafts.messages[answer].metadata.set("feedback", event["feedback"])
  }
}
