internal import Catchment
internal import DuckDB
internal import JSONTape

/// Writes drafts as rows of the unified tables.
struct DraftWriter {
  /// What a conversation's messages add up to.
  private struct Totals {
    var usage = TokenUsage()
    var cost: Double?
    var messages = 0
    var responses = 0
    var toolCalls = 0
    var started: Int64?
    var ended: Int64?
    var models: [String: Int] = [:]
    var content = ChecksumDraft()
  }

  private let drafts: ConversationDrafts
  private let tables: TableWriters
  private var totals: [Totals]
  /// The place of each message in its conversation, from 0.
  private var sequence: [Int]
  private var parents: [Int?]
  private var buffer = ByteBuffer()

  private static let conversationColumns = ConversationColumns()
  private static let messageColumns = MessageColumns()
  private static let toolCallColumns = ToolCallColumns()
  private static let summaryColumns = SummaryColumns()

  init(_ drafts: ConversationDrafts, _ tables: TableWriters) {
    self.drafts = drafts
    self.tables = tables
    totals = drafts.conversations.map { _ in Totals() }
    sequence = drafts.messages.map { _ in 0 }
    parents = drafts.messages.map { _ in nil }
    for places in drafts.order { arrange(places) }
    addUp()
  }

  private mutating func arrange(_ places: [Int]) {
    var previous: Int?
    for (number, place) in places.enumerated() {
      sequence[place] = number
      parents[place] = drafts.parent(of: place, previous: previous)
      previous = place
    }
  }

  private mutating func addUp() {
    for message in drafts.messages {
      let place = message.conversation
      totals[place].messages += 1
      totals[place].usage.add(message.usage)
      if message.isResponse { totals[place].responses += 1 }
      if let cost = message.cost { totals[place].cost = (totals[place].cost ?? 0) + cost }
      if let model = message.model {
        totals[place].models[JSONText(bytes: model).description, default: 0] += 1
      }
      if let time = message.started {
        totals[place].started = min(totals[place].started ?? time, time)
        totals[place].ended = max(totals[place].ended ?? time, message.ended ?? time)
      }
    }
    for call in drafts.calls {
      totals[drafts.messages[call.message].conversation].toolCalls += 1
    }
  }

  /// A conversation that only side files name, without a message or a summary, makes no row.
  mutating func write() throws(DuckDBError) {
    for places in drafts.order {
      for place in places { try writeMessage(place) }
    }
    for call in drafts.calls { try writeCall(call) }
    for summary in drafts.summaries { try writeSummary(summary) }
    let summarised = Set(drafts.summaries.map(\.conversation))
    for place in drafts.conversations.indices
    where totals[place].messages > 0 || summarised.contains(place) {
      try writeConversation(place)
    }
  }

  // MARK: Messages

  private mutating func writeMessage(_ place: Int) throws(DuckDBError) {
    let message = drafts.messages[place]
    let rows = tables[UnifiedTable.messages]
    let columns = Self.messageColumns
    putTogetherContent(of: message)
    totals[message.conversation].content.add(message.role.name.slice)
    buffer.withUnsafeBytes { totals[message.conversation].content.add($0) }
    rows.setUUID(columns.id, message.id)
    rows.setUUID(columns.conversation, drafts.conversations[message.conversation].id)
    if let parent = parents[place] { rows.setUUID(columns.parent, drafts.messages[parent].id) }
    rows.set(columns.sequence, sequence[place])
    rows.setText(columns.role, message.role.name)
    rows.setText(columns.kind, message.kind)
    rows.setTimestamp(columns.timestamp, message.started)
    if message.ended != message.started { rows.setTimestamp(columns.ended, message.ended) }
    buffer.withUnsafeBytes { rows.setText(columns.content, $0) }
    rows.set(columns.isSidechain, message.isSidechain)
    rows.set(columns.isMeta, message.isMeta)
    rows.set(columns.isCompactSummary, message.isCompactSummary)
    if !message.metadata.isEmpty { rows.setText(columns.metadata, message.metadata.json) }
    rows.setUUID(columns.rawRecord, message.rawRecord)
    if message.role == .assistant || message.usage.isStated { writeResponse(message, rows) }
    try rows.endRow()
  }

  private mutating func putTogetherContent(of message: MessageDraft) {
    buffer.removeAll()
    buffer.append("[")
    var place = message.firstPiece
    while place >= 0 {
      let piece = drafts.pieces[place]
      if piece.beginsBlock, place != message.firstPiece { buffer.append(",") }
      buffer.append(piece.before)
      buffer.append(piece.bytes)
      buffer.append(piece.after)
      place = piece.next
    }
    buffer.append("]")
  }

  private func writeResponse(_ message: MessageDraft, _ rows: Appender) {
    let columns = Self.messageColumns
    rows.setText(columns.model, message.model)
    if let model = message.model, let usual = usualModel(message.conversation),
      JSONText(bytes: model).description != usual
    {
      rows.setText(columns.modelOverride, model)
    }
    rows.set(message.usage, cost: message.cost, columns)
    rows.setText(columns.stopReason, message.stopReason)
    rows.setText(columns.responseID, message.responseID)
    rows.setText(columns.requestID, message.requestID)
  }

