internal import Catchment
internal import DuckDB
internal import JSONTape

/// Everything that the units of one reduction say, while a platform's reader puts it together.
///
/// A reader is told the records one after another and says here what each of them means: a
/// conversation, a message with its content, a call, a result. What is said twice under one native
/// id is said once: the later record replaces what the earlier one said. Bytes that it points to
/// must live as long as the reduction, as a unit's own bytes do and what `arena` keeps.
final class ConversationDrafts: Reduction {
  let platform: String
  let ids: StableID
  let arena: TextArena
  let files: ArtifactFinder
  /// Tells whether a text that a record holds is JSON itself.
  let checker = TapeParser()
  /// Reads the JSON that a text holds.
  let unfolder = TapeParser()

  var conversations: ContiguousArray<ConversationDraft> = []
  var messages: ContiguousArray<MessageDraft> = []
  var pieces: ContiguousArray<BlockPiece> = []
  var calls: ContiguousArray<ToolCallDraft> = []
  var summaries: ContiguousArray<SummaryDraft> = []
  /// Each conversation's messages in their order.
  var order: [[Int]] = []
  private var conversationsByID: [String: Int] = [:]
  private var messagesByKey: [UInt64: Int] = [:]
  private var callsByKey: [UInt64: Int] = [:]
  private var orphanResults: [(key: UInt64, result: ToolResult)] = []
  private var summaryIDs: Set<UUIDBytes> = []

  // MARK: Where the reading is

  private(set) var content: UnitContent?
  private(set) var unit = 0
  private(set) var record: RawRecord?
  private(set) var recordID = UUIDBytes(high: 0, low: 0)
  private var finishedID = UUIDBytes(high: 0, low: 0)
  /// What became of the record that is being read.
  var entry = LedgerEntry(outcome: .filtered)
  /// The units that are read together.
  private var contents: [UnitContent] = []
  /// Each unit's conversations.
  private var members: [Set<Int>] = []
  private var known: [RawRecord.Digest: LedgerEntry] = [:]

  private(set) var ledger: [ContiguousArray<LedgerEntry>] = []
  private(set) var identities: [ContiguousArray<UInt64>] = []
  private(set) var unfinished: Set<Int> = []

  init(platform: String) {
    self.platform = platform
    ids = StableID(platform: platform)
    arena = TextArena()
    files = ArtifactFinder(arena)
  }

  var artifacts: ContiguousArray<Artifact> { files.artifacts }

  func reset(units: [UnitContent]) {
    arena.reset()
    files.reset()
    conversations.removeAll(keepingCapacity: true)
    messages.removeAll(keepingCapacity: true)
    pieces.removeAll(keepingCapacity: true)
    calls.removeAll(keepingCapacity: true)
    summaries.removeAll(keepingCapacity: true)
    order.removeAll(keepingCapacity: true)
    conversationsByID.removeAll(keepingCapacity: true)
    messagesByKey.removeAll(keepingCapacity: true)
    callsByKey.removeAll(keepingCapacity: true)
    orphanResults.removeAll(keepingCapacity: true)
    summaryIDs.removeAll(keepingCapacity: true)
    known.removeAll(keepingCapacity: true)
    contents = units
    members = units.map { _ in [] }
    ledger = units.map { _ in [] }
    identities = units.map { _ in [] }
    unfinished.removeAll()
  }

  func begin(_ content: UnitContent, at place: Int) {
    self.content = content
    unit = place
    ledger[place].reserveCapacity(content.records.count)
  }

  func start(_ record: RawRecord) {
    entry = LedgerEntry(outcome: .filtered)
    self.record = record
    if let content { recordID = record.id(in: content.unit) }
  }

  func finish() {
    noteUndecodable()
    ledger[unit].append(entry)
    if let record, known[record.digest] == nil { known[record.digest] = entry }
    record = nil
    finishedID = recordID
  }

  /// The bytes of the record that is being read.
  var recordBytes: Slice? { record.flatMap { content?.bytes(of: $0) } }

  /// The place of the record that is being read.
  var place: RecordPlace { RecordPlace(unit: unit, index: ledger[unit].count) }

  /// Takes up a record again, once all were read, and gives its bytes.
  ///
  /// For platforms whose records say what they mean only together. What is said next is this
  /// record's; what becomes of it goes into the ledger with `settle`.
  func revisit(_ place: RecordPlace) -> Slice {
    let content = contents[place.unit]
    let record = content.records[place.index]
    self.content = content
    self.record = record
    unit = place.unit
    recordID = record.id(in: content.unit)
    entry = ledger[place.unit][place.index]
    return content.bytes(of: record)
  }

  func settle(_ place: RecordPlace) {
    noteUndecodable()
    ledger[place.unit][place.index] = entry
  }

  private func noteUndecodable() {
    if files.takeFailure(), entry.issue == nil { entry.issue = .undecodableArtifact }
  }

