internal import Catchment
internal import DuckDB
internal import JSONTape

/// Chat sessions of VS Code: requests with their answers.
extension CopilotReader {
  // MARK: Logs

  /// Makes a change to the chat.
  ///
  /// What the change may take away is told before.
  mutating func takeChange(_ record: JSONValue) {
    _ = conversation
    guard let entry = ChatLogEntry(record) else {
      return drafts.noteUnknown("a change of kind \(record["kind"]?.int64 ?? -1)")
    }
    if entry.replacesRequests { tellLog() }
    var chat = log ?? .object([])
    log = nil
    chat.apply(entry.change, at: entry.path[...], parser)
    log = chat
    isLogChanged = true
    noteChange(entry, record)
  }

  /// The row that a change belongs to; its requests are told when the log ends.
  private mutating func noteChange(_ entry: ChatLogEntry, _ record: JSONValue) {
    noteConversation()
    let added =
      entry.path.isEmpty
      ? record["v"]?["requests"] : entry.path == [.name("requests")] ? record["v"] : nil
    if let added {
      for (number, request) in added.elements.enumerated() {
        noteRequest(ChatRequest.id(request, number: number))
      }
    } else if let place = entry.request, let id = requestID(at: place) {
      drafts.entry.row = drafts.messageID(drafts.arena.keep("\(id)/response"), conversation)
    }
  }

  private mutating func noteRequest(_ id: String) {
    guard sessions[at].origins[id] == nil else { return }
    sessions[at].origins[id] = drafts.recordID
    drafts.entry.outcome = .loaded
    drafts.entry.row = drafts.messageID(drafts.arena.keep(id), conversation)
  }

  private func requestID(at place: Int) -> String? {
    guard case .array(let requests)? = log?["requests"], place < requests.count else { return nil }
    var request = requests[place]
    request.open(parser)
    guard case .written(let bytes)? = request["requestId"] else { return nil }
    do throws(JSONError) {
      return try parser.parse(bytes, isPadded: false).text?.description
    } catch { return nil }
  }

  /// Tells the chat as the log has made it so far.
  mutating func tellLog() {
    guard let log, isLogChanged else { return }
    isLogChanged = false
    var buffer = ByteBuffer()
    log.write(to: &buffer)
    let length = buffer.count
    buffer.append(Self.padding)
    let bytes = buffer.withUnsafeBytes { drafts.arena.keep($0) }
    do throws(JSONError) {
      takeChat(try parser.parse(Slice(rebasing: bytes[..<length]), isPadded: true))
    } catch {
      drafts.refuse("json_\(error.code)", "the log's changes make no JSON: \(error.message)")
    }
  }

  /// As much as a parser reads ahead.
  private static let padding: StaticString =
    "                                                                "

  /// Requests that were taken back, or replaced by others, happened all the same.
  mutating func markRemoved() {
    for id in toldRequests.subtracting(presentRequests) {
      for name in [id, "\(id)/response"] {
        let message = drafts.known(message: drafts.arena.keep(name), in: conversation)
        if let message { drafts.messages[message].metadata.set("removed", true) }
      }
    }
  }

  // MARK: Sessions

  mutating func takeChat(_ chat: JSONValue) {
    let place = conversation
    chats[sessions[at].id] = sessions[at].id
    noteConversation()
    drafts.conversations[place].describe(chat)
    presentRequests.removeAll()
    guard let requests = chat["requests"] else { return }
    for (number, request) in requests.elements.enumerated() where request.kind == .object {
      let id = ChatRequest.id(request, number: number)
      presentRequests.insert(id)
      takeRequest(request, id)
      noteAlias(request)
    }
    toldRequests.formUnion(presentRequests)
  }

  /// The extension's own name for the session: its transcript repeats the chat.
  private mutating func noteAlias(_ request: JSONValue) {
    guard let alias = request["result"]?["metadata"]?["sessionId"]?.text?.description else {
      return
    }
    if chats[alias] == nil { chats[alias] = sessions[at].id }
    drafts.noteRelative(alias)
  }

  // MARK: Requests

  private mutating func takeRequest(_ request: JSONValue, _ id: String) {
    let place = conversation
    let origin = sessions[at].origins[id] ?? drafts.recordID
    sessions[at].origins[id] = origin
    let asked = request["timestamp"]?.time
    let prompt = drafts.message(id, in: place, .user, kind: "prompt")
    drafts.messages[prompt].started = asked
    drafts.messages[prompt].rawRecord = origin
    takePrompt(request, prompt)
    guard request["response"] != nil || request["result"] != nil else { return }
    let response = drafts.message("\(id)/response", in: place, .assistant, kind: "response")
    drafts.messages[response].started = asked
    drafts.messages[response].rawRecord = origin
    takeResponse(request, response)
    drafts.conversations[place].note(request)
  }

  private func takePrompt(_ request: JSONValue, _ prompt: Int) {
    let message = request["message"]
    let text = message?["text"] ?? message
    drafts.addText(text, to: prompt)
    if let words = text?.text {
      drafts.notePrompt(words.bytes, in: drafts.messages[prompt].conversation)
    }
    if let variables = request["variableData"]?["variables"] {
      for variable in variables.elements {
        drafts.addBlock(type: "attachment", variable, to: prompt)
      }
    }
    drafts.messages[prompt].metadata.set("slash_command", request["slashCommand"]?["name"])
  }

