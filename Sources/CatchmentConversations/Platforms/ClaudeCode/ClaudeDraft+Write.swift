internal import Catchment
internal import Crypto
internal import DuckDB
internal import JSONTape

/// Writes the drafts as rows of the unified tables.
extension ClaudeDraft {
  private enum Table {
    static let conversations = 0
    static let messages = 1
    static let toolCalls = 2
    static let summaries = 3
  }

  var scopes: [UUIDBytes] { sessions.map(\.id) }

  func write(to tables: TableWriters) throws(DuckDBError) {
    for index in messages.indices { try writeMessage(index, tables[Table.messages]) }
    for call in calls { try writeCall(call, tables[Table.toolCalls]) }
    for summary in summaries where summary.session >= 0 {
      try writeSummary(summary, tables[Table.summaries])
    }
    for session in sessions where session.messages > 0 {
      try writeConversation(session, tables[Table.conversations])
    }
  }

  // MARK: Messages

  private func writeMessage(_ index: Int, _ rows: Appender) throws(DuckDBError) {
    let message = messages[index]
    let columns = messageColumns
    let session = Int(message.session)
    rows.setUUID(columns.id, message.id)
    rows.setUUID(columns.conversation, sessions[session].id)
    if parents[index] >= 0 {
      rows.setUUID(columns.parent, messages[Int(parents[index])].id)
    }
    rows.set(columns.sequence, message.sequence)
    rows.setText(columns.role, message.role.name.slice)
    rows.setText(columns.kind, message.kind.slice)
    rows.setTimestamp(columns.timestamp, message.started)
    if message.ended != message.started { rows.setTimestamp(columns.ended, message.ended) }
    let content = self.content(of: message)
    content.withUnsafeBytes { rows.setText(columns.content, $0) }
    rows.setText(columns.userType, message.userType)
    rows.set(columns.isSidechain, message.isSidechain)
    rows.set(columns.isMeta, message.isMeta)
    rows.set(columns.isCompactSummary, message.isCompactSummary)
    rows.setText(columns.metadata, message.metadata)
    rows.setUUID(columns.rawRecord, message.rawRecord)
    if message.role == .assistant { writeResponse(message, rows) }
    hash(message, content, into: session)
    try rows.endRow()
  }

  private func writeResponse(_ message: MessageDraft, _ rows: Appender) {
    let columns = messageColumns
    rows.setText(columns.model, message.model)
    if let model = message.model, let usual = sessions[Int(message.session)].model,
      JSONText(bytes: model) != JSONText(bytes: usual)
    {
      rows.setText(columns.modelOverride, model)
    }
    rows.set(columns.input, message.usage.input)
    rows.set(columns.output, message.usage.output)
    rows.set(columns.cacheRead, message.usage.cacheRead)
    rows.set(columns.cacheWrite, message.usage.cacheWrite)
    rows.set(columns.cacheWriteHour, message.usage.cacheWriteHour)
    rows.set(columns.reasoning, message.usage.reasoning)
    if let cost = message.cost {
      rows.set(columns.cost, cost)
      rows.setText(columns.costSource, "reported" as StaticString)
    } else {
      rows.setText(columns.costSource, "unknown" as StaticString)
    }
    rows.setText(columns.stopReason, message.stopReason)
    rows.setText(columns.responseID, message.responseID)
    rows.setText(columns.requestID, message.requestID)
  }

  private func hash(_ message: MessageDraft, _ content: ByteBuffer, into session: Int) {
    sessions[session].contentHash.update(bufferPointer: message.role.name.slice)
    withUnsafeBytes(of: message.started ?? 0) {
      sessions[session].contentHash.update(bufferPointer: $0)
    }
    content.withUnsafeBytes { sessions[session].contentHash.update(bufferPointer: $0) }
  }

  /// The message's blocks as a JSON list, put together from the bytes they were written with.
  private func content(of message: MessageDraft) -> ByteBuffer {
    contentBuffer.removeAll()
    contentBuffer.append("[")
    var index = message.firstPiece
    while index >= 0 {
      if index != message.firstPiece { contentBuffer.append(",") }
      let piece = pieces[Int(index)]
      append(piece)
      index = piece.next
    }
    contentBuffer.append("]")
    return contentBuffer
  }

