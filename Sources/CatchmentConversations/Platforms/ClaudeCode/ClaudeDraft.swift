internal import Catchment
internal import DuckDB
internal import JSONTape

/// Everything that the units of one reduction say, while it is being put together.
final class ClaudeDraft: Reduction {
  let ids = StableID(platform: ClaudeCodeSource.platform)
  let arena: TextArena
  let files: ArtifactFinder
  let conversationColumns = ConversationColumns()
  let messageColumns = MessageColumns()
  let toolCallColumns = ToolCallColumns()
  let summaryColumns = SummaryColumns()
  var contentBuffer = ByteBuffer()

  var sessions: ContiguousArray<ClaudeSessionDraft> = []
  var messages: ContiguousArray<ClaudeMessageDraft> = []
  var pieces: ContiguousArray<ClaudePiece> = []
  var calls: ContiguousArray<ClaudeCallDraft> = []
  var summaries: ContiguousArray<ClaudeSummaryDraft> = []

  /// What a record's uuid leads to: its message, or past a record that has none.
  enum Link {
    case message(Int32)
    case bridge(to: UInt64)
  }
  var links: [UInt64: Link] = [:]
  var responses: [UInt64: Int32] = [:]
  var callsByNativeID: [UInt64: Int32] = [:]
  var callIDs: Set<UUIDBytes> = []
  /// Texts that many records share, by fingerprint.
  var interned: [UInt64: Slice] = [:]
  /// The message that each message answers, by place; -1 for none.
  var parents: ContiguousArray<Int32> = []
  /// Results whose call has not been seen.
  var orphanResults: [(call: UInt64, result: ClaudeResult)] = []
  /// Sub-agents named by progress lines, by the call that started them.
  var agentsByCall: [UInt64: String] = [:]
  private var sessionsByNativeID: [String: Int32] = [:]
  private var lastSession: (name: UInt64, session: Int32)?
  private var occurrences: [RawRecord.Digest: Int] = [:]
  private var summaryIDs: Set<UUIDBytes> = []
  private var seenDigests: Set<RawRecord.Digest> = []

  // Where in the input we are.
  var content: UnitContent?
  var unit: Int32 = 0
  var record: RawRecord?
  var recordID = UUIDBytes(high: 0, low: 0)
  private var hasGenerations = false
  /// The conversations that this unit has records of.
  private var unitSessions: Set<Int32> = []
  private var defaultSession: Int32?
  /// Lines without a session id, until the unit's session is known.
  private var unplacedSummaries: [Int32] = []
  private var hasUnplacedLines = false

  var ledger: [ContiguousArray<LedgerEntry>] = []
  private(set) var identities: [ContiguousArray<UInt64>] = []
  private(set) var unfinished: Set<Int> = []
  var entry = LedgerEntry(outcome: .filtered)

  init() {
    arena = TextArena()
    files = ArtifactFinder(arena)
  }

  var artifacts: ContiguousArray<Artifact> { files.artifacts }

  func reset(units: [UnitContent]) {
    arena.reset()
    files.reset()
    sessions.removeAll(keepingCapacity: true)
    messages.removeAll(keepingCapacity: true)
    pieces.removeAll(keepingCapacity: true)
    calls.removeAll(keepingCapacity: true)
    summaries.removeAll(keepingCapacity: true)
    links.removeAll(keepingCapacity: true)
    responses.removeAll(keepingCapacity: true)
    callsByNativeID.removeAll(keepingCapacity: true)
    callIDs.removeAll(keepingCapacity: true)
    interned.removeAll(keepingCapacity: true)
    orphanResults.removeAll(keepingCapacity: true)
    agentsByCall.removeAll(keepingCapacity: true)
    sessionsByNativeID.removeAll(keepingCapacity: true)
    lastSession = nil
    occurrences.removeAll(keepingCapacity: true)
    summaryIDs.removeAll(keepingCapacity: true)
    ledger = units.map { _ in [] }
    identities = units.map { _ in [] }
    unfinished.removeAll()
  }

  func begin(_ content: UnitContent, at place: Int32) {
    self.content = content
    unit = place
    hasGenerations = content.records.first?.generation != content.records.last?.generation
    seenDigests.removeAll(keepingCapacity: true)
    defaultSession = nil
    hasUnplacedLines = false
    lastSession = nil
    unitSessions.removeAll(keepingCapacity: true)
    ledger[Int(place)].reserveCapacity(content.records.count)
  }

