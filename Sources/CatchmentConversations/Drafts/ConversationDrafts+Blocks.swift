internal import DuckDB
internal import JSONTape

/// Content in the form of Anthropic's Messages API, which many platforms write.
extension ConversationDrafts {
  /// Adds a message's content: a text, or a list of blocks.
  ///
  /// - Parameter failure: what a result's content says of its failure, where the platform says it
  ///   there.
  func addContent(
    _ content: JSONValue?, to message: Int, failure: (JSONValue) -> Bool? = { _ in nil }
  ) {
    guard let content else { return }
    if content.text != nil { return addText(content, to: message) }
    for block in content.elements { add(block, to: message, failure) }
  }

  /// Whether a user's content is nothing but results of calls.
  func isOnlyResults(_ content: JSONValue?) -> Bool {
    guard let content, content.kind == .array, content.count > 0 else { return false }
    return content.elements.allSatisfy { block in
      guard let type = block["type"]?.text else { return false }
      return type == "tool_result" || type == "tool-result"
    }
  }

  /// Adds a block; one of a type that is not known stays as it is written.
  func add(
    _ block: JSONValue, to message: Int, _ failure: (JSONValue) -> Bool? = { _ in nil }
  ) {
    if block.text != nil { return addText(block, to: message) }
    guard block.kind == .object else { return }
    switch block["type"]?.text {
    case "text" where block["text"]?.text != nil: addText(block["text"], to: message)
    case "thinking" where block["thinking"]?.text != nil:
      addThinking(block["thinking"], to: message)
    case "tool_use", "tool-call": addUse(block, to: message)
    case "tool_result", "tool-result": addOutcome(block, to: message, failure)
    default: addBlock(block, to: message)
    }
  }

  private func addUse(_ block: JSONValue, to message: Int) {
    let stated = keep(block["id"]) ?? keep(block["toolCallId"]) ?? keep(block["call_id"])
    let name = keep(block["name"]) ?? keep(block["toolName"])
    addCall(
      stated ?? callName(in: message), name: name ?? arena.keep("unknown"),
      input: embedded(block["input"] ?? block["args"]), to: message)
  }

  /// A name for a call that has none: its message's, and its place there.
  private func callName(in message: Int) -> Slice {
    let before = calls.count { $0.message == message }
    return arena.keep("\(messages[message].id)/\(before)")
  }

  private func addOutcome(
    _ block: JSONValue, to message: Int, _ failure: (JSONValue) -> Bool?
  ) {
    guard let id = keep(block["tool_use_id"]) ?? keep(block["toolCallId"]) else {
      return addBlock(block, to: message)
    }
    let content = block["content"] ?? block["output"] ?? block["result"]
    var result = ToolResult(output: embedded(content))
    result.isError =
      (block["is_error"] ?? block["isError"])?.boolean ?? content.flatMap(failure)
    addResult(result, of: id, to: message)
  }
}
