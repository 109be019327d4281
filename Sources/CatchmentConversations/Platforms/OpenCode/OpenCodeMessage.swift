internal import JSONTape

/// What a session's record says of the conversation.
enum OpenCodeSession {
  static func describe(_ thing: OpenCodeThing, _ draft: inout ConversationDraft) {
    let (info, row) = (thing.info, thing.row)
    draft.parent = info["parentID"]?.words ?? row["parent_id"]?.words
    draft.isSidechain = draft.parent != nil
    draft.title = info["title"]?.words.flatMap { isGiven($0) ? $0 : nil }
    draft.workspace = info["directory"]?.words ?? row["directory"]?.words
    draft.version = info["version"]?.words
    draft.createdAt = info["time"]?["created"]?.time ?? row["time_created"]?.time
    draft.updatedAt = info["time"]?["updated"]?.time ?? row["time_updated"]?.time
    draft.metadata.set("project", info["projectID"] ?? row["project_id"])
    draft.metadata.set("agent", info["agent"])
    draft.metadata.set("slug", info["slug"])
    draft.metadata.set("share_url", info["share"]?["url"] ?? row["share_url"])
    draft.metadata.set("revert", info["revert"])
    draft.metadata.set("archived", info["time"]?["archived"] ?? row["time_archived"])
  }

  /// Sessions are called by their time until the model finds a title.
  private static func isGiven(_ title: String) -> Bool {
    !title.hasPrefix("New session - ") && !title.hasPrefix("Child session - ")
  }
}

/// Tells a message's own record; its parts are told after it.
enum OpenCodeMessage {
  static func tell(
    _ thing: OpenCodeThing, in conversation: Int, _ drafts: ConversationDrafts
  ) -> Int {
    let info = thing.info
    let isUser = info["role"]?.text == "user"
    let isSummary = !isUser && info["summary"]?.boolean == true
    let kind: StaticString =
      isUser
      ? "prompt"
      : isSummary ? "compact_summary" : info["error"]?.kind == .object ? "api_error" : "response"
    let message = drafts.message(
      thing.id, in: conversation, isUser ? .user : .assistant, kind: kind)
    drafts.messages[message].started =
      info["time"]?["created"]?.time ?? thing.row["time_created"]?.time
    drafts.messages[message].ended = info["time"]?["completed"]?.time
    drafts.messages[message].isCompactSummary = isSummary
    drafts.messages[message].metadata.set("agent", info["agent"] ?? info["mode"])
    drafts.messages[message].metadata.set("error", info["error"])
    if isUser { return message }
    if let parent = drafts.keep(info["parentID"]) { drafts.setParent(of: message, parent) }
    drafts.messages[message].model = drafts.keep(info["modelID"])
    drafts.messages[message].stopReason = drafts.keep(info["finish"])
    drafts.messages[message].metadata.set("provider", info["providerID"])
    setUsage(info, of: message, drafts)
    return message
  }

  /// A message of which only the parts were printed.
  static func tellPrinted(
    _ id: String, in conversation: Int, _ drafts: ConversationDrafts
  ) -> Int {
    drafts.message(id, in: conversation, .assistant, kind: "response")
  }

  /// The counters stand at nought until the response is complete.
  private static func setUsage(_ info: JSONValue, of message: Int, _ drafts: ConversationDrafts) {
    let usage = info["tokens"].map { TokenUsage(openCode: $0) } ?? TokenUsage()
    let isComplete = drafts.messages[message].ended != nil || info["finish"] != nil
    guard isComplete || usage.isSpent else { return }
    drafts.messages[message].usage = usage
    drafts.messages[message].cost = info["cost"]?.dollars
  }
}

extension TokenUsage {
  /// Tokens as OpenCode counts them: what came from the cache is not in `input`, and reasoning not
  /// in `output`.
  init(openCode tokens: JSONValue) {
    reasoning = tokens["reasoning"]?.tokenCount
    input = tokens["input"]?.tokenCount
    output = tokens["output"]?.tokenCount.map { $0 + (reasoning ?? 0) }
    cacheRead = tokens["cache"]?["read"]?.tokenCount
    cacheWrite = tokens["cache"]?["write"]?.tokenCount
  }

  /// Whether any counter is above nought.
  var isSpent: Bool {
    [input, output, cacheRead, cacheWrite].contains { ($0 ?? 0) > 0 }
  }
}