  /// Ends a unit: what named no session goes to the unit's own.
  func end() {
    if hasUnplacedLines {
      let session = defaultSession ?? session(named: fallbackName(), sessionID: nil, agentID: nil)
      noteMember(of: session)
      for index in unplacedSummaries { summaries[Int(index)].session = session }
      unplacedSummaries.removeAll(keepingCapacity: true)
    }
    content = nil
    record = nil
  }

  // MARK: One line

  func take(_ value: JSONValue, _ record: RawRecord, _ bytes: Slice) {
    start(record)
    guard value.kind == .object else {
      return refuse("not_an_object", "the line is JSON but not an object", column: 0)
    }
    let line = ClaudeLine(value)
    guard let type = line.type?.text.map(ClaudeLineType.init) else {
      entry.issue = .init("unknown_type", "the record has no type; kept in the raw store")
      return finish()
    }
    noteTies(line, type)
    if isRepeated(line) {
      entry.outcome = .duplicate
      if type == .assistant { noteShared(line, ClaudeMessage(line.message)) }
    } else {
      route(line, type, bytes)
    }
    finish()
  }

  private func route(_ line: ClaudeLine, _ type: ClaudeLineType, _ bytes: Slice) {
    switch type {
    case .user: takeUser(line, bytes)
    case .assistant: takeAssistant(line, bytes)
    case .system: takeSystem(line, bytes)
    case .attachment: takeAttachment(line, bytes)
    case .summary: takeSummary(line, bytes)
    case .progress: takeProgress(line)
    case .sessionMetadata: takeMetadata(line)
    case .costState: takeCostState(line, bytes)
    case .bookkeeping: bridge(line)
    case .unknown:
      bridge(line)
      let name = line.type?.text.map(String.init) ?? ""
      entry.issue = .init(
        "unknown_type", "records of type \"\(name)\" are not known; kept in the raw store")
    }
  }

  func refuse(_ error: JSONError) {
    guard let content, let record = nextRecord(content) else { return }
    start(record)
    refuse(
      "json_\(error.code)", "the line is not JSON: \(error.message)", column: error.offset)
  }

  func leaveUnfinished() { unfinished.insert(Int(unit)) }

  private func refuse(_ code: String, _ message: String, column: Int) {
    entry.outcome = .deadLettered
    entry.issue = .init(code, message, column: column)
    finish()
  }

  private func nextRecord(_ content: UnitContent) -> RawRecord? {
    let index = ledger[Int(unit)].count
    return index < content.records.count ? content.records[index] : nil
  }

  private func start(_ record: RawRecord) {
    entry = LedgerEntry(outcome: .filtered)
    self.record = record
    if let content { recordID = record.id(in: content.unit) }
  }

  private func finish() {
    if files.takeFailure(), entry.issue == nil { entry.issue = .undecodableArtifact }
    ledger[Int(unit)].append(entry)
  }

  // MARK: Identity

  /// Names what other files could share with this line, by nothing but the line and its own file.
  ///
  /// Whether an earlier file of the family has the line makes no difference: else a file would have
  /// other relatives when it is read alone, and its rows would depend on what came first.
  private func noteTies(_ line: ClaudeLine, _ type: ClaudeLineType) {
    switch type {
    case .summary where line.sessionID == nil: hasUnplacedLines = true
    case _ where type.isOfSession(line): _ = session(of: line)
    default: return
    }
    if type == .summary {
      if let text = summaryText(line) { noteIdentity(summaryID(line, text)) }
    } else if type.makesMessage, line.uuid?.text == nil, let record {
      noteIdentity(record.digest.words.0)
    }
  }

  /// Whether this record has been seen: in this file, in one that it copies, or in the file as it
  /// was before it was written anew.
  private func isRepeated(_ line: ClaudeLine) -> Bool {
    if let uuid = line.uuid?.text {
      entry.identity = uuid.fingerprint
      guard links[entry.identity] == nil else {
        noteFork(entry.identity, line)
        return true
      }
      return false
    }
    guard hasGenerations, let record else { return false }
    return !seenDigests.insert(record.digest).inserted
  }

