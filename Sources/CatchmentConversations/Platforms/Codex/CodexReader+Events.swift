internal import Catchment
internal import JSONTape

/// Events for the screen: most repeat items, some tell more.
extension CodexReader {
  mutating func takeEvent(_ event: JSONValue, at time: Int64?) {
    switch event["type"]?.text {
    case "user_message": takeUserText(event["message"], in: .event, at: time)
    case "agent_message": takeAgentText(event["message"], in: .event, at: time)
    case "agent_reasoning", "agent_reasoning_raw_content":
      think(event["text"], in: .event, at: time)
    case "token_count": takeTokenCount(event, at: time)
    case "item_completed": takeCompletion(event, at: time)
    case "task_complete", "turn_complete": noteTurnEnd(event)
    case "turn_aborted": noteAbort(event)
    case "exec_command_end", "patch_apply_end", "mcp_tool_call_end", "web_search_end",
      "image_generation_end", "view_image_tool_call":
      completeCall(event["call_id"], with: callResult(event, at: time))
    case "collab_agent_spawn_end": noteChild(event["new_thread_id"], of: event["call_id"])
    case "sub_agent_activity": noteActivity(event)
    case "thread_rolled_back": rollBack(event["num_turns"])
    case "thread_name_updated": noteTitle(event["thread_name"])
    case "error": takeError(event["message"], at: time)
    case let type: if !Self.isAside(type) { noteUnknown("event type", type) }
    }
  }

  /// Events that say nothing which is not said elsewhere.
  private static func isAside(_ type: JSONText?) -> Bool {
    switch type {
    case "task_started", "turn_started", "context_compacted", "entered_review_mode",
      "exited_review_mode", "thread_goal_updated", "thread_settings_applied", "item_started",
      "background_event", "turn_diff", "plan_update", "exec_command_begin",
      "exec_command_output_delta", "patch_apply_begin", "mcp_tool_call_begin", "web_search_begin",
      "agent_reasoning_section_break", "collab_agent_spawn_begin", "warning", "stream_error",
      "session_configured", "shutdown_complete":
      true
    default: false
    }
  }

  // MARK: Texts

  private mutating func takeUserText(
    _ text: JSONValue?, in voice: CodexThread.Voices, at time: Int64?
  ) {
    guard let words = text?.text?.bytes, news(words, of: .user, in: voice) else { return }
    drafts.addText(text, to: prompt(CodexPrompt.kind(words, item: nil), words, at: time))
  }

  mutating func takeAgentText(
    _ text: JSONValue?, in voice: CodexThread.Voices, at time: Int64?
  ) {
    guard let words = text?.text?.bytes, news(words, of: .agent, in: voice) else { return }
    drafts.addText(text, to: response(at: time))
  }

  mutating func takeError(_ text: JSONValue?, at time: Int64?) {
    closeResponse()
    drafts.addText(text, to: message(.system, kind: "api_error", at: time))
  }

  private func noteTitle(_ title: JSONValue?) {
    guard let title = title?.text, !title.isEmpty else { return }
    let place = conversation
    drafts.conversations[place].title = title.description
    drafts.entry.outcome = .updated
    drafts.entry.row = drafts.conversations[place].id
  }

  // MARK: Completed items

  private mutating func takeCompletion(_ event: JSONValue, at time: Int64?) {
    guard let item = event["item"] else { return }
    switch item["type"]?.text {
    case "UserMessage": takeCompletedText(item["content"], of: .user, at: time)
    case "AgentMessage": takeCompletedText(item["content"], of: .agent, at: time)
    case "Reasoning":
      for part in [item["summary_text"], item["raw_content"]].compactMap(\.self) {
        for text in part.elements { think(text, in: .completion, at: time) }
      }
    case "SubAgentActivity": noteActivity(item)
    case "CollabAgentToolCall": noteCollaboration(item)
    case "Plan", "ContextCompaction": break
    default: takeCompletedWork(item, event)
    }
  }

  private mutating func takeCompletedText(
    _ content: JSONValue?, of speaker: CodexThread.Speaker, at time: Int64?
  ) {
    let text = joinedText(content)
    guard news(text, of: speaker, in: .completion) else { return }
    if speaker == .user {
      addContent(content, to: prompt(CodexPrompt.kind(text, item: nil), text, at: time))
    } else {
      addContent(content, to: response(at: time))
    }
  }

  /// A command, a change of files or the like: of a call of the model's, or one of several that a
  /// script of the model's made, which are kept beside it.
  private mutating func takeCompletedWork(_ item: JSONValue, _ event: JSONValue) {
    let completed = event["completed_at_ms"]?.time
    if let id = item["id"]?.text, knows(call: id.bytes) {
      return completeCall(item["id"], with: callResult(item, at: completed))
    }
    guard let response = threads[at].response else { return }
    drafts.noteUpdate(of: response)
    drafts.addBlock(item, to: response)
  }

