internal import JSONTape

/// Makes messages of the entries of `ui_messages.json`.
///
/// A request to the model and what is said until the next one are one response. Calls have no ids:
/// what comes back is joined to the last call of its kind.
struct TaskTurns {
  let drafts: ConversationDrafts
  let conversation: Int
  private(set) var workspace: String?
  /// The response that is being put together.
  private var response: Int?
  /// A request whose response has not begun.
  private var request: TaskRequest?
  private var isBegun = false
  private var names: Set<String> = []
  private var calls = TaskCalls()

  init(_ drafts: ConversationDrafts, _ conversation: Int) {
    self.drafts = drafts
    self.conversation = conversation
  }

  mutating func take(_ entry: TaskEntry) {
    guard !entry.isPartial else { return }
    switch entry.kind {
    case "text", "task":
      if isBegun { addText(entry) } else { addPrompt(entry) }
    case "user_feedback", "user_feedback_diff": addPrompt(entry)
    case "reasoning":
      if entry.hasText { drafts.addThinking(entry.text, to: message(for: entry)) }
    case "completion_result", "plan_mode_respond", "followup": addText(entry)
    case "api_req_started": begin(entry)
    case "api_req_finished": finish(entry)
    case "deleted_api_reqs", "api_req_deleted":
      drafts.conversations[conversation].metadata.set("deleted_requests", drafts.nested(entry.text))
    case "error", "diff_error", "rooignore_error", "clineignore_error", "api_req_failed",
      "mistake_limit_reached", "condense_context_error", "shell_integration_warning":
      addError(entry)
    case "condense_context", "condense", "sliding_window_truncation", "summarize_task":
      addCompaction(entry)
    default:
      if !takeCall(entry), !Self.silent.contains(String(entry.kind)) { addUnknown(entry) }
    }
  }

  /// Entries that only steer what is shown.
  private static let silent: Set<String> = [
    "api_req_retried", "api_req_retry_delayed", "api_req_rate_limit_wait", "checkpoint_saved",
    "checkpoint_created", "task_progress", "mcp_server_request_started", "resume_task",
    "resume_completed_task", "load_mcp_documentation", "auto_approval_max_req_reached",
    "user_edit_todos", "info", "hook_status", "hook_output_stream", "generate_explanation",
    "mcp_notification", "browser_session_status", "codebase_search_result", "image",
    "too_many_tools_warning", "command_permission_denied", "new_task", "condense_context_started",
  ]

  /// All entries were told.
  mutating func finish() {
    flush()
    calls.settle(drafts)
  }

  // MARK: Prompts and responses

  private mutating func addPrompt(_ entry: TaskEntry) {
    isBegun = true
    flush()
    guard entry.hasText else { return }
    let message = drafts.message(name(of: entry), in: conversation, .user, kind: "prompt")
    drafts.messages[message].started = entry.time
    addBlocks(entry, to: message)
    if let text = entry.text?.text { drafts.notePrompt(text.bytes, in: conversation) }
  }

  private mutating func addText(_ entry: TaskEntry) {
    guard entry.hasText else { return }
    let message = message(for: entry)
    // Questions and plans are JSON around a text.
    let facts = drafts.nested(entry.text)
    if let question = facts?["question"] ?? facts?["response"], question.words != nil {
      drafts.addText(question.words ?? "", to: message)
      drafts.messages[message].metadata.set("suggestions", facts?["suggest"] ?? facts?["options"])
      return
    }
    addBlocks(entry, to: message)
  }

  private func addBlocks(_ entry: TaskEntry, to message: Int) {
    drafts.addText(entry.text, to: message)
    entry.value["images"]?.forEachElement { drafts.addBlock(type: "image", $0, to: message) }
    entry.value["files"]?.forEachElement { drafts.addBlock(type: "file", $0, to: message) }
  }

  private mutating func begin(_ entry: TaskEntry) {
    flush()
    let request = TaskRequest(entry, name: name(of: entry), drafts)
    workspace = workspace ?? request.workspace
    self.request = request
  }