  /// The record waits for the rest of it: what is still said of the unit is not of it.
  func leaveUnfinished() {
    unfinished.insert(unit)
    record = nil
    recordID = finishedID
  }

  /// Takes the record for a repetition when the very same bytes were read before.
  func isRepeated() -> Bool {
    guard let record, var first = known[record.digest], first.outcome != .deadLettered else {
      return false
    }
    first.outcome = .duplicate
    first.issue = nil
    entry = first
    if let scope = first.scope, let place = conversations.firstIndex(where: { $0.id == scope }) {
      noteMember(of: place)
    }
    return true
  }

  /// Makes a dead letter of the record.
  func refuse(_ code: String, _ message: String, column: Int? = nil) {
    entry.outcome = .deadLettered
    entry.issue = .init(code, message, column: column)
  }

  /// Says that the record is of a kind that is not known; the raw store keeps it.
  func noteUnknown(_ what: String) {
    entry.issue = .init("unknown_type", "\(what) is not known; kept in the raw store")
  }

  // MARK: Conversations

  /// The conversation of this native id, made when it is new; the record is taken as one of its.
  func conversation(_ nativeID: String) -> Int {
    let place: Int
    if let known = conversationsByID[nativeID] {
      place = known
    } else {
      place = conversations.count
      var draft = ConversationDraft(nativeID: nativeID, id: ids("conversation", nativeID))
      draft.importedAt = content?.importedAt ?? 0
      conversations.append(draft)
      order.append([])
      conversationsByID[nativeID] = place
    }
    noteMember(of: place)
    if entry.scope == nil {
      entry.scope = conversations[place].id
      if let record { conversations[place].rawChecksum.add(record.digest) }
    }
    return place
  }

  /// The conversation of this native id, when there is one; nothing is said of the record.
  func known(conversation nativeID: String) -> Int? { conversationsByID[nativeID] }

  /// Says that the units that tell of this conversation belong together with this unit.
  func noteRelative(_ nativeID: String) {
    identities[unit].append(tie(nativeID))
  }

  /// Takes the first prompt's first line for the title of a conversation that is given none.
  func notePrompt(_ text: Slice, in conversation: Int) {
    guard conversations[conversation].firstPrompt == nil else { return }
    let words = String(decoding: text.prefix(4_096), as: UTF8.self)
    let line = words.drop { $0.isWhitespace }.prefix { !$0.isNewline }.prefix(100)
    if !line.isEmpty { conversations[conversation].firstPrompt = String(line) }
  }

  /// Says that other units that name this belong together with this unit.
  func noteIdentity(_ name: String) { noteIdentity(ids("identity", name)) }

  func noteIdentity(_ id: UUIDBytes) { identities[unit].append(Self.identity(id)) }

  private func noteMember(of place: Int) {
    guard members[unit].insert(place).inserted else { return }
    identities[unit].append(Self.identity(conversations[place].id))
  }

  /// What units and records share that tell of a conversation of this native id.
  func tie(_ nativeID: String) -> UInt64 { Self.identity(ids("conversation", nativeID)) }

  private static func identity(_ id: UUIDBytes) -> UInt64 { id.high ^ id.low }

  // MARK: Messages

  /// The key by which a conversation's thing is found again.
  private func key(_ conversation: Int, _ nativeID: Slice) -> UInt64 {
    JSONText(bytes: nativeID).fingerprint &+ UInt64(conversation) &* 0x9e37_79b9_7f4a_7c15
  }

  func knows(message nativeID: Slice, in conversation: Int) -> Bool {
    place(ofMessage: nativeID, in: conversation) != nil
  }

  func place(ofMessage nativeID: Slice, in conversation: Int) -> Int? {
    messagesByKey[key(conversation, nativeID)]
  }

  /// Begins a message; one that is known by its native id is said anew and keeps its place.
  func message(
    _ nativeID: Slice, in conversation: Int, _ role: MessageDraft.Role,
    kind: StaticString = "message"
  ) -> Int {
    let key = key(conversation, nativeID)
    let id = messageID(nativeID, conversation)
    let draft = MessageDraft(
      id: id, conversation: conversation, role: role, kind: kind, rawRecord: recordID)
    entry.row = entry.row ?? id
    if let known = messagesByKey[key] {
      messages[known] = draft
      if entry.outcome == .filtered { entry.outcome = .updated }
      return known
    }
    let place = messages.count
    messages.append(draft)
    order[conversation].append(place)
    messagesByKey[key] = place
    entry.outcome = .loaded
    return place
  }

  func message(
    _ nativeID: String, in conversation: Int, _ role: MessageDraft.Role,
    kind: StaticString = "message"
  ) -> Int {
    message(arena.keep(nativeID), in: conversation, role, kind: kind)
  }

  /// A message that is known, to be completed by this record.
  func known(message nativeID: Slice, in conversation: Int) -> Int? {
    guard let place = messagesByKey[key(conversation, nativeID)] else { return nil }
    noteUpdate(of: place)
    return place
  }

