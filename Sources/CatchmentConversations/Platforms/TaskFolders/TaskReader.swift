internal import Catchment
internal import JSONTape

/// Understands the files of Roo Code, Cline and Kilo Code: each is one JSON document.
///
/// The files of a task name no task; the folder they lie in is named after it. What was shown
/// (`ui_messages.json`) makes the messages, for only there are the requests' tokens and costs; what
/// was sent (`api_conversation_history.json`) makes them when nothing shown is left.
struct TaskReader: PlatformReader {
  let drafts: ConversationDrafts
  /// The ids that history items state, by their folder.
  private var statedIDs: [String: String] = [:]
  /// What history items say, by conversation.
  private var histories: [Int: TaskHistory] = [:]
  /// Conversations whose history item only a list of tasks has.
  private var listed: Set<Int> = []
  private var models: [Int: TaskModels] = [:]
  /// Conversations whose messages were shown.
  private var shown: Set<Int> = []

  init(_ drafts: ConversationDrafts) { self.drafts = drafts }

  /// History items first, for they may name the task; what was sent last but for lists of tasks.
  ///
  /// Of copies of a file the longest is told last: it stands.
  func order(_ units: [UnitContent]) -> [Int] {
    let keys = units.map { content in
      (
        TaskFile(path: content.unit.path)?.rawValue ?? TaskFile.session.rawValue,
        content.records.last?.length ?? 0, content.unit.path
      )
    }
    return units.indices.sorted { keys[$0] < keys[$1] }
  }

  mutating func take(_ record: JSONValue) {
    guard let content = drafts.content else { return }
    let place = TaskPlace(path: content.unit.path)
    if let folder = place.folder { drafts.noteIdentity("task/\(folder)") }
    switch TaskFile(record) ?? TaskFile(path: content.unit.path) {
    case .history: takeHistory(record, place)
    case .interface: takeInterface(record, conversation(record, place))
    case .metadata: takeMetadata(record, place)
    case .api: takeSent(record, conversation(record, place))
    case .transcript: takeTranscript(record, place)
    case .session: takeSession(record, place)
    case .index: takeIndex(record)
    case nil: drafts.noteUnknown("a file of this shape")
    }
  }

  mutating func complete() {
    for (conversation, history) in histories { finish(conversation, history) }
    for (conversation, models) in models { models.fill(drafts, conversation) }
  }

  // MARK: Which task

  /// The conversation that a file of a task's folder belongs to.
  private func conversation(_ record: JSONValue, _ place: TaskPlace) -> Int {
    if let stated = statedIDs[place.directory] { return drafts.conversation(stated) }
    return drafts.conversation(place.folder ?? firstTime(in: record) ?? place.directory)
  }

  /// A task that was taken out of its folder is named by its first entry's time, as new tasks are.
  private func firstTime(in record: JSONValue) -> String? {
    record.elements.lazy.compactMap { $0["ts"]?.int64 }.first.map(String.init)
  }

  // MARK: Files beside the messages

  private mutating func takeHistory(_ record: JSONValue, _ place: TaskPlace) {
    guard record.kind == .object else {
      return drafts.refuse("not_a_history_item", "a history item must be an object")
    }
    if let id = record["id"]?.words { statedIDs[place.directory] = id }
    takeItem(record, conversation(record, place))
  }

  private mutating func takeItem(_ item: JSONValue, _ conversation: Int) {
    let history = TaskHistory(item, platform: drafts.platform)
    history.describe(item, &drafts.conversations[conversation])
    histories[conversation] = history
    if let task = item["task"]?.text { drafts.notePrompt(task.bytes, in: conversation) }
    drafts.noteUpdate(ofConversation: conversation)
  }

  /// A list has each task's history item once more, for those that keep none in their folders.
  private mutating func takeIndex(_ record: JSONValue) {
    for item in TaskHistory.items(in: record) {
      guard let id = item["id"]?.words else { continue }
      drafts.noteRelative(id)
      drafts.noteIdentity("task/\(id)")
      guard let conversation = drafts.known(conversation: id),
        !drafts.order[conversation].isEmpty,
        histories[conversation] == nil || listed.contains(conversation)
      else { continue }
      listed.insert(conversation)
      takeItem(item, conversation)
    }
  }

