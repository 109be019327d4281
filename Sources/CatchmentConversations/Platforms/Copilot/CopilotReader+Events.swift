internal import Catchment
internal import JSONTape

/// Events of the Copilot CLI, and of the transcripts that the VS Code extension writes.
extension CopilotReader {
  mutating func takeEvent(_ type: JSONText, _ data: JSONValue, _ event: JSONValue) {
    if chats[sessions[at].id] != nil { return repeatRecord() }
    _ = conversation
    let time = event["timestamp"]?.time
    switch type {
    case "session.start", "session.resume": describe(data)
    case "session.model_change": noteModel(data["newModel"])
    case "session.title_changed": noteTitle(data["title"])
    case "session.error": takeNote(data["message"], "api_error", event)
    case "session.compaction_complete": takeCompaction(data, event)
    case "session.shutdown": takeShutdown(data, at: time)
    case "user.message": takePrompt(data, event)
    case "system.message": takeNote(data["content"], "system", event)
    case "assistant.message": takeResponse(data, event)
    case "assistant.reasoning": takeReasoning(data["content"])
    case "tool.execution_start": takeStart(data, event)
    case "tool.execution_complete": takeResult(data, event)
    case "abort": noteAbort(data["reason"])
    default:
      if !Self.isAside(type) {
        drafts.noteUnknown("the event type \"\(type.description.prefix(80))\"")
      }
    }
  }

  /// Events that say nothing which is not said elsewhere.
  private static func isAside(_ type: JSONText) -> Bool {
    let families: [StaticString] = [
      "session.", "assistant.", "subagent.", "hook.", "permission.", "skill.", "command.",
      "external_tool.", "tool.user_requested", "tool.execution_p", "system.notification",
    ]
    return families.contains { type.bytes.starts(with: $0) }
  }

  // MARK: Sessions

  private mutating func describe(_ data: JSONValue) {
    noteConversation()
    let context = data["context"]
    if let model = context?["model"] ?? data["selectedModel"] { noteModel(model) }
    let place = conversation
    drafts.conversations[place].describe(data, context)
  }

  private mutating func noteModel(_ model: JSONValue?) {
    noteConversation()
    sessions[at].model = drafts.keep(model) ?? sessions[at].model
  }

  private func noteTitle(_ title: JSONValue?) {
    noteConversation()
    guard let title = title?.text, !title.isEmpty else { return }
    drafts.conversations[conversation].title = title.description
  }

  // MARK: Messages

  /// - Parameter name: the event's id, or one made of its time.
  mutating func message(
    _ role: MessageDraft.Role, _ kind: StaticString, _ name: String?, at time: Int64?
  ) -> Int {
    let name = name ?? sessions[at].name(at: time)
    let message = drafts.message(name, in: conversation, role, kind: kind)
    drafts.messages[message].started = time
    return message
  }

  private mutating func message(
    _ role: MessageDraft.Role, _ kind: StaticString, _ event: JSONValue
  ) -> Int {
    message(
      role, kind, event["id"]?.text?.description, at: event["timestamp"]?.time)
  }

  private mutating func takePrompt(_ data: JSONValue, _ event: JSONValue) {
    settleReasoning()
    sessions[at].response = nil
    let source = data["source"]?.text
    let isTyped = source == nil || source == "user"
    let message = message(.user, isTyped ? "prompt" : "meta", event)
    drafts.messages[message].isMeta = !isTyped
    drafts.messages[message].metadata.set("source", data["source"])
    drafts.addText(data["content"], to: message)
    for attachment in data["attachments"]?.elements.map(\.self) ?? [] {
      drafts.addBlock(type: "attachment", attachment, to: message)
    }
    guard isTyped, let text = data["content"]?.text else { return }
    drafts.notePrompt(text.bytes, in: conversation)
  }

  private mutating func takeNote(_ text: JSONValue?, _ kind: StaticString, _ event: JSONValue) {
    drafts.addText(text, to: message(.system, kind, event))
  }

  private mutating func takeResponse(_ data: JSONValue, _ event: JSONValue) {
    let response = message(.assistant, "response", event)
    drafts.messages[response].model = drafts.keep(data["model"]) ?? sessions[at].model
    drafts.messages[response].usage.output = data["outputTokens"]?.tokenCount
    drafts.messages[response].responseID = drafts.keep(data["messageId"])
    drafts.messages[response].requestID = drafts.keep(data["requestId"])
    drafts.messages[response].isSidechain = data["parentToolCallId"]?.text != nil
    drafts.messages[response].metadata.set("parent_tool_call_id", data["parentToolCallId"])
    addReasoning(data["reasoningText"], to: response)
    drafts.addText(data["content"], to: response)
    for call in data["toolRequests"]?.elements.filter({ $0.kind == .object }) ?? [] {
      addCall(call, to: response)
    }
    sessions[at].response = response
    sessions[at].leg.append(response)
  }

  // MARK: Reasoning