  /// Old versions give the numbers of a request in an entry of their own.
  private mutating func finish(_ entry: TaskEntry) {
    guard let facts = drafts.nested(entry.text), facts.kind == .object else { return }
    if var open = request {
      open.take(facts, entry, drafts)
      request = open
    } else if let response {
      var open = TaskRequest(entry, name: "", drafts)
      open.time = drafts.messages[response].started
      apply(open, to: response)
    }
  }

  /// Ends the response; a request that used tokens and said nothing is one too.
  private mutating func flush() {
    if let request, request.isWorthKeeping { _ = makeResponse(request) }
    request = nil
    response = nil
  }

  /// The response that an entry is a part of.
  private mutating func message(for entry: TaskEntry) -> Int {
    let place: Int
    if let response {
      place = response
    } else if let request {
      place = makeResponse(request)
    } else {
      place = drafts.message(name(of: entry), in: conversation, .assistant, kind: "response")
      drafts.messages[place].started = entry.time
    }
    request = nil
    response = place
    if let model = drafts.keep(entry.model) { drafts.messages[place].model = model }
    drafts.messages[place].ended = entry.time ?? drafts.messages[place].ended
    return place
  }

  private func makeResponse(_ request: TaskRequest) -> Int {
    let place = drafts.message(request.name, in: conversation, .assistant, kind: "response")
    drafts.messages[place].started = request.time
    apply(request, to: place)
    return place
  }

  private func apply(_ request: TaskRequest, to place: Int) {
    drafts.messages[place].usage = request.usage
    drafts.messages[place].cost = request.cost
    drafts.messages[place].model = request.model ?? drafts.messages[place].model
    drafts.messages[place].metadata = request.metadata
  }

  // MARK: Calls

  /// Whether the entry is a call, or what came back from one.
  private mutating func takeCall(_ entry: TaskEntry) -> Bool {
    guard let kind = TaskCalls.Kind(entry.kind) else { return false }
    guard !kind.isOutput else {
      calls.addOutput(entry, kind, drafts)
      return true
    }
    let message = message(for: entry)
    calls.begin(entry, kind, in: message, drafts)
    return true
  }

  // MARK: What is neither

  private mutating func addError(_ entry: TaskEntry) {
    guard entry.hasText else { return }
    if entry.kind != "shell_integration_warning" { calls.fail(entry, drafts) }
    addNote(entry, kind: "error")
  }

  private mutating func addUnknown(_ entry: TaskEntry) {
    drafts.noteUnknown("an entry \"\(entry.kind)\"")
    if entry.hasText { addNote(entry, kind: "system") }
  }

  private mutating func addNote(_ entry: TaskEntry, kind: StaticString) {
    let message = drafts.message(name(of: entry), in: conversation, .system, kind: kind)
    drafts.messages[message].started = entry.time
    drafts.messages[message].metadata.set("type", String(entry.kind))
    addBlocks(entry, to: message)
  }

  /// The context was made shorter; a summary may stand for what was left out.
  private mutating func addCompaction(_ entry: TaskEntry) {
    let name = name(of: entry)
    let message = drafts.message(name, in: conversation, .system, kind: "compact_boundary")
    drafts.messages[message].started = entry.time
    drafts.addText(entry.text, to: message)
    guard let facts = entry.value["contextCondense"] else { return }
    drafts.messages[message].cost = facts["cost"]?.dollars
    drafts.messages[message].metadata.set("previous_tokens", facts["prevContextTokens"])
    drafts.messages[message].metadata.set("new_tokens", facts["newContextTokens"])
    guard let summary = drafts.keep(facts["summary"]), !summary.isEmpty else { return }
    drafts.summary(name, summary, type: "compaction", in: conversation, at: entry.time)
  }

  /// The entry's name, made its own when another has the same time.
  private mutating func name(of entry: TaskEntry) -> String {
    var name = entry.name
    var count = 1
    while !names.insert(name).inserted {
      count += 1
      name = "\(entry.name)#\(count)"
    }
    return name
  }
}
