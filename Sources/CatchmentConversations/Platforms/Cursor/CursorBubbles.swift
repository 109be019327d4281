internal import JSONTape

/// What the database says of a conversation as a whole.
enum CursorComposer {
  static func describe(_ info: JSONValue, _ conversation: Int, _ drafts: ConversationDrafts) {
    var draft = drafts.conversations[conversation]
    draft.title = info["name"]?.words
    draft.createdAt = info["createdAt"]?.time
    draft.updatedAt = info["lastUpdatedAt"]?.time
    draft.model = CursorModel.name(info["modelConfig"])
    draft.workspace = CursorWorkspaces.folder(of: info)
    draft.statedCost = cost(info["usageData"])
    for (name, member) in [
      ("mode", "unifiedMode"), ("status", "status"), ("context_tokens", "contextTokensUsed"),
      ("context_limit", "contextTokenLimit"), ("lines_added", "totalLinesAdded"),
      ("lines_removed", "totalLinesRemoved"), ("is_archived", "isArchived"),
    ] {
      draft.metadata.set(name, info.member(member))
    }
    drafts.conversations[conversation] = draft
    for child in info["subComposerIds"]?.elements.compactMap(\.words) ?? [] {
      let place = drafts.conversation(child)
      drafts.conversations[place].parent = draft.nativeID
      drafts.conversations[place].isSidechain = true
    }
  }

  /// Older versions keep the bubbles in the conversation.
  static func inlineBubbles(of info: JSONValue) -> [JSONValue] {
    if let list = info["conversation"], list.count > 0 { return Array(list.elements) }
    return info["conversationMap"]?.members.map(\.value) ?? []
  }

  /// Cents by model, where they are stated.
  private static func cost(_ usage: JSONValue?) -> Double? {
    let cents = usage?.members.compactMap { $0.value["costInCents"]?.dollars } ?? []
    return cents.isEmpty ? nil : cents.reduce(0, +) / 100
  }
}

/// Names of models.
enum CursorModel {
  /// The model that is stated; `default` is none.
  static func name(_ info: JSONValue?) -> String? {
    guard let name = info?["modelName"]?.words, name != "default" else { return nil }
    return name
  }
}

/// The model of a turn: the prompt names it, and the answers need not.
struct CursorTurn {
  private var model: String?

  mutating func take(_ message: Int?, _ row: JSONValue, _ drafts: ConversationDrafts) {
    model = CursorModel.name(row["value"]?["modelInfo"]) ?? model
    guard let message, let model, drafts.messages[message].role == .assistant else { return }
    drafts.messages[message].model = drafts.arena.keep(model)
  }
}

/// Tells the bubbles of a conversation: a prompt, a piece of an answer, or a call.
struct CursorBubbles {
  private let drafts: ConversationDrafts
  private let conversation: Int

  init(_ drafts: ConversationDrafts, _ conversation: Int) {
    self.drafts = drafts
    self.conversation = conversation
  }

  /// - Returns: the message, or nil for a bubble without anything in it.
  @discardableResult
  func tell(_ bubble: JSONValue?, name: String) -> Int? {
    guard let bubble, bubble.kind == .object else { return nil }
    let isUser = bubble["type"]?.int64 == 1
    let usage = usage(bubble["tokenCount"])
    guard usage.isStated || says(bubble) else { return nil }
    let message = drafts.message(
      name, in: conversation, isUser ? .user : .assistant, kind: isUser ? "prompt" : "response")
    drafts.messages[message].started = bubble["createdAt"]?.time
    drafts.messages[message].ended = isUser ? nil : bubble["timingInfo"]?["clientEndTime"]?.time
    drafts.messages[message].usage = usage
    drafts.messages[message].requestID = drafts.keep(bubble["requestId"] ?? bubble["usageUuid"])
    drafts.messages[message].metadata.set("thinking_ms", bubble["thinkingDurationMs"])
    drafts.messages[message].metadata.set("error", bubble["errorDetails"])
    drafts.addThinking(bubble["thinking"]?["text"], to: message)
    drafts.addText(bubble["text"], to: message)
    bubble["images"]?.forEachElement { drafts.addBlock(type: "image", $0, to: message) }
    if let call = bubble["toolFormerData"], call.kind == .object { add(call, name, to: message) }
    if isUser, let text = bubble["text"]?.text { drafts.notePrompt(text.bytes, in: conversation) }
    return message
  }

  private func says(_ bubble: JSONValue) -> Bool {
    bubble["text"]?.words != nil || bubble["thinking"]?["text"]?.words != nil
      || bubble["toolFormerData"]?["name"] != nil || (bubble["images"]?.count ?? 0) > 0
      || bubble["errorDetails"]?.kind == .object
  }

  /// Noughts mean that the count is not known.
  private func usage(_ counts: JSONValue?) -> TokenUsage {
    let usage = TokenUsage(
      input: counts?["inputTokens"]?.tokenCount, output: counts?["outputTokens"]?.tokenCount)
    return usage.isSpent ? usage : TokenUsage()
  }

  // MARK: Calls

  private func add(_ data: JSONValue, _ name: String, to message: Int) {
    guard let tool = drafts.keep(data["name"]) else { return }
    let bubble = drafts.arena.keep(name)
    let call = drafts.addCall(
      drafts.keep(data["toolCallId"]) ?? bubble, name: tool,
      input: drafts.embedded(data["rawArgs"] ?? data["params"]), to: message, uniqueName: bubble)
    let status = data["status"]?.text
    guard status == "completed" || status == "error" || data["result"]?.words != nil else { return }
    var result = ToolResult(output: drafts.embedded(data["result"] ?? data["error"]))
    let facts = drafts.nested(data["result"])
    result.exitCode = facts?["exitCodeV2"]?.exitCode ?? facts?["exitCode"]?.exitCode
    result.isError = status == "error" || (result.exitCode ?? 0) != 0
    drafts.attach(result, to: call)
  }
}
