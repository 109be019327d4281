internal import JSONTape

/// What the list of tasks says of one.
struct TaskHistory {
  /// Of the whole task; for when no request states its own.
  let usage: TokenUsage?
  /// The tasks that it started, in their order.
  let children: [String]

  init(_ item: JSONValue, platform: String) {
    var usage = TokenUsage(
      input: item["tokensIn"]?.tokenCount, output: item["tokensOut"]?.tokenCount,
      cacheRead: item["cacheReads"]?.tokenCount, cacheWrite: item["cacheWrites"]?.tokenCount)
    TaskRequest.separateCache(
      &usage, protocolName: nil, platform: platform, at: item["ts"]?.time)
    self.usage = usage.isStated ? usage : nil
    children = item["childIds"]?.elements.compactMap(\.words) ?? []
  }

  func describe(_ item: JSONValue, _ draft: inout ConversationDraft) {
    draft.parent = item["parentTaskId"]?.words ?? draft.parent
    draft.isSidechain = draft.parent != nil
    draft.workspace =
      item["workspace"]?.words ?? item["cwdOnTaskInitialization"]?.words ?? draft.workspace
    draft.model = item["modelId"]?.words ?? draft.model
    draft.statedCost = item["totalCost"]?.dollars ?? draft.statedCost
    for name in Self.kept { draft.metadata.set(name, item.member(name)) }
  }

  /// The items of a list of tasks: `{"entries": […]}`, or the list itself.
  static func items(in record: JSONValue) -> [JSONValue] {
    let items = record["entries"] ?? record
    return items.kind == .array ? Array(items.elements) : items.members.map(\.value)
  }

  private static let kept = [
    "mode", "apiConfigName", "status", "number", "size", "rootTaskId", "toolProtocol",
    "completionResultSummary", "isFavorited",
  ]
}

/// The models of a task, where its messages do not name theirs.
struct TaskModels {
  private var changes: [(time: Int64, model: Slice)] = []
  /// The model that what was sent names.
  var fallback: Slice?

  mutating func note(_ model: Slice, at time: Int64?) {
    changes.append((time ?? 0, model))
  }

  /// Gives each response without a model the one in use at its time.
  func fill(_ drafts: ConversationDrafts, _ conversation: Int) {
    let changes = changes.sorted { $0.time < $1.time }
    for place in drafts.order[conversation] where drafts.messages[place].role == .assistant {
      guard drafts.messages[place].model == nil else { continue }
      let time = drafts.messages[place].started ?? .max
      drafts.messages[place].model =
        changes.last { $0.time <= time }?.model ?? changes.first?.model ?? fallback
    }
  }
}