  /// A name for a record that has no uuid: its bytes, and how many of the same came before.
  func anonymousName() -> String {
    guard let record else { return "" }
    let occurrence = occurrences[record.digest, default: 0]
    occurrences[record.digest] = occurrence + 1
    let words = record.digest.words
    return "sha:\(words.0):\(words.1):\(words.2):\(words.3)#\(occurrence)"
  }

  // MARK: Sessions

  /// The conversation that a record belongs to.
  func session(of line: ClaudeLine) -> Int32 {
    let sessionID = line.sessionID?.text
    let agent = agentID(of: line)
    let name =
      (sessionID?.fingerprint ?? 1) &+ (agent.map { $0.fingerprint &* 3 } ?? 0)
    if let lastSession, lastSession.name == name { return lastSession.session }
    let found = session(
      named: sessionID.map(String.init), sessionID: sessionID.map(String.init),
      agentID: agent.map(String.init))
    noteMember(of: found)
    lastSession = (name, found)
    return found
  }

  /// Agents are told by the file's name, or, in the old format, by the line.
  private func agentID(of line: ClaudeLine) -> JSONText? {
    if let agent = line.agentID?.text, isAgentFile || line.isSidechain?.boolean == true {
      return agent
    }
    return nil
  }

  /// The file's name without its extension: the session's id, or `agent-` and the agent's.
  var stem: Substring {
    guard let path = content?.unit.path else { return "" }
    let name = path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]
    return name.hasSuffix(".jsonl") ? name.dropLast(6) : name
  }

  private var isAgentFile: Bool { stem.hasPrefix("agent-") }

  /// A file whose lines name no session is named by itself if its name is an id, else by the bytes
  /// of its first record: the same on every machine.
  private func fallbackName() -> String {
    if UUIDBytes(stem) != nil, stem.count == 36 { return String(stem) }
    guard let first = content?.records.first?.digest.words else { return "empty" }
    return "content:\(first.0):\(first.1):\(first.2):\(first.3)"
  }

  private func session(named name: String?, sessionID: String?, agentID: String?) -> Int32 {
    let agent = agentID ?? (isAgentFile ? String(stem.dropFirst("agent-".count)) : nil)
    let base = name ?? defaultSession.flatMap { sessions[Int($0)].sessionID } ?? fallbackName()
    let nativeID = agent.map { "\(base)/agent-\($0)" } ?? base
    if let known = sessionsByNativeID[nativeID] {
      defaultSession = defaultSession ?? known
      return known
    }
    let index = Int32(sessions.count)
    var session = ClaudeSessionDraft(nativeID: nativeID, id: ids("conversation", nativeID))
    session.sessionID = sessionID ?? base
    session.importedAt = content?.importedAt ?? 0
    session.agentID = agent
    if agent != nil { session.parentSession = base }
    sessions.append(session)
    sessionsByNativeID[nativeID] = index
    defaultSession = defaultSession ?? index
    return index
  }

  /// Notes that this file repeats the beginning of another conversation.
  private func noteFork(_ identity: UInt64, _ line: ClaudeLine) {
    guard case .message(let index)? = links[identity] else { return }
    let owner = messages[Int(index)].session
    entry.row = messages[Int(index)].id
    let own = session(of: line)
    entry.scope = sessions[Int(own)].id
    if own != owner, sessions[Int(own)].forkedFrom == nil { sessions[Int(own)].forkedFrom = owner }
  }

  func addSummary(_ summary: ClaudeSummaryDraft, isPlaced: Bool) {
    guard summaryIDs.insert(summary.id).inserted else {
      entry.outcome = .duplicate
      return
    }
    if !isPlaced { unplacedSummaries.append(Int32(summaries.count)) }
    summaries.append(summary)
    entry.outcome = .loaded
    entry.row = summary.id
  }

  func noteIdentity(_ identity: UInt64) { identities[Int(unit)].append(identity) }

  private func noteIdentity(_ id: UUIDBytes) { noteIdentity(id.high ^ id.low) }

  /// Every unit that has records of a conversation is known by it.
  private func noteMember(of session: Int32) {
    guard unitSessions.insert(session).inserted else { return }
    noteIdentity(sessions[Int(session)].id)
  }
}
