internal import Catchment
internal import JSONTape

/// The spans of all units, told when all were read: a span is written when it ends, so what began
/// first comes last.
///
/// A turn makes a prompt, a request to a model a response, a call of a tool completes the call that a
/// response asked for. A turn's usage is the sum of its requests' and counts only where there are none.
struct CopilotSpans {
  private let drafts: ConversationDrafts
  private let parser = TapeParser(limits: .init(maximumBytes: .max, maximumDepth: 2_048))
  private var spans: [String: CopilotSpan] = [:]
  /// Attributes that came before their span.
  private var repeated: [RecordPlace] = []
  /// The latest response of each conversation, by place.
  private var responses: [Int: Int] = [:]
  /// The messages that spans made.
  private var messages: [String: Int] = [:]

  init(_ drafts: ConversationDrafts) { self.drafts = drafts }

  // MARK: Noting

  /// Takes a record that holds spans or a part of one; false when it is neither.
  mutating func take(_ record: JSONValue) -> Bool {
    if let table = record["table"]?.text {
      takeRow(record, of: table)
    } else if record["resourceSpans"] != nil {
      for resource in record.list("resourceSpans") {
        for scope in resource.list("scopeSpans") {
          for span in scope.list("spans") {
            note(CopilotSpan(otlp: span, at: drafts.place, drafts.arena))
          }
        }
      }
    } else if record["spanId"]?.text != nil {
      note(CopilotSpan(otlp: record, at: drafts.place, drafts.arena))
    } else {
      return false
    }
    return true
  }

  private mutating func takeRow(_ row: JSONValue, of table: JSONText) {
    switch table {
    case "spans": note(CopilotSpan(row: row, at: drafts.place, drafts.arena))
    case "span_attributes":
      guard let id = row["span_id"]?.words, let name = row["key"]?.words else { return }
      spans[id]?.take(name, row["value"], drafts.arena)
      spans[id]?.attributePlaces.append(drafts.place)
    default: break
    }
  }

  /// The same span may be in several files; what was noted first stands.
  private mutating func note(_ span: CopilotSpan?) {
    guard let span else { return drafts.noteUnknown("a span without an id") }
    if let session = span.session ?? span.conversation { drafts.noteRelative(session) }
    if spans[span.id] != nil { return repeated.append(drafts.place) }
    spans[span.id] = span
  }

  // MARK: Telling

  /// - Parameter chats: the sessions that were told by their chats, by each of their ids.
  mutating func complete(besides chats: [String: String]) {
    guard !spans.isEmpty else { return }
    let sorted = spans.values.sorted { ($0.started ?? 0, $0.id) < ($1.started ?? 0, $1.id) }
    let calls = Dictionary(
      sorted.filter { $0.operation == .tool && $0.session != nil }.compactMap { span in
        span.text("gen_ai.tool.call.id").map { ($0, span.id) }
      }, uniquingKeysWith: { first, _ in first })
    var told: [String: Bool] = [:]
    for place in repeated { mark([place], .duplicate) }
    for span in sorted where span.operation != .other {
      let session = session(of: span)
      // The same call, seen again by what carries it out.
      let call = span.session == nil ? span.text("gen_ai.tool.call.id").flatMap { calls[$0] } : nil
      if span.operation == .tool, let call, call != span.id {
        mark([span.place] + span.attributePlaces, .duplicate)
        continue
      }
      _ = drafts.revisit(span.place)
      let conversation = drafts.conversation(chats[session] ?? session)
      let isNew = told[session] ?? drafts.order[conversation].isEmpty
      told[session] = isNew
      guard isNew else {
        mark([span.place] + span.attributePlaces, .duplicate)
        continue
      }
      tell(span, in: conversation)
      drafts.settle(span.place)
      complete(span, in: conversation)
    }
  }

  /// The session that a span names, or the span that it is a part of; else one of its own.
  private func session(of span: CopilotSpan) -> String {
    var parts: Set<String> = [span.id]
    var next: CopilotSpan? = span
    while let part = next {
      if let session = part.session { return session }
      next = part.parent.flatMap { parts.insert($0).inserted ? spans[$0] : nil }
    }
    return span.conversation ?? "trace-\(span.trace)"
  }

