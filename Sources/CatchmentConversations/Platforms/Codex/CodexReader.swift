internal import Catchment
internal import JSONTape

/// Understands Codex's rollouts.
///
/// Everything is written down more than once: what the model saw as items, what the screen showed as
/// events, and in newer versions each item's completion as an event of its own. What is told first
/// makes the row, the others are duplicates.
struct CodexReader: PlatformReader {
  let drafts: ConversationDrafts
  var threads: [CodexThread] = []
  /// The thread of the unit, by place.
  var at = 0
  private var places: [String: Int] = [:]
  private var lineage = CodexLineage()
  /// Whether another unit told of the same thread.
  private var isCopy = false

  init(_ drafts: ConversationDrafts) { self.drafts = drafts }

  /// The unit's conversation, by place.
  var conversation: Int { drafts.conversation(threads[at].id) }

  func order(_ units: [UnitContent]) -> [Int] {
    units.count > 1 ? CodexOrder(units, drafts.checker).places : [0]
  }

  /// Finds the unit's thread.
  mutating func begin() {
    guard let content = drafts.content else { return }
    let id = CodexHead(content, drafts.checker).id
    isCopy = places[id] != nil
    at = places[id] ?? threads.count
    if !isCopy { threads.append(CodexThread(id: id)) }
    places[id] = at
    closeResponse()
    lineage.begin(id)
    drafts.noteRelative(id)
  }

  mutating func end() { settleUsage() }

  mutating func take(_ record: JSONValue) {
    guard record.kind == .object else {
      return drafts.refuse("not_an_object", "the record is JSON but not an object", column: 0)
    }
    let line = CodexLine(record)
    if isToldTwice() { return repeatRecord() }
    if line.isStream, threads[at].hasRollout { return repeatRecord() }
    if line.type == "session_meta" { return takeSession(line) }
    let isRepeated = lineage.isCopy(line)
    if drafts.ledger.count > 1 { lineage.remember(line) }
    if isRepeated { return takeRepeated(line) }
    noteLineage()
    tell(line)
  }

  private mutating func tell(_ line: CodexLine) {
    _ = conversation
    if line.isStream { return takeStream(line) }
    threads[at].hasRollout = true
    switch line.type {
    case "turn_context": takeContext(line.payload)
    case "response_item": takeItem(line.payload, at: line.time)
    case "event_msg": takeEvent(line.payload, at: line.time)
    case "compacted": takeCompaction(line.payload, at: line.time)
    case "token_usage_record": takeUsageRecord(line.payload, at: line.time)
    case "world_state", "inter_agent_communication", "inter_agent_communication_metadata",
      "state":
      break
    default: noteUnknown("record type", line.type)
    }
  }

  func noteUnknown(_ what: String, _ name: JSONText?) {
    drafts.noteUnknown("the \(what) \"\(name?.description.prefix(80) ?? "")\"")
  }

  // MARK: Threads

  /// Whether another copy of the thread has told the very same record.
  private mutating func isToldTwice() -> Bool {
    guard let digest = drafts.record?.digest, drafts.ledger.count > 1 else { return false }
    let isNew = threads[at].told.insert(digest).inserted
    return isCopy && !isNew
  }

  private func repeatRecord() {
    drafts.entry.outcome = .duplicate
    drafts.noteRelative(threads[at].id)
  }

  /// A record of the parent's: its counters go on in the child.
  private mutating func takeRepeated(_ line: CodexLine) {
    repeatRecord()
    let total = CumulativeCounters(codex: line.payload["info"]?["total_token_usage"])
    threads[at].lastTotal = total ?? threads[at].lastTotal
  }

  private func noteLineage() {
    guard lineage.isUnresolved else { return }
    drafts.conversations[conversation].metadata.set("lineage", "unresolved")
  }

  // MARK: Sessions

  /// The first record stands; a resumed session may write another, and a fork its parent's.
  private mutating func takeSession(_ line: CodexLine) {
    let meta = line.payload
    if let other = meta["id"]?.text?.description, other != threads[at].id {
      if let needed = lineage.declareCopy(of: other) { drafts.noteRelative(needed) }
      return repeatRecord()
    }
    let place = conversation
    threads[at].hasRollout = true
    let parent = line.parent
    if let needed = lineage.declare(meta, parent: parent) { drafts.noteRelative(needed) }
    drafts.conversations[place].describe(meta, parent: parent)
    drafts.entry.outcome = .updated
    drafts.entry.row = drafts.conversations[place].id
  }

  /// What the turn that follows is made with.
  private mutating func takeContext(_ context: JSONValue) {
    let context = context["turn_context"] ?? context
    noteModel(context["model"])
    let place = conversation
    if drafts.conversations[place].workspace == nil {
      drafts.conversations[place].workspace = context["cwd"]?.text?.description
    }
    drafts.entry.outcome = .updated
    drafts.entry.row = drafts.conversations[place].id
  }

  mutating func noteModel(_ model: JSONValue?) {
    guard let name = model?.text, !name.isEmpty else { return }
    if let known = threads[at].model, JSONText(bytes: known) == name { return }
    threads[at].model = drafts.arena.keep(name.bytes)
  }

  // MARK: Messages

  mutating func message(
    _ role: MessageDraft.Role, kind: StaticString, at time: Int64?
  ) -> Int {
    let name = threads[at].messageName(at: time)
    let place = conversation
    let message = drafts.message(name, in: place, role, kind: kind)
    drafts.messages[message].started = time
    drafts.messages[message].isSidechain = drafts.conversations[place].isSidechain
    return message
  }

  /// The response that the model is giving, begun when there is none.
  mutating func response(at time: Int64?) -> Int {
    guard let response = threads[at].response, threads[at].isOpen else {
      return newResponse(at: time)
    }
    drafts.noteUpdate(of: response)
    if let time, time > drafts.messages[response].started ?? time {
      drafts.messages[response].ended = time
    }
    return response
  }

  mutating func newResponse(at time: Int64?) -> Int {
    let response = message(.assistant, kind: "response", at: time)
    drafts.messages[response].model = threads[at].model
    if let usage = threads[at].pendingUsage.take() { drafts.messages[response].usage = usage }
    threads[at].response = response
    threads[at].isOpen = true
    return response
  }

  /// What comes next is no part of the response before.
  mutating func closeResponse() { threads[at].isOpen = false }
}

extension ConversationDraft {
  /// Takes what a thread's first record says; what is known stands.
  fileprivate mutating func describe(_ meta: JSONValue, parent: String?) {
    version = version ?? meta["cli_version"]?.text?.description
    workspace = workspace ?? meta["cwd"]?.text?.description
    branch = branch ?? meta["git"]?["branch"]?.text?.description
    commit = commit ?? meta["git"]?["commit_hash"]?.text?.description
    createdAt = createdAt ?? meta["timestamp"]?.time
    self.parent = self.parent ?? parent
    let isAgent = meta["source"]?["subagent"] != nil || meta["thread_source"]?.text == "subagent"
    isSidechain = isSidechain || isAgent
    if parent != nil, !isSidechain { metadata.set("is_fork", true) }
    metadata.set("originator", meta["originator"])
    metadata.set("source", meta["source"])
    metadata.set("model_provider", meta["model_provider"])
    metadata.set("agent_nickname", meta["agent_nickname"])
    metadata.set("agent_role", meta["agent_role"])
    metadata.set("repository_url", meta["git"]?["repository_url"])
  }
}