  private func append(_ piece: ContentPiece) {
    switch piece.kind {
    case .block:
      contentBuffer.append(piece.first)
    case .text:
      append("{\"type\":\"text\",\"text\":", piece.first, "}")
    case .toolUse:
      append("{\"type\":\"tool_use\",\"id\":", piece.first, ",\"name\":")
      append("", piece.second, "}")
    case .toolResult(let call):
      guard let known = callsByNativeID[call], isResult(piece, of: known) else {
        return contentBuffer.append(piece.second)
      }
      append("{\"type\":\"tool_result\",\"tool_use_id\":", piece.first, "}")
    case .attachment:
      append("{\"type\":\"attachment\",\"attachment\":", piece.first, "")
      if !piece.second.isEmpty { append(",\"rendered\":", piece.second, "") }
      contentBuffer.append("}")
    }
  }

  private func append(_ before: StaticString, _ slice: Slice, _ after: StaticString) {
    contentBuffer.append(before)
    contentBuffer.append(slice)
    contentBuffer.append(after)
  }

  /// Whether the call's output is this block's, so that it need not be kept twice.
  private func isResult(_ piece: ContentPiece, of call: Int32) -> Bool {
    guard let output = calls[Int(call)].result?.output else { return false }
    guard let from = output.baseAddress, let start = piece.second.baseAddress else { return false }
    return from >= start && from < start + piece.second.count
  }

  // MARK: Calls, summaries, conversations

  private func writeCall(_ call: ToolCallDraft, _ rows: Appender) throws(DuckDBError) {
    let columns = toolCallColumns
    let message = messages[Int(call.message)]
    let session = sessions[Int(message.session)]
    rows.setUUID(columns.id, call.id)
    rows.setUUID(columns.message, message.id)
    rows.setUUID(columns.conversation, session.id)
    rows.setText(columns.nativeID, call.nativeID)
    rows.setText(columns.name, call.name)
    rows.setText(columns.input, call.input)
    rows.setTimestamp(columns.timestamp, call.started)
    rows.setUUID(columns.rawRecord, call.rawRecord)
    if let result = call.result { writeResult(result, of: call, rows) }
    if let agent = call.result?.agentID ?? call.agentID {
      let parent = session.sessionID ?? session.nativeID
      rows.setUUID(columns.child, ids("conversation", "\(parent)/agent-\(agent)"))
    }
    try rows.endRow()
  }

  private func writeResult(
    _ result: ToolResultDraft, of call: ToolCallDraft, _ rows: Appender
  ) {
    let columns = toolCallColumns
    rows.setText(columns.output, result.output)
    if let isError = result.isError { rows.set(columns.isError, isError) }
    if let code = result.exitCode { rows.set(columns.exitCode, code) }
    rows.setTimestamp(columns.completed, result.completed)
    rows.setUUID(columns.resultMessage, messages[Int(result.message)].id)
    if let duration = result.duration {
      rows.set(columns.duration, duration)
      rows.setText(columns.durationSource, "reported" as StaticString)
    } else if let from = call.started, let to = result.completed, to >= from {
      rows.set(columns.duration, (to - from) / 1_000)
      rows.setText(columns.durationSource, "elapsed" as StaticString)
    }
  }

  private func writeSummary(
    _ summary: SummaryDraft, _ rows: Appender
  ) throws(DuckDBError) {
    let columns = summaryColumns
    rows.setUUID(columns.id, summary.id)
    rows.setUUID(columns.conversation, sessions[Int(summary.session)].id)
    rows.setText(columns.type, summary.type.slice)
    rows.setText(columns.text, summary.text)
    rows.setTimestamp(columns.timestamp, summary.timestamp)
    let covered = (summary.covers ?? 0..<0).filter { messages[$0].session == summary.session }
    rows.setUUIDList(columns.covers, covered.map { messages[$0].id })
    if summary.leaf != 0 { rows.set(columns.leafIdentity, summary.leaf) }
    if case .message(let leaf)? = links[summary.leaf] {
      rows.setUUID(columns.leaf, messages[Int(leaf)].id)
    }
    rows.setUUID(columns.rawRecord, summary.rawRecord)
    try rows.endRow()
  }

