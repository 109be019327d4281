internal import Catchment
internal import JSONTape

/// What a file of a task's folder, or of a session of the Cline command, holds.
enum TaskFile: Int {
  /// `history_item.json`: what the list of tasks says of this one.
  case history
  /// `<id>.json` of the Cline command: what it says of a session.
  case session
  /// `ui_messages.json`, once `claude_messages.json`: what was shown, with what each request cost.
  case interface
  /// `<id>.messages.json` of the Cline command: a session's messages.
  case transcript
  /// `task_metadata.json`: files and models that were used.
  case metadata
  /// `api_conversation_history.json`: what was sent to the model.
  case api
  /// `_index.json`, or Cline's `taskHistory.json`: all tasks' history items.
  case index

  private static let names: [String: TaskFile] = [
    "history_item.json": .history, "ui_messages.json": .interface,
    "claude_messages.json": .interface, "task_metadata.json": .metadata,
    "api_conversation_history.json": .api, "_index.json": .index, "taskHistory.json": .index,
  ]

  /// What the name says; nil for a name that says nothing.
  init?(path: String) {
    let name = FilePath.name(path)
    if let file = Self.names[name] {
      self = file
    } else if name.hasSuffix(".messages.json") {
      self = .transcript
    } else {
      return nil
    }
  }

  /// What the contents are; nil when they are none of these.
  init?(_ record: JSONValue) {
    switch record.kind {
    case .array:
      guard let first = record.elements.first(where: { $0.kind == .object }) else { return nil }
      if first["say"] != nil || first["ask"] != nil {
        self = .interface
      } else if first["role"] != nil {
        self = .api
      } else if first["id"] != nil, first["task"] != nil {
        self = .index
      } else {
        return nil
      }
    case .object:
      if record["messages"] != nil {
        self = record["sessionId"] != nil ? .transcript : .api
      } else if record["session_id"] != nil {
        self = .session
      } else if record["files_in_context"] != nil || record["model_usage"] != nil {
        self = .metadata
      } else if record["entries"] != nil {
        self = .index
      } else if record["tokensIn"] != nil || record["task"] != nil {
        self = .history
      } else {
        return nil
      }
    default: return nil
    }
  }

  /// How surely a file is a brand's: by its folders, else by its name and its beginning.
  static func recognise(
    _ beginning: UnsafeRawBufferPointer, of path: String, for brand: TaskBrand
  ) -> Recognition {
    let owner = TaskBrand(path: path)
    guard owner == nil || owner == brand else { return .none }
    func has(_ texts: StaticString...) -> Bool {
      texts.allSatisfy { beginning.firstRange(of: $0) != nil }
    }
    let isTranscript =
      has("\"sessionId\"", "\"messages\"", "\"role\"", "\"version\"")
      || has("\"session_id\"", "\"messages_path\"")
    if isTranscript { return brand == .cline ? .certain : .none }
    let isInterface = has("\"ts\"", "\"type\"") && (has("\"say\"") || has("\"ask\""))
    if isInterface || TaskFile(path: path) != nil {
      return owner == nil ? .possible : .certain
    }
    return .none
  }
}