  // MARK: Calls

  /// What an event says of a call; the output's own record comes later and has the output.
  private func callResult(_ event: JSONValue, at time: Int64?) -> ToolResult {
    var result = ToolResult()
    result.output =
      event["aggregated_output"].map(drafts.slice) ?? event["result"].map(drafts.slice)
    result.exitCode = event["exit_code"]?.double.flatMap(CodexOutput.code)
    result.isError = Self.isError(event) ?? result.exitCode.map { $0 != 0 }
    result.duration = Self.duration(event["duration"])
    result.completed = time
    return result
  }

  private static func isError(_ event: JSONValue) -> Bool? {
    if let success = event["success"]?.boolean { return !success }
    if let result = event["result"], result.kind == .object { return result["Err"] != nil }
    switch event["status"]?.text {
    case "completed": return event["exit_code"].flatMap(\.double).map { $0 != 0 } ?? false
    case "failed", "declined": return true
    default: return nil
    }
  }

  /// Of `{"secs": …, "nanos": …}`, in milliseconds.
  private static func duration(_ value: JSONValue?) -> Int64? {
    guard let seconds = value?["secs"]?.double else { return nil }
    return CodexOutput.milliseconds(seconds + (value?["nanos"]?.double ?? 0) / 1e9)
  }

  private func completeCall(_ id: JSONValue?, with result: ToolResult) {
    guard let id = id?.text, let call = known(call: id.bytes) else { return }
    drafts.attach(result, to: call)
    drafts.entry.outcome = .updated
    drafts.entry.row = drafts.messages[drafts.calls[call].message].id
  }

  private func noteChild(_ thread: JSONValue?, of id: JSONValue?) {
    guard let thread = thread?.text, let id = id?.text, let call = known(call: id.bytes) else {
      return
    }
    drafts.calls[call].child = thread.description
    drafts.entry.outcome = .updated
    drafts.entry.row = drafts.messages[drafts.calls[call].message].id
  }

  /// Only the call that started an agent is its parent; others speak to it.
  private func noteActivity(_ activity: JSONValue) {
    guard activity["kind"]?.text == "started" else { return }
    noteChild(activity["agent_thread_id"], of: activity["id"] ?? activity["call_id"])
  }

  private func noteCollaboration(_ item: JSONValue) {
    guard let tool = item["tool"]?.text, tool == "spawn_agent" || tool == "spawn",
      let threads = item["receiver_thread_ids"]
    else { return }
    for thread in threads.elements { noteChild(thread, of: item["id"]) }
  }

  // MARK: Turns

  private mutating func noteTurnEnd(_ event: JSONValue) {
    if let response = threads[at].response {
      drafts.messages[response].metadata.set("turn_duration_ms", event["duration_ms"])
      drafts.messages[response].metadata.set(
        "time_to_first_token_ms", event["time_to_first_token_ms"])
      drafts.noteUpdate(of: response)
    }
    closeResponse()
  }

  private mutating func noteAbort(_ event: JSONValue) {
    if let response = threads[at].response {
      drafts.messages[response].stopReason = drafts.keep(event["reason"])
      drafts.noteUpdate(of: response)
    }
    closeResponse()
  }

  /// The last turns no longer count for the model; they happened all the same.
  private mutating func rollBack(_ count: JSONValue?) {
    let count = Int(clamping: count?.tokenCount ?? 1)
    let undone = threads[at].turns.suffix(count)
    threads[at].turns.removeLast(undone.count)
    let order = drafts.order[conversation]
    guard let first = undone.first, let start = order.firstIndex(of: first) else { return }
    for message in order[start...] { drafts.messages[message].metadata.set("rolled_back", true) }
    drafts.noteUpdate(of: first)
  }

  /// The history that replaces what was compacted was told before.
  mutating func takeCompaction(_ record: JSONValue, at time: Int64?) {
    closeResponse()
    let place = conversation
    let covered = Array(drafts.order[place][threads[at].compacted...])
    let boundary = message(.system, kind: "compact_boundary", at: time)
    threads[at].compacted = drafts.order[place].count
    threads[at].response = nil
    guard let text = drafts.keep(record["message"]), !text.isEmpty else { return }
    drafts.messages[boundary].isCompactSummary = true
    drafts.addText(record["message"], to: boundary)
    let name = "compaction/\(threads[at].compacted)"
    drafts.summary(name, text, type: "compaction", in: place, at: time, covers: covered)
  }
}
