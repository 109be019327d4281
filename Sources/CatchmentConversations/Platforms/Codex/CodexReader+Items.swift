internal import Catchment
internal import JSONTape

/// Items of the model's conversation: what it was told, what it answered, and the calls.
extension CodexReader {
  mutating func takeItem(_ item: JSONValue, at time: Int64?) {
    noteModel(item["model"])
    switch Self.type(of: item) {
    case "message": takeMessage(item, at: time)
    case "reasoning": takeReasoning(item, at: time)
    case "function_call", "custom_tool_call": takeCall(item, at: time)
    case "local_shell_call", "web_search_call", "tool_search_call", "image_generation_call":
      takeHostedCall(item, at: time)
    case "function_call_output", "custom_tool_call_output", "tool_search_output":
      takeOutput(item, at: time)
    case "agent_message": takeAgentMessage(item, at: time)
    case "token_count": takeTokenCount(item, at: time)
    case "ghost_snapshot", "compaction", "context_compaction", "compaction_summary": break
    case let type: noteUnknown("item type", type)
    }
  }

  /// Some versions leave the type out.
  private static func type(of item: JSONValue) -> JSONText? {
    if let type = item["type"]?.text { return type }
    let telling: [(member: StaticString, type: StaticString)] = [
      ("role", "message"), ("arguments", "function_call"), ("output", "function_call_output"),
    ]
    let found = telling.first { item[$0.member] != nil }
    return found.map { JSONText(bytes: $0.type.slice) }
  }

  // MARK: Messages

  private mutating func takeMessage(_ item: JSONValue, at time: Int64?) {
    let content = item["content"]
    let text = joinedText(content)
    switch item["role"]?.text {
    case "user":
      guard news(text, of: .user, in: .item) else { return }
      let kind = CodexPrompt.kind(text, item: item)
      addContent(content, to: prompt(kind, text, at: time))
    case "assistant":
      guard news(text, of: .agent, in: .item) else { return }
      let response = response(at: time)
      drafts.messages[response].metadata.set("phase", item["phase"])
      addContent(content, to: response)
    default:
      closeResponse()
      addContent(content, to: message(.system, kind: "system", at: time))
    }
  }

  /// Whether a text is new; a repeated one makes the record a duplicate.
  mutating func news(
    _ text: Slice, of speaker: CodexThread.Speaker, in voice: CodexThread.Voices
  ) -> Bool {
    // Without words there is nothing to know a repetition by: only the item itself counts.
    let isNews =
      text.isEmpty ? voice == .item : threads[at].isNews(text, of: speaker, in: voice)
    if !isNews, drafts.entry.outcome == .filtered { drafts.entry.outcome = .duplicate }
    return isNews
  }

  /// A message in the user's place; what a person asked begins a turn.
  mutating func prompt(_ kind: StaticString, _ text: Slice, at time: Int64?) -> Int {
    closeResponse()
    let message = message(.user, kind: kind, at: time)
    drafts.messages[message].isMeta = !kind.isPrompt
    guard kind.isPrompt else { return message }
    settleUsage()
    threads[at].response = nil
    threads[at].turns.append(message)
    drafts.notePrompt(CodexPrompt.request(in: text), in: drafts.messages[message].conversation)
    return message
  }

  /// What another agent says to this one.
  private mutating func takeAgentMessage(_ item: JSONValue, at time: Int64?) {
    closeResponse()
    let message = message(.user, kind: "meta", at: time)
    drafts.messages[message].isMeta = true
    drafts.messages[message].metadata.set("author", item["author"])
    drafts.messages[message].metadata.set("recipient", item["recipient"])
    addContent(item["content"], to: message)
  }

  func addContent(_ content: JSONValue?, to message: Int) {
    guard let content else { return }
    drafts.addText(content, to: message)
    for block in content.elements {
      switch block["type"]?.text {
      case "input_text", "output_text", "text", "Text", "summary_text":
        drafts.addText(block["text"], to: message)
      case "encrypted_content": break
      default: drafts.addBlock(block, to: message)
      }
    }
  }