  private func writeConversation(
    _ session: SessionDraft, _ rows: Appender
  ) throws(DuckDBError) {
    let columns = conversationColumns
    rows.setUUID(columns.id, session.id)
    rows.setText(columns.platform, ClaudeCodeSource.platform)
    rows.setText(columns.version, session.version)
    rows.setText(columns.model, session.model)
    if let name = session.sessionID { rows.setText(columns.sessionID, name) }
    if let parent = session.parentSession {
      rows.setUUID(columns.parent, ids("conversation", parent))
    } else if let fork = session.forkedFrom {
      rows.setUUID(columns.parent, sessions[Int(fork)].id)
    }
    rows.set(columns.isSidechain, session.agentID != nil)
    rows.setText(columns.title, session.aiTitle ?? session.firstPrompt)
    rows.setText(columns.workspace, session.cwd)
    rows.setText(columns.branch, session.branch)
    rows.setTimestamp(columns.created, session.started)
    rows.setTimestamp(columns.updated, session.ended)
    rows.setTimestamp(columns.imported, session.importedAt)
    rows.setText(columns.status, "active" as StaticString)
    writeTotals(session, rows)
    rows.setText(columns.checksum, Hex.text(session.rawChecksum.finalize()))
    rows.setText(columns.contentHash, Hex.text(session.contentHash.finalize()))
    rows.setText(columns.metadata, metadata(of: session))
    rows.setTextList(columns.tags, [])
    try rows.endRow()
  }

  private func writeTotals(_ session: SessionDraft, _ rows: Appender) {
    let columns = conversationColumns
    rows.set(columns.messages, session.messages)
    rows.set(columns.responses, session.responses)
    rows.set(columns.toolCalls, session.toolCalls)
    rows.set(columns.input, session.usage.input)
    rows.set(columns.output, session.usage.output)
    rows.set(columns.cacheRead, session.usage.cacheRead)
    rows.set(columns.cacheWrite, session.usage.cacheWrite)
    rows.set(columns.reasoning, session.usage.reasoning)
    if let cost = session.statedCost ?? session.lineCost {
      rows.set(columns.cost, cost)
      rows.setText(columns.costSource, "reported" as StaticString)
    } else {
      rows.setText(columns.costSource, "unknown" as StaticString)
    }
    if let from = session.started, let to = session.ended {
      rows.set(columns.duration, (to - from) / 1_000)
    }
  }

  private func metadata(of session: SessionDraft) -> String {
    var members: [String] = []
    if let title = session.aiTitle {
      members.append("\"title_source\":\"ai\"")
      members.append("\"ai_title\":\(Self.json(title.string))")
    } else if let prompt = session.firstPrompt {
      members.append("\"title_source\":\"prompt\"")
      members.append("\"prompt_title\":\(Self.json(prompt.string))")
    }
    if session.isBackground { members.append("\"background\":true") }
    if session.forkedFrom != nil { members.append("\"is_fork\":true") }
    if session.hasSidechain { members.append("\"has_sidechain\":true") }
    if let cost = session.costState { members.append("\"cost_state\":\(cost.string)") }
    return "{\(members.joined(separator: ","))}"
  }

  private static func json(_ text: String) -> String {
    var escaped = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": escaped += "\\\(scalar)"
      case "\u{0}"..<"\u{20}":
        let digits = String(scalar.value, radix: 16)
        escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped + "\""
  }
}

extension MessageDraft.Role {
  var name: StaticString {
    switch self {
    case .user: "user"
    case .assistant: "assistant"
    case .system: "system"
    }
  }
}

extension StaticString {
  var slice: Slice { Slice(start: utf8Start, count: utf8CodeUnitCount) }
}

/// Absent values stay NULL.
extension RowWriter {
  func set(_ column: Int, _ value: Int64?) { if let value { set(column, value) } }
  func setTimestamp(_ column: Int, _ micros: Int64?) {
    if let micros { setTimestamp(column, micros) }
  }
  func setText(_ column: Int, _ text: Slice?) { if let text { setText(column, text) } }
  func setText(_ column: Int, _ text: StaticString) { setText(column, text.slice) }
}