  private func takeResponse(_ request: JSONValue, _ response: Int) {
    let result = request["result"]
    let resolved = result?["metadata"]?["resolvedModel"]
    let isChosenForUser = request["modelId"]?.text == "copilot/auto"
    let model = isChosenForUser ? resolved ?? request["modelId"] : request["modelId"] ?? resolved
    drafts.messages[response].model = drafts.keep(model)
    drafts.messages[response].responseID = drafts.keep(request["responseId"])
    drafts.messages[response].usage = TokenUsage(chat: result)
    drafts.messages[response].stopReason = ChatRequest.stopReason(request)
    if let asked = drafts.messages[response].started,
      let elapsed = result?["timings"]?["totalElapsed"]?.tokenCount
    {
      drafts.messages[response].ended = asked + elapsed * 1_000
    }
    drafts.messages[response].metadata.set("details", result?["details"])
    drafts.messages[response].metadata.set("error", result?["errorDetails"])
    drafts.messages[response].metadata.set("vote", request["vote"])
    var calls = ChatCalls(request)
    for part in request["response"]?.elements.map(\.self) ?? [] {
      addPart(part, to: response, &calls)
    }
    for call in calls.untold { addCall(call, to: response) }
  }

  // MARK: Parts of an answer

  private func addPart(_ part: JSONValue, to response: Int, _ calls: inout ChatCalls) {
    if part.text != nil { return drafts.addText(part, to: response) }
    guard part.kind == .object else { return }
    switch part["kind"]?.text {
    case "thinking": addThinking(part["value"], to: response)
    case "toolInvocationSerialized", "toolInvocation":
      addCall(calls.call(shownBy: part), to: response)
    case "markdownContent", "markdownVuln": addMarkdown(part, to: response)
    case nil where part["value"] != nil: addMarkdown(part, to: response)
    default: drafts.addBlock(type: "part", part, to: response)
    }
  }

  private func addMarkdown(_ part: JSONValue, to response: Int) {
    let content = part["content"] ?? part["value"]
    let text = content?["value"] ?? content
    guard text?.text != nil else { return drafts.addBlock(type: "part", part, to: response) }
    drafts.addText(text, to: response)
  }

  private func addThinking(_ value: JSONValue?, to response: Int) {
    guard let value else { return }
    drafts.addThinking(value, to: response)
    for text in value.elements { drafts.addThinking(text, to: response) }
  }

  private func addCall(_ call: ChatCalls.Call, to response: Int) {
    let shown = call.shown?["toolSpecificData"]
    let id =
      drafts.keep(call.asked?["id"]) ?? drafts.keep(call.shown?["toolCallId"])
      ?? drafts.arena.keep("\(drafts.messages[response].id)/\(call.number)")
    let name =
      drafts.keep(call.asked?["name"]) ?? drafts.keep(call.shown?["toolId"])
      ?? drafts.arena.keep("unknown")
    let input = call.asked?["arguments"] ?? shown?["rawInput"] ?? shown?["commandLine"]
    let place = drafts.addCall(id, name: name, input: drafts.embedded(input), to: response)
    if let result = call.toolResult(drafts) { drafts.attach(result, to: place) }
  }
}

/// What is read of a request in more than one place.
enum ChatRequest {
  static func id(_ request: JSONValue, number: Int) -> String {
    request["requestId"]?.text.flatMap { $0.isEmpty ? nil : $0.description }
      ?? "request-\(number)"
  }

  /// Why an answer ended before it was whole.
  static func stopReason(_ request: JSONValue) -> Slice? {
    let state = request["modelState"]?["value"]?.int64 ?? request["modelState"]?.int64
    if request["isCanceled"]?.boolean == true || state == 2 {
      return ("cancelled" as StaticString).slice
    }
    let hasFailed = request["result"]?["errorDetails"].map { $0.kind == .object } ?? false
    return hasFailed || state == 3 ? ("error" as StaticString).slice : nil
  }
}

extension TokenUsage {
  /// The whole context of the last round, and what was answered; how much of it the cache gave is
  /// not told.
  fileprivate init(chat result: JSONValue?) {
    let metadata = result?["metadata"]
    input = (metadata?["promptTokens"] ?? result?["promptTokens"])?.tokenCount
    output = (metadata?["outputTokens"] ?? result?["outputTokens"])?.tokenCount
  }
}

extension ConversationDraft {
  fileprivate mutating func describe(_ chat: JSONValue) {
    createdAt = chat["creationDate"]?.time ?? createdAt
    updatedAt = chat["lastMessageDate"]?.time ?? updatedAt
    if let name = chat["customTitle"]?.text, !name.isEmpty { title = name.description }
    metadata.set("requester", chat["requesterUsername"])
    metadata.set("responder", chat["responderUsername"])
    metadata.set("location", chat["initialLocation"])
    metadata.set("mode", chat["inputState"]?["mode"] ?? chat["mode"])
    metadata.set("selected_model", chat["inputState"]?["selectedModel"]?["identifier"])
  }

  /// What only requests tell of the whole: the program's version, and the folder it was open in.
  fileprivate mutating func note(_ request: JSONValue) {
    version = request["agent"]?["extensionVersion"]?.text?.description ?? version
    guard workspace == nil else { return }
    for part in request["response"]?.elements.map(\.self) ?? [] {
      guard let base = part["baseUri"], base["scheme"]?.text == "file",
        let path = base["path"]?.text
      else { continue }
      let folder = path.description
      workspace = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
      return
    }
  }
}