  /// The words of a content, whatever blocks they are in.
  func joinedText(_ content: JSONValue?) -> Slice {
    guard let content else { return Slice(start: nil, count: 0) }
    if let text = content.text { return drafts.arena.keep(text.bytes) }
    var words = ByteBuffer()
    for block in content.elements { if let text = block["text"]?.text { words.append(text.bytes) } }
    return words.withUnsafeBytes { drafts.arena.keep($0) }
  }

  /// Encrypted reasoning without a summary says nothing.
  private mutating func takeReasoning(_ item: JSONValue, at time: Int64?) {
    let parts = [item["summary"], item["content"], item["text"]].compactMap(\.self)
    for part in parts {
      think(part, in: .item, at: time)
      for block in part.elements { think(block["text"], in: .item, at: time) }
    }
  }

  mutating func think(_ text: JSONValue?, in voice: CodexThread.Voices, at time: Int64?) {
    guard let text, let words = text.text, !words.isEmpty,
      news(words.bytes, of: .reasoning, in: voice)
    else { return }
    drafts.addThinking(text, to: response(at: time))
  }

  // MARK: Calls

  private mutating func takeCall(_ item: JSONValue, at time: Int64?) {
    let name = drafts.keep(item["name"]) ?? drafts.arena.keep("unknown")
    call(item, name, input: drafts.embedded(item["arguments"] ?? item["input"]), at: time)
  }

  /// Calls that the model's host or the program itself carries out; most have no output of their own.
  private mutating func takeHostedCall(_ item: JSONValue, at time: Int64?) {
    guard let type = item["type"]?.text?.description else { return }
    let name = drafts.arena.keep(String(type.dropLast("_call".count)))
    let input = item["action"] ?? item["arguments"] ?? item["revised_prompt"]
    let call = call(item, name, input: drafts.embedded(input), at: time)
    guard type != "local_shell_call", let status = item["status"]?.text else { return }
    let result = ToolResult(
      output: item["result"].map(drafts.slice), isError: status == "failed")
    drafts.attach(result, to: call)
  }

  @discardableResult
  mutating func call(_ item: JSONValue, _ name: Slice, input: Slice?, at time: Int64?) -> Int {
    let response = response(at: time)
    let id =
      drafts.keep(item["call_id"]) ?? drafts.keep(item["id"])
      ?? drafts.arena.keep("call-\(threads[at].messageName(at: time))")
    let unique = threads[at].callName(id).map { drafts.arena.keep($0) }
    return drafts.addCall(
      id, name: name, input: input, to: response, started: time, uniqueName: unique)
  }

  private mutating func takeOutput(_ item: JSONValue, at time: Int64?) {
    closeResponse()
    let message = message(.tool, kind: "tool_result", at: time)
    let output = item["output"] ?? item["tools"]
    if let id = drafts.keep(item["call_id"]), knows(call: id) {
      var result = CodexOutput(output, drafts.checker).result
      result.output = drafts.embedded(output)
      drafts.addResult(result, of: id, to: message, uniqueName: uniqueName(of: id))
      noteChild(output, of: id)
    } else {
      drafts.addBlock(item, to: message)
    }
    if let usage = CumulativeCounters(codex: item["info"]?["last_token_usage"]) { pay(usage.usage) }
  }

  func uniqueName(of call: Slice) -> Slice? {
    threads[at].latestCallName(call).map { drafts.arena.keep($0) }
  }

  func knows(call id: Slice) -> Bool { known(call: id) != nil }

  /// The latest call of an id, by place.
  func known(call id: Slice) -> Int? {
    drafts.known(call: uniqueName(of: id) ?? id, in: conversation)
  }

  /// A call that starts an agent answers with the agent's thread.
  private func noteChild(_ output: JSONValue?, of id: Slice) {
    guard let call = known(call: id), JSONText(bytes: drafts.calls[call].name) == "spawn_agent",
      let text = output?.text
    else { return }
    do throws(JSONError) {
      let answer = try drafts.checker.parse(text.bytes, isPadded: false)
      if let child = answer["agent_id"]?.text { drafts.calls[call].child = child.description }
    } catch {
      // A refusal is words, and names no agent.
    }
  }
}