  private func mark(_ places: [RecordPlace], _ outcome: RecordOutcome) {
    for place in places {
      _ = drafts.revisit(place)
      if drafts.entry.outcome == .filtered { drafts.entry.outcome = outcome }
      drafts.settle(place)
    }
  }

  /// The rows of its attributes said the rest.
  private func complete(_ span: CopilotSpan, in conversation: Int) {
    for place in span.attributePlaces {
      _ = drafts.revisit(place)
      _ = drafts.conversation(drafts.conversations[conversation].nativeID)
      if let message = messages[span.id] {
        drafts.noteUpdate(of: message)
      } else {
        drafts.noteUpdate(ofConversation: conversation)
      }
      drafts.settle(place)
    }
  }

  private mutating func tell(_ span: CopilotSpan, in conversation: Int) {
    switch span.operation {
    case .turn: tellTurn(span, in: conversation)
    case .request: tellRequest(span, in: conversation)
    case .tool: tellTool(span, in: conversation)
    case .other: break
    }
  }

  // MARK: Turns

  private mutating func tellTurn(_ span: CopilotSpan, in conversation: Int) {
    drafts.conversations[conversation].describe(span)
    responses[conversation] = nil
    // What a tool started, no person has asked for.
    let isStarted = span.parent.flatMap { spans[$0] }?.operation == .tool
    messages[span.id] = prompt(of: span, in: conversation, isMeta: isStarted)
    let hasRequests = spans.values.contains { $0.operation == .request && isPart($0, of: span.id) }
    guard !hasRequests else { return }
    let response = response(of: span, in: conversation)
    addParts("gen_ai.output.messages", of: span, to: response)
    messages[span.id] = messages[span.id] ?? response
  }

  private func isPart(_ span: CopilotSpan, of id: String) -> Bool {
    var seen: Set<String> = []
    var next = span.parent
    while let parent = next, seen.insert(parent).inserted {
      if parent == id { return true }
      next = spans[parent]?.parent
    }
    return false
  }

  private func prompt(
    of span: CopilotSpan, in conversation: Int, isMeta: Bool
  ) -> Int? {
    guard let text = span.text("copilot_chat.user_request") ?? lastInput(of: span) else {
      return nil
    }
    let message = drafts.message(
      "\(span.id)/prompt", in: conversation, .user, kind: isMeta ? "meta" : "prompt")
    drafts.messages[message].started = span.started
    drafts.messages[message].isMeta = isMeta
    drafts.addText(text, to: message)
    if !isMeta { drafts.notePrompt(drafts.arena.keep(text), in: conversation) }
    return message
  }

  /// What the user said last, of all that the model was sent.
  private func lastInput(of span: CopilotSpan) -> String? {
    let sent = list("gen_ai.input.messages", of: span)
    guard let last = sent.last(where: { $0.text("role") == "user" }) else { return nil }
    let texts = last.list("parts").compactMap { $0["content"]?.words }
    return texts.isEmpty ? nil : texts.joined(separator: "\n")
  }

  // MARK: Requests

  private mutating func tellRequest(_ span: CopilotSpan, in conversation: Int) {
    let isOwn = span.session == nil && span.parent.flatMap { spans[$0] } == nil
    if isOwn {
      // Copilot asks for titles and the like beside the sessions.
      drafts.conversations[conversation].isSidechain = true
      drafts.conversations[conversation].parent =
        span.text("copilot_chat.parent_chat_session_id")
      drafts.conversations[conversation].metadata.set("agent", span.text("gen_ai.agent.name"))
      _ = prompt(of: span, in: conversation, isMeta: true)
    }
    let response = response(of: span, in: conversation)
    drafts.messages[response].isSidechain = isOwn
    addParts("gen_ai.output.messages", of: span, to: response)
    messages[span.id] = response
  }