  private mutating func takeMetadata(_ record: JSONValue, _ place: TaskPlace) {
    guard let usage = record["model_usage"], usage.count > 0 else { return }
    let conversation = conversation(record, place)
    for entry in usage.elements {
      guard let model = drafts.keep(entry["model_id"]) else { continue }
      models[conversation, default: TaskModels()].note(model, at: entry["ts"]?.time)
    }
    drafts.noteUpdate(ofConversation: conversation)
  }

  /// A sub-task names its parent, and its parent's list of children names the calls.
  private func finish(_ conversation: Int, _ history: TaskHistory) {
    let messages = drafts.order[conversation]
    let isStated = messages.contains { drafts.messages[$0].usage.isStated }
    if !isStated { drafts.conversations[conversation].statedUsage = history.usage }
    guard !history.children.isEmpty else { return }
    let starts = drafts.calls.indices.filter { place in
      let call = drafts.calls[place]
      return drafts.messages[call.message].conversation == conversation
        && JSONText(bytes: call.name) == "newTask" && call.result?.isError != true
    }
    for (call, child) in zip(starts, history.children) { drafts.calls[call].child = child }
  }

  // MARK: Messages

  private mutating func takeInterface(_ entries: JSONValue, _ conversation: Int) {
    var turns = TaskTurns(drafts, conversation)
    for (index, entry) in entries.elements.enumerated() {
      guard let entry = TaskEntry(entry, at: index) else {
        drafts.entry.issue = .init("entry_malformed", "entry \(index) is not a message; left out")
        continue
      }
      turns.take(entry)
    }
    turns.finish()
    if !drafts.order[conversation].isEmpty { shown.insert(conversation) }
    if let workspace = turns.workspace {
      let known = drafts.conversations[conversation].workspace
      drafts.conversations[conversation].workspace = known ?? workspace
    }
  }

  /// What was sent says what the model was told; messages only when nothing shown made them.
  private mutating func takeSent(_ record: JSONValue, _ conversation: Int) {
    var sent = TaskSent(drafts, conversation, isShown: shown.contains(conversation))
    sent.take(record)
    if let workspace = sent.surroundings.workspace {
      let known = drafts.conversations[conversation].workspace
      drafts.conversations[conversation].workspace = known ?? workspace
    }
    if let model = sent.surroundings.model {
      models[conversation, default: TaskModels()].fallback = drafts.arena.keep(model)
    }
    if sent.isInformative { drafts.noteUpdate(ofConversation: conversation) }
  }

  // MARK: Sessions of the Cline command

  private func takeTranscript(_ record: JSONValue, _ place: TaskPlace) {
    guard let id = record["sessionId"]?.words else {
      return drafts.refuse("no_session", "a transcript must name its session in \"sessionId\"")
    }
    let conversation = drafts.conversation(id)
    drafts.conversations[conversation].version = record["origin"]?["version"]?.words
    let transcript = ClineTranscript(drafts, conversation)
    var index = 0
    record["messages"]?.forEachElement { message in
      transcript.take(message, at: index)
      index += 1
    }
  }

  private func takeSession(_ record: JSONValue, _ place: TaskPlace) {
    guard let id = record["session_id"]?.words else { return }
    let conversation = drafts.conversation(id)
    ClineSession.describe(record, &drafts.conversations[conversation])
    drafts.noteUpdate(ofConversation: conversation)
  }
}

/// Where a file lies.
struct TaskPlace {
  let directory: String
  /// The name of its folder, when it lies in a task's: then its own name is one of a task's files.
  let folder: String?

  init(path: String) {
    directory = FilePath.folder(path)
    let isOfTask =
      switch TaskFile(path: path) {
      case .history, .interface, .metadata, .api: true
      case .session, .transcript, .index, nil: false
      }
    let name = FilePath.name(directory)
    folder = isOfTask && !name.isEmpty ? name : nil
  }

  /// A task's files tell of one conversation.
  var copyHint: UInt64? {
    folder.map(JSONText.fingerprint)
  }
}
