internal import Catchment
internal import JSONTape

/// The events that `codex exec --json` prints, for when they were kept and the rollout was not.
///
/// They have no times and no model, and tell usage once a turn.
extension CodexReader {
  mutating func takeStream(_ line: CodexLine) {
    switch line.type {
    case "thread.started": break
    case "turn.started": beginStreamTurn()
    case "turn.completed": takeStreamUsage(line.payload["usage"])
    case "turn.failed": takeError(line.payload["error"]?["message"], at: nil)
    case "error": takeError(line.payload["message"], at: nil)
    default: if let item = line.payload["item"] { takeStreamItem(item, line) }
    }
  }

  private mutating func beginStreamTurn() {
    settleUsage()
    closeResponse()
    threads[at].response = nil
    threads[at].streamTurns += 1
  }

  /// The counters are those of the whole thread.
  private mutating func takeStreamUsage(_ usage: JSONValue?) {
    if let total = CumulativeCounters(codex: usage) {
      let added = total.since(threads[at].lastTotal)
      threads[at].lastTotal = total
      pay(added.usage)
    }
    closeResponse()
  }

  private mutating func takeStreamItem(_ item: JSONValue, _ line: CodexLine) {
    let isComplete = line.type == "item.completed"
    switch item["type"]?.text {
    case "agent_message": if isComplete { takeAgentText(item["text"], in: .event, at: nil) }
    case "reasoning": if isComplete { think(item["text"], in: .event, at: nil) }
    case "error": if isComplete { takeError(item["message"], at: nil) }
    case "todo_list": if isComplete { drafts.addBlock(item, to: response(at: nil)) }
    case "command_execution", "file_change", "mcp_tool_call", "web_search", "collab_tool_call":
      takeStreamCall(item, isComplete: isComplete)
    case let type: noteUnknown("item type", type)
    }
  }

  /// An item's id is one of its turn's; the same one twice is a call and how it ended.
  private mutating func takeStreamCall(_ item: JSONValue, isComplete: Bool) {
    let response = response(at: nil)
    guard let id = drafts.keep(item["id"]), let type = drafts.keep(item["type"]) else { return }
    let unique = drafts.arena.keep(
      "\(threads[at].streamTurns)/\(JSONText(bytes: id).description)")
    let place = drafts.messages[response].conversation
    let call =
      drafts.known(call: unique, in: place)
      ?? drafts.addCall(
        id, name: drafts.keep(item["tool"]) ?? type, input: Self.input(of: item, drafts),
        to: response, uniqueName: unique)
    guard isComplete else { return }
    let code = item["exit_code"]?.double.flatMap(CodexOutput.code)
    let isFailed = item["status"]?.text.map { $0 == "failed" || $0 == "declined" }
    let result = ToolResult(
      output: (item["aggregated_output"] ?? item["result"]).map(drafts.slice),
      isError: code.map { $0 != 0 } ?? isFailed, exitCode: code)
    drafts.attach(result, to: call)
  }

  private static func input(of item: JSONValue, _ drafts: ConversationDrafts) -> Slice? {
    let input = item["command"] ?? item["changes"] ?? item["arguments"] ?? item["query"]
    return drafts.embedded(input)
  }
}
