internal import Catchment
internal import JSONTape

/// Understands Gemini CLI's recordings: a whole session in one record, or a log of messages and of
/// changes to them.
///
/// The same message may come again, with results and tokens that were not known before; the last one
/// stands. What was rewound, or left out when a history was compressed, is kept.
struct GeminiCLIReader: PlatformReader {
  let drafts: ConversationDrafts
  /// The unit's session, by its native id.
  private var session = ""
  /// The messages that were told, so that a copy's are known again.
  private var told: [String: Set<RawRecord.Digest>] = [:]

  init(_ drafts: ConversationDrafts) { self.drafts = drafts }

  private var conversation: Int { drafts.conversation(session) }

  /// Of copies, the fullest is told last, and stands.
  func order(_ units: [UnitContent]) -> [Int] {
    guard units.count > 1 else { return [0] }
    let sizes = units.map { unit in
      let count = unit.completeRecords(drafts.checker)
      return (count, unit.records.prefix(count).last?.length ?? 0, unit.unit.path)
    }
    return units.indices.sorted { sizes[$0] < sizes[$1] }
  }

  mutating func begin() {
    guard let content = drafts.content else { return }
    session = GeminiCLISession(content, drafts.checker).id
    drafts.noteRelative(session)
  }

  mutating func take(_ record: JSONValue) {
    guard record.kind == .object else {
      return drafts.refuse("not_an_object", "the record is JSON but not an object", column: 0)
    }
    if let changes = record["$set"] { return change(changes) }
    if let target = record["$rewindTo"] { return rewind(to: target) }
    if let stated = record["sessionId"]?.text?.description, !stated.isEmpty { session = stated }
    if isToldTwice() { return }
    if record["sessionId"] != nil || record["messages"] != nil { return takeSession(record) }
    guard record["type"] != nil else { return drafts.noteUnknown("a record without a type") }
    takeMessage(record, number: Int(clamping: drafts.record?.line ?? 0), replacing: true)
  }

  /// Whether the very same record of the session was told before, here or in a copy.
  private mutating func isToldTwice() -> Bool {
    guard let digest = drafts.record?.digest, !told[session, default: []].insert(digest).inserted
    else { return false }
    drafts.entry.scope = drafts.conversations[drafts.conversation(session)].id
    drafts.entry.outcome = .duplicate
    return true
  }

  // MARK: Sessions

  private mutating func takeSession(_ record: JSONValue) {
    let place = conversation
    drafts.conversations[place].describe(record, at: drafts.content?.unit.path ?? "")
    drafts.entry.outcome = .updated
    drafts.entry.row = drafts.conversations[place].id
    takeMessages(record["messages"], replacing: true)
  }

  /// A log's later word on the session.
  ///
  /// Messages that it puts in the place of all others are those
  /// the model is shown from then on; those that are known are not told better.
  private mutating func change(_ changes: JSONValue) {
    let place = conversation
    drafts.conversations[place].describe(changes, at: "")
    drafts.entry.outcome = .updated
    drafts.entry.row = drafts.conversations[place].id
    takeMessages(changes["messages"], replacing: false)
  }

  private mutating func takeMessages(_ messages: JSONValue?, replacing: Bool) {
    guard let messages else { return }
    for (number, message) in messages.elements.enumerated() where message.kind == .object {
      takeMessage(message, number: number, replacing: replacing)
    }
  }

  /// The user went back to before a message: it and what follows no longer count for the model.
  ///
  /// Everything does so when the message is not known.
  private func rewind(to target: JSONValue) {
    let place = conversation
    let known = target.text.flatMap { drafts.known(message: $0.bytes, in: place) }
    let order = drafts.order[place]
    let start = known.flatMap { order.firstIndex(of: $0) } ?? 0
    for message in order[start...] { drafts.messages[message].metadata.set("rewound", true) }
    if let first = order[start...].first { drafts.noteUpdate(of: first) }
  }

  // MARK: Messages

  private mutating func takeMessage(_ record: JSONValue, number: Int, replacing: Bool) {
    let name = drafts.keep(record["id"]) ?? drafts.arena.keep("message-\(number)")
    let place = conversation
    if !replacing, drafts.knows(message: name, in: place) { return }
    let (role, kind) = Self.role(record["type"]?.text)
    let message = drafts.message(name, in: place, role, kind: kind)
    drafts.messages[message].started = record["timestamp"]?.time
    drafts.messages[message].isSidechain = drafts.conversations[place].isSidechain
    switch record["type"]?.text {
    case "user": takePrompt(record, message)
    case "gemini": takeResponse(record, message, name)
    case let type:
      addContent(record["content"], to: message)
      drafts.messages[message].metadata.set("subtype", record["type"])
      if !Self.isNotice(type) {
        drafts.noteUnknown("the message type \"\(type?.description.prefix(80) ?? "")\"")
      }
    }
  }

  private static func role(
    _ type: JSONText?
  ) -> (role: MessageDraftRow.Role, kind: StaticString) {
    switch type {
    case "user": (.user, "prompt")
    case "gemini": (.assistant, "response")
    case "error": (.system, "api_error")
    default: (.system, "system")
    }
  }