  /// Says that the record completes a message that another made.
  func noteUpdate(of message: Int) {
    if entry.outcome == .filtered { entry.outcome = .updated }
    entry.row = entry.row ?? messages[message].id
  }

  /// Says that the record says something of a conversation and makes no row of its own.
  func noteUpdate(ofConversation place: Int) {
    if entry.outcome == .filtered { entry.outcome = .updated }
    entry.row = entry.row ?? conversations[place].id
  }

  /// Names the message that another answers.
  ///
  /// - Parameter conversation: the one that it is in, when that is another.
  func setParent(of message: Int, _ nativeID: Slice?, in conversation: Int? = nil) {
    guard let nativeID else { return messages[message].parent = .none }
    let conversation = conversation ?? messages[message].conversation
    messages[message].parent = .message(key(conversation, nativeID))
  }

  func messageID(_ nativeID: Slice, _ conversation: Int) -> UUIDBytes {
    var name = ByteBuffer()
    let scope = conversations[conversation].id
    name.append(scope.high)
    name.append(scope.low)
    name.append(nativeID)
    return name.withUnsafeBytes { ids("message", $0) }
  }

  func parent(of place: Int, previous: Int?) -> Int? {
    switch messages[place].parent {
    case .none: nil
    case .previous: previous
    case .message(let key): messagesByKey[key]
    }
  }

  // MARK: Calls and summaries

  /// Notes a call that a message made; one that is known by its native id is said anew.
  ///
  /// - Parameter uniqueName: tells it from other calls of the conversation, where the native id does not:
  ///   some servers give every call the same.
  func call(
    _ nativeID: Slice, _ name: Slice, input: Slice?, in message: Int, started: Int64? = nil,
    uniqueName: Slice? = nil
  ) -> Int {
    let conversation = messages[message].conversation
    let key = key(conversation, uniqueName ?? nativeID)
    var draft = ToolCallDraft(
      id: callID(uniqueName ?? nativeID, conversation), message: message, nativeID: nativeID,
      name: name,
      input: input, started: started ?? messages[message].ended ?? messages[message].started,
      rawRecord: recordID)
    if let known = callsByKey[key] {
      draft.result = calls[known].result
      draft.child = calls[known].child
      calls[known] = draft
      return known
    }
    calls.append(draft)
    callsByKey[key] = calls.count - 1
    return calls.count - 1
  }

  private func callID(_ nativeID: Slice, _ conversation: Int) -> UUIDBytes {
    var name = ByteBuffer()
    let scope = conversations[conversation].id
    name.append(scope.high)
    name.append(scope.low)
    name.append(nativeID)
    return name.withUnsafeBytes { ids("tool_call", $0) }
  }

  func known(call nativeID: Slice, in conversation: Int) -> Int? {
    callsByKey[key(conversation, nativeID)]
  }

  /// Joins a result to its call, which may be told later; what the new one leaves open stays.
  func result(_ result: ToolResult, of nativeID: Slice, in conversation: Int) {
    let key = key(conversation, nativeID)
    if let call = callsByKey[key] { return attach(result, to: call) }
    orphanResults.append((key, result))
  }

  func attach(_ result: ToolResult, to call: Int) {
    calls[call].result = calls[call].result.map { result.completed(by: $0) } ?? result
  }

  /// Notes a summary; the same one is noted once.
  ///
  /// - Parameter record: where it was written, when that is not the record being read.
  func summary(
    _ nativeID: String, _ text: Slice, type: StaticString, in conversation: Int, at time: Int64?,
    covers: [Int] = [], of record: UUIDBytes? = nil
  ) {
    let id = ids("summary", "\(conversations[conversation].nativeID)/\(nativeID)")
    guard summaryIDs.insert(id).inserted else { return }
    summaries.append(
      SummaryDraft(
        id: id, conversation: conversation, type: type, text: text, timestamp: time,
        rawRecord: record ?? recordID, covers: covers))
    entry.outcome = entry.outcome == .filtered ? .loaded : entry.outcome
    entry.row = entry.row ?? id
  }

  /// All units are read: what waited for something later finds it now.
  func complete() {
    for (key, result) in orphanResults {
      if let call = callsByKey[key] { attach(result, to: call) }
    }
    content = nil
    record = nil
    contents.removeAll()
  }

  var scopes: [UUIDBytes] { conversations.map(\.id) }

  func write(to tables: TableWriters) throws(DuckDBError) {
    var writer = DraftWriter(self, tables)
    try writer.write()
  }
}

/// Where a record is among the units that are read together.
struct RecordPlace: Hashable {
  var unit: Int
  var index: Int
}

extension ToolResult {
  /// What this leaves open, another told.
  fileprivate func completed(by other: ToolResult) -> ToolResult {
    ToolResult(
      message: message ?? other.message, output: output ?? other.output,
      isError: isError ?? other.isError, exitCode: exitCode ?? other.exitCode,
      duration: duration ?? other.duration, completed: completed ?? other.completed)
  }
}