  /// It comes before its response, which may say it again.
  private mutating func takeReasoning(_ text: JSONValue?) {
    guard let words = drafts.keep(text), !words.isEmpty else { return }
    sessions[at].reasoning.append(words)
    noteConversation()
  }

  private mutating func addReasoning(_ text: JSONValue?, to response: Int) {
    let told = sessions[at].reasoning
    sessions[at].reasoning.removeAll()
    for words in told { drafts.addThinking(words.string, to: response) }
    guard let text, let words = text.text else { return }
    if !told.contains(where: { JSONText(bytes: $0) == words }) {
      drafts.addThinking(text, to: response)
    }
  }

  mutating func settleReasoning() {
    guard !sessions.isEmpty, !sessions[at].reasoning.isEmpty else { return }
    addReasoning(nil, to: message(.assistant, "response", nil, at: nil))
  }

  // MARK: Calls

  @discardableResult
  private mutating func addCall(_ call: JSONValue, to response: Int) -> Int {
    let id =
      drafts.keep(call["toolCallId"])
      ?? drafts.arena.keep("call-\(sessions[at].name(at: drafts.messages[response].started))")
    let name =
      drafts.keep(call["name"]) ?? drafts.keep(call["toolName"]) ?? drafts.arena.keep("unknown")
    return drafts.addCall(
      id, name: name, input: drafts.embedded(call["arguments"]), to: response)
  }

  private func known(_ call: JSONValue) -> Int? {
    call["toolCallId"]?.text.flatMap { drafts.known(call: $0.bytes, in: conversation) }
  }

  /// Transcripts leave the response out that asked for the call.
  private mutating func takeStart(_ data: JSONValue, _ event: JSONValue) {
    let call: Int
    if let known = known(data) {
      call = known
    } else {
      let response = sessions[at].response ?? message(.assistant, "response", event)
      sessions[at].response = response
      call = addCall(data, to: response)
    }
    drafts.calls[call].started = event["timestamp"]?.time
    drafts.noteUpdate(of: drafts.calls[call].message)
  }

  private mutating func takeResult(_ data: JSONValue, _ event: JSONValue) {
    guard let call = known(data) else {
      return drafts.addBlock(
        type: "tool_execution", data, to: message(.tool, "tool_result", event))
    }
    let response = drafts.calls[call].message
    drafts.attach(ToolResult(event: data, at: event["timestamp"]?.time, drafts), to: call)
    drafts.noteUpdate(of: response)
    guard let model = drafts.keep(data["model"]) else { return }
    sessions[at].model = sessions[at].model ?? model
    drafts.messages[response].model = drafts.messages[response].model ?? model
  }

  // MARK: Turns

  private func noteAbort(_ reason: JSONValue?) {
    guard let response = sessions[at].response else { return }
    drafts.messages[response].stopReason =
      drafts.keep(reason) ?? ("aborted" as StaticString).slice
    drafts.noteUpdate(of: response)
  }

  /// The counters begin anew after it.
  private mutating func takeCompaction(_ data: JSONValue, _ event: JSONValue) {
    guard data["success"]?.boolean != false else { return }
    let place = conversation
    let covered = drafts.order[place]
    let boundary = message(.system, "compact_boundary", event)
    sessions[at].counters.removeAll()
    sessions[at].response = nil
    drafts.messages[boundary].metadata.set("compaction", data["compactionTokensUsed"])
    guard let text = drafts.keep(data["summaryContent"]), !text.isEmpty else { return }
    drafts.messages[boundary].isCompactSummary = true
    drafts.addText(data["summaryContent"], to: boundary)
    drafts.summary(
      "compaction/\(covered.count)", text, type: "compaction", in: place,
      at: event["timestamp"]?.time, covers: covered)
  }
}

extension ToolResult {
  fileprivate init(event data: JSONValue, at time: Int64?, _ drafts: ConversationDrafts) {
    let result = data["result"]
    let text = result?["content"] ?? result?["text_result_for_llm"] ?? result ?? data["error"]
    self.init(output: drafts.embedded(text), completed: time)
    isError = data["success"]?.boolean.map { !$0 }
    if isError == nil, let type = result?["result_type"]?.text { isError = type != "success" }
    let end = text?.text.map { Slice(rebasing: $0.bytes.suffix(80)) }
    exitCode = end?.number(after: "exited with exit code ").flatMap { Int32(exactly: $0) }
    if let exitCode, exitCode != 0 { isError = true }
  }
}

extension ConversationDraft {
  fileprivate mutating func describe(_ data: JSONValue, _ context: JSONValue?) {
    version = data["copilotVersion"]?.text?.description ?? version
    createdAt = createdAt ?? data["startTime"]?.time
    workspace = workspace ?? context?["cwd"]?.text?.description
    branch = branch ?? context?["branch"]?.text?.description
    commit = commit ?? context?["headCommit"]?.text?.description
    metadata.set("producer", data["producer"])
    metadata.set("vscode_version", data["vscodeVersion"])
    metadata.set("git_root", context?["gitRoot"])
    metadata.set("repository", context?["repository"])
  }
}