  private mutating func response(of span: CopilotSpan, in conversation: Int) -> Int {
    let response = drafts.message(span.id, in: conversation, .assistant, kind: "response")
    let model = span.text("gen_ai.response.model") ?? span.text("gen_ai.request.model")
    drafts.messages[response].started = span.started
    drafts.messages[response].ended = span.ended
    drafts.messages[response].model = model.map { drafts.arena.keep($0) }
    drafts.messages[response].usage = span.usage
    drafts.messages[response].responseID = span.attributes["gen_ai.response.id"]
    drafts.messages[response].requestID = span.attributes["copilot_chat.server_request_id"]
    drafts.messages[response].stopReason = stopReason(of: span)
    drafts.messages[response].metadata.set(
      "time_to_first_token_ms",
      span.text("copilot_chat.time_to_first_token").flatMap(Double.init)
        .map { Int64($0) })
    responses[conversation] = response
    return response
  }

  /// `["stop"]`.
  private func stopReason(of span: CopilotSpan) -> Slice? {
    list("gen_ai.response.finish_reasons", of: span).first?.text.map {
      drafts.arena.keep($0.bytes)
    }
  }

  private func addParts(_ name: String, of span: CopilotSpan, to response: Int) {
    for message in list(name, of: span) {
      for part in message.list("parts") {
        switch part.text("type") {
        case "text": drafts.addText(part["content"], to: response)
        case "reasoning", "thinking": drafts.addThinking(part["content"], to: response)
        case "tool_call": addCall(part, to: response)
        default: drafts.addBlock(part, to: response)
        }
      }
    }
  }

  private func addCall(_ part: JSONValue, to response: Int) {
    guard let id = drafts.keep(part["id"]), !id.isEmpty else { return }
    drafts.addCall(
      id, name: drafts.keep(part["name"]) ?? drafts.arena.keep("unknown"),
      input: drafts.embedded(part["arguments"]), to: response)
  }

  /// The elements of an attribute that holds JSON; valid until the next call.
  private func list(_ name: String, of span: CopilotSpan) -> [JSONValue] {
    guard let text = span.attributes[name] else { return [] }
    let kept = drafts.arena.keep(text, padding: TapeParser.padding)
    do throws(JSONError) {
      return Array(try parser.parse(kept, isPadded: true).elements)
    } catch { return [] }
  }

  // MARK: Tools

  private mutating func tellTool(_ span: CopilotSpan, in conversation: Int) {
    let id = span.text("gen_ai.tool.call.id") ?? span.id
    let native = drafts.arena.keep(id)
    let known = drafts.known(call: native, in: conversation)
    let call = known ?? addCall(of: span, native, in: conversation)
    drafts.calls[call].started = span.started
    var result = ToolResult(
      output: span.attributes["gen_ai.tool.call.result"].map(drafts.embedded),
      completed: span.ended)
    result.isError = span.status.flatMap { $0 == 2 ? true : $0 == 1 ? false : nil }
    result.duration = span.duration
    drafts.attach(result, to: call)
    drafts.noteUpdate(of: drafts.calls[call].message)
    messages[span.id] = drafts.calls[call].message
  }

  /// Copilot called it by itself, or in a response that the traces do not have.
  private mutating func addCall(
    of span: CopilotSpan, _ native: Slice, in conversation: Int
  ) -> Int {
    let response: Int
    if let last = responses[conversation] {
      response = last
    } else {
      response = drafts.message(span.id, in: conversation, .assistant, kind: "synthetic")
      drafts.messages[response].started = span.started
    }
    return drafts.addCall(
      native, name: span.attributes["gen_ai.tool.name"] ?? drafts.arena.keep("unknown"),
      input: span.attributes["gen_ai.tool.call.arguments"].map(drafts.embedded), to: response)
  }
}

extension ConversationDraft {
  fileprivate mutating func describe(_ turn: CopilotSpan) {
    model = turn.text("gen_ai.response.model") ?? turn.text("gen_ai.request.model") ?? model
    branch = turn.text("copilot_chat.repo.head_branch_name") ?? branch
    commit = turn.text("copilot_chat.repo.head_commit_hash") ?? commit
    metadata.set("repository", turn.text("copilot_chat.repo.remote_url"))
    metadata.set("agent", turn.text("gen_ai.agent.name"))
    metadata.set("client", turn.text("copilot_chat.client_id"))
    metadata.set("mode", turn.text("copilot_chat.mode"))
  }
}
