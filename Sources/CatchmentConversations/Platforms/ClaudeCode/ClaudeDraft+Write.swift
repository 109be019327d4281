internal import Catchment
internal import DuckDB
internal import JSONTape

/// Writes the drafts as rows of the unified tables.
extension ClaudeDraft {
  var scopes: [UUIDBytes] { sessions.map(\.id) }

  func write(to tables: TableWriters) throws(DuckDBError) {
    for index in messages.indices { try writeMessage(index, tables[UnifiedTable.messages]) }
    for call in calls { try writeCall(call, tables[UnifiedTable.toolCalls]) }
    for summary in summaries where summary.session >= 0 {
      try writeSummary(summary, tables[UnifiedTable.summaries])
    }
    let summarised = Set(summaries.map(\.session))
    for (place, session) in sessions.enumerated()
    where session.messages > 0 || summarised.contains(Int32(place)) {
      try writeConversation(session, tables[UnifiedTable.conversations])
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

  private func writeResponse(_ message: ClaudeMessageDraft, _ rows: Appender) {
    let columns = messageColumns
    rows.setText(columns.model, message.model)
    if let model = message.model, let usual = sessions[Int(message.session)].model,
      JSONText(bytes: model) != JSONText(bytes: usual)
    {
      rows.setText(columns.modelOverride, model)
    }
    rows.set(message.usage, cost: message.cost, columns)
    rows.setText(columns.stopReason, message.stopReason)
    rows.setText(columns.responseID, message.responseID)
    rows.setText(columns.requestID, message.requestID)
  }

  private func hash(_ message: ClaudeMessageDraft, _ content: ByteBuffer, into session: Int) {
    sessions[session].contentHash.add(message.role.name.slice)
    content.withUnsafeBytes { sessions[session].contentHash.add($0) }
  }

  /// The message's blocks as a JSON list, put together from the bytes they were written with.
  private func content(of message: ClaudeMessageDraft) -> ByteBuffer {
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

  private func append(_ piece: ClaudePiece) {
    switch piece.kind {
    case .block:
      contentBuffer.append(piece.first)
    case .value:
      append("{\"type\":\"value\",\"value\":", piece.first, "}")
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
  private func isResult(_ piece: ClaudePiece, of call: Int32) -> Bool {
    guard let output = calls[Int(call)].result?.output else { return false }
    guard let from = output.baseAddress, let start = piece.second.baseAddress else { return false }
    return from >= start && from < start + piece.second.count
  }

  // MARK: Calls, summaries, conversations

  private func writeCall(_ call: ClaudeCallDraft, _ rows: Appender) throws(DuckDBError) {
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
    if let result = call.result {
      rows.set(result, started: call.started, columns)
      if let place = result.message { rows.setUUID(columns.resultMessage, messages[place].id) }
    }
    if let agent = call.agentID {
      let parent = session.sessionID ?? session.nativeID
      rows.setUUID(columns.child, ids("conversation", "\(parent)/agent-\(agent)"))
    }
    try rows.endRow()
  }

  private func writeSummary(
    _ summary: ClaudeSummaryDraft, _ rows: Appender
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
    _ session: ClaudeSessionDraft, _ rows: Appender
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
    rows.setText(columns.checksum, session.rawChecksum.text)
    rows.setText(columns.contentHash, session.contentHash.text)
    rows.setText(columns.metadata, metadata(of: session))
    rows.setTextList(columns.tags, [])
    try rows.endRow()
  }

  private func writeTotals(_ session: ClaudeSessionDraft, _ rows: Appender) {
    let columns = conversationColumns
    rows.set(columns.messages, session.messages)
    rows.set(columns.responses, session.responses)
    rows.set(columns.toolCalls, session.toolCalls)
    rows.set(session.usage, cost: session.statedCost ?? session.lineCost, columns)
    if let from = session.started, let to = session.ended {
      rows.set(columns.duration, (to - from) / 1_000)
    }
  }

  private func metadata(of session: ClaudeSessionDraft) -> String {
    var members = MetadataDraft()
    if let title = session.aiTitle {
      members.set("title_source", "ai")
      members.set("ai_title", title.string)
    } else if let prompt = session.firstPrompt {
      members.set("title_source", "prompt")
      members.set("prompt_title", prompt.string)
    }
    if session.isBackground { members.set("background", true) }
    if session.forkedFrom != nil { members.set("is_fork", true) }
    if session.hasSidechain { members.set("has_sidechain", true) }
    if let cost = session.costState { members.set("cost_state", json: cost.string) }
    return members.json
  }
}

extension ClaudeMessageDraft.Role {
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