  /// The model that the conversation names, else the one that most messages have.
  private func usualModel(_ conversation: Int) -> String? {
    drafts.conversations[conversation].model
      ?? totals[conversation].models.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
  }

  // MARK: Calls and summaries

  private func writeCall(_ call: ToolCallDraft) throws(DuckDBError) {
    let rows = tables[UnifiedTable.toolCalls]
    let columns = Self.toolCallColumns
    let message = drafts.messages[call.message]
    rows.setUUID(columns.id, call.id)
    rows.setUUID(columns.message, message.id)
    rows.setUUID(columns.conversation, drafts.conversations[message.conversation].id)
    rows.setText(columns.nativeID, call.nativeID)
    rows.setText(columns.name, call.name)
    rows.setText(columns.input, call.input)
    rows.setTimestamp(columns.timestamp, call.started)
    rows.setUUID(columns.rawRecord, call.rawRecord)
    if let child = call.child { rows.setUUID(columns.child, drafts.ids("conversation", child)) }
    if let result = call.result {
      rows.set(result, started: call.started, columns)
      if let place = result.message {
        rows.setUUID(columns.resultMessage, drafts.messages[place].id)
      }
    }
    try rows.endRow()
  }

  private func writeSummary(_ summary: SummaryDraft) throws(DuckDBError) {
    let rows = tables[UnifiedTable.summaries]
    let columns = Self.summaryColumns
    rows.setUUID(columns.id, summary.id)
    rows.setUUID(columns.conversation, drafts.conversations[summary.conversation].id)
    rows.setText(columns.type, summary.type)
    rows.setText(columns.text, summary.text)
    rows.setTimestamp(columns.timestamp, summary.timestamp)
    rows.setUUIDList(columns.covers, summary.covers.map { drafts.messages[$0].id })
    rows.setUUID(columns.rawRecord, summary.rawRecord)
    try rows.endRow()
  }

  // MARK: Conversations

  private func writeConversation(_ place: Int) throws(DuckDBError) {
    let draft = drafts.conversations[place]
    let totals = totals[place]
    let rows = tables[UnifiedTable.conversations]
    let columns = Self.conversationColumns
    rows.setUUID(columns.id, draft.id)
    rows.setText(columns.platform, drafts.platform)
    rows.setText(columns.sessionID, draft.sessionID ?? draft.nativeID)
    if let parent = draft.parent {
      rows.setUUID(columns.parent, drafts.ids("conversation", parent))
    }
    rows.set(columns.isSidechain, draft.isSidechain)
    writeStated(draft, rows)
    if let model = usualModel(place) { rows.setText(columns.model, model) }
    rows.setTimestamp(columns.created, draft.createdAt ?? totals.started)
    rows.setTimestamp(columns.updated, draft.updatedAt ?? totals.ended ?? draft.createdAt)
    rows.setTimestamp(columns.imported, draft.importedAt)
    rows.setText(columns.status, "active" as StaticString)
    writeTotals(totals, draft, rows)
    rows.setText(columns.checksum, draft.rawChecksum.text)
    rows.setText(columns.contentHash, totals.content.text)
    rows.setText(columns.metadata, metadata(of: draft).json)
    rows.setTextList(columns.tags, [])
    try rows.endRow()
  }

  /// What the platform says, and where the title is from: other files may give a better one.
  private func metadata(of draft: ConversationDraft) -> MetadataDraft {
    var metadata = draft.metadata
    if let title = draft.title {
      metadata.set("title_source", "ai")
      metadata.set("ai_title", title)
    } else if let prompt = draft.firstPrompt {
      metadata.set("title_source", "prompt")
      metadata.set("prompt_title", prompt)
    }
    return metadata
  }

  private func writeStated(_ draft: ConversationDraft, _ rows: Appender) {
    let columns = Self.conversationColumns
    rows.setText(columns.version, draft.version)
    rows.setText(columns.title, draft.title ?? draft.firstPrompt)
    rows.setText(columns.workspace, draft.workspace)
    rows.setText(columns.branch, draft.branch)
    rows.setText(columns.commit, draft.commit)
  }

  private func writeTotals(_ totals: Totals, _ draft: ConversationDraft, _ rows: Appender) {
    let columns = Self.conversationColumns
    let usage = draft.statedUsage ?? totals.usage
    rows.set(columns.messages, totals.messages)
    rows.set(columns.responses, totals.responses)
    rows.set(columns.toolCalls, totals.toolCalls)
    rows.set(usage, cost: draft.statedCost ?? totals.cost, columns)
    if let from = totals.started, let to = totals.ended {
      rows.set(columns.duration, (to - from) / 1_000)
    }
  }
}

extension MessageDraft {
  /// Whether a model answered: not what the program put in an answer's place.
  fileprivate var isResponse: Bool {
    let kind = JSONText(bytes: kind.slice)
    return role == .assistant && kind != "api_error" && kind != "synthetic" && kind != "thinking"
  }
}

extension MessageDraft.Role {
  var name: StaticString {
    switch self {
    case .user: "user"
    case .assistant: "assistant"
    case .system: "system"
    case .tool: "tool"
    }
  }
}