  private static func isNotice(_ type: JSONText?) -> Bool {
    type == "info" || type == "warning" || type == "error"
  }

  private func takePrompt(_ record: JSONValue, _ message: Int) {
    addContent(record["content"], to: message)
    let shown = record["displayContent"] ?? record["content"]
    if let text = Self.firstText(shown) {
      drafts.notePrompt(text.bytes, in: drafts.messages[message].conversation)
    }
  }

  private func takeResponse(_ record: JSONValue, _ message: Int, _ name: Slice) {
    drafts.messages[message].model = drafts.keep(record["model"])
    drafts.messages[message].usage = TokenUsage(gemini: record["tokens"])
    if let thoughts = record["thoughts"] {
      for thought in thoughts.elements { addThought(thought, to: message) }
    }
    addContent(record["content"], to: message)
    guard let calls = record["toolCalls"] else { return }
    for (number, call) in calls.elements.enumerated() {
      takeCall(call, drafts.arena.keep("\(name.string)/\(number)"), message)
    }
  }

  private func addThought(_ thought: JSONValue, to message: Int) {
    let parts = [thought["subject"], thought["description"]].compactMap { $0?.text?.description }
    drafts.addThinking(parts.joined(separator: "\n"), to: message)
  }

  /// A text, a part, or a list of both.
  private func addContent(_ content: JSONValue?, to message: Int) {
    guard let content else { return }
    drafts.addText(content, to: message)
    if content.kind == .object { addPart(content, to: message) }
    for part in content.elements { addPart(part, to: message) }
  }

  private func addPart(_ part: JSONValue, to message: Int) {
    if part.text != nil { return drafts.addText(part, to: message) }
    guard part.kind == .object else { return }
    if part["text"]?.text != nil { return drafts.addText(part["text"], to: message) }
    drafts.addBlock(type: "part", part, to: message)
  }

  private static func firstText(_ content: JSONValue?) -> JSONText? {
    guard let content else { return nil }
    if let text = content.text ?? content["text"]?.text { return text }
    for part in content.elements { if let text = part.text ?? part["text"]?.text { return text } }
    return nil
  }

  // MARK: Calls

  /// A call and what came of it are written as one.
  private func takeCall(_ call: JSONValue, _ name: Slice, _ message: Int) {
    guard call.kind == .object else { return }
    let id = drafts.keep(call["id"]) ?? name
    let place = drafts.addCall(
      id, name: drafts.keep(call["name"]) ?? drafts.arena.keep("unknown"),
      input: drafts.embedded(call["args"]), to: message)
    drafts.calls[place].child = call["agentId"]?.text?.description
    guard call["result"] != nil || call["status"] != nil else { return }
    var result = ToolResult(output: drafts.embedded(call["result"]))
    result.isError = Self.isError(call["status"]?.text)
    result.completed = call["timestamp"]?.time
    if let code = Self.exitCode(call["result"]) {
      result.exitCode = code
      result.isError = code != 0
    }
    drafts.attach(result, to: place)
  }

  private static func isError(_ status: JSONText?) -> Bool? {
    switch status {
    case "success": false
    case "error", "cancelled": true
    default: nil
    }
  }

  /// The shell's output ends in lines on how it went.
  private static func exitCode(_ result: JSONValue?) -> Int32? {
    guard let result else { return nil }
    for part in result.elements {
      guard let response = part["functionResponse"],
        response["name"]?.text == "run_shell_command",
        let output = response["response"]?["output"]?.text
      else { continue }
      let end = Slice(rebasing: output.bytes.suffix(400))
      return end.number(after: "\nExit Code: ").flatMap { Int32(exactly: $0) }
    }
    return nil
  }
}

extension TokenUsage {
  /// Gemini counts what the cache gave inside the input, and thoughts beside the output; what tools
  /// put into the prompt is counted beside the input.
  fileprivate init(gemini tokens: JSONValue?) {
    guard let tokens else { return }
    cacheRead = tokens["cached"]?.tokenCount
    reasoning = tokens["thoughts"]?.tokenCount
    input = tokens["input"]?.tokenCount
    separateCachedInput()
    if let tool = tokens["tool"]?.tokenCount { input = (input ?? 0) + tool }
    output = tokens["output"]?.tokenCount.map { $0 + (reasoning ?? 0) } ?? reasoning
  }
}

extension ConversationDraft {
  fileprivate mutating func describe(_ session: JSONValue, at path: String) {
    createdAt = session["startTime"]?.time ?? createdAt
    updatedAt = session["lastUpdated"]?.time ?? updatedAt
    if let summary = session["summary"]?.text, !summary.isEmpty { title = summary.description }
    if let directories = session["directories"] {
      for directory in directories.elements.prefix(1) {
        workspace = directory.text?.description ?? workspace
      }
    }
    metadata.set("project_hash", session["projectHash"])
    metadata.set("kind", session["kind"])
    guard session["kind"]?.text == "subagent" else { return }
    isSidechain = true
    parent = GeminiCLISession.parent(path) ?? parent
  }
}
