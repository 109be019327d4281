internal import JSONTape

/// An entry of `ui_messages.json`: something said or asked.
struct TaskEntry {
  let value: JSONValue
  /// What it is, such as `text`, `tool` or `api_req_started`.
  let kind: JSONText
  let index: Int
  let time: Int64?
  /// Still being written when the file was saved; it comes again when it is whole.
  let isPartial: Bool

  /// - Returns: nil for a value that is no entry.
  init?(_ value: JSONValue, at index: Int) {
    guard let kind = value["say"]?.text ?? value["ask"]?.text else { return nil }
    self.value = value
    self.kind = kind
    self.index = index
    time = value["ts"]?.time
    isPartial = value["partial"]?.boolean ?? false
  }

  var text: JSONValue? { value["text"] }
  var hasText: Bool { text?.words != nil || (value["images"]?.count ?? 0) > 0 }

  /// What names the entry among its task's: its time as written, for entries have no ids.
  var name: String {
    value["ts"]?.int64.map(String.init) ?? value["ts"]?.words ?? "#\(index)"
  }

  var model: JSONValue? { value["modelInfo"]?["modelId"] }
}

/// A request to the model, as its entry tells.
struct TaskRequest {
  var name: String
  var time: Int64?
  var usage = TokenUsage()
  var cost: Double?
  var model: Slice?
  var workspace: String?
  var metadata = MetadataDraft()

  /// The numbers come into the entry only after the response; old entries are plain text.
  init(_ entry: TaskEntry, name: String, _ drafts: ConversationDrafts) {
    self.name = name
    time = entry.time
    model = drafts.keep(entry.model)
    let facts = drafts.nested(entry.text)
    if let facts, facts.kind == .object { take(facts, entry, drafts) }
    let sent = facts?["request"]?.text ?? entry.text?.text
    guard let sent else { return }
    let surroundings = TaskSurroundings(sent.bytes)
    workspace = surroundings.workspace
    if model == nil, let named = surroundings.model { model = drafts.arena.keep(named) }
  }

  var isWorthKeeping: Bool { usage.isStated || cost != nil || !metadata.isEmpty }

  mutating func take(_ facts: JSONValue, _ entry: TaskEntry, _ drafts: ConversationDrafts) {
    usage.input = facts["tokensIn"]?.tokenCount ?? usage.input
    usage.output = facts["tokensOut"]?.tokenCount ?? usage.output
    usage.cacheRead = facts["cacheReads"]?.tokenCount ?? usage.cacheRead
    usage.cacheWrite = facts["cacheWrites"]?.tokenCount ?? usage.cacheWrite
    Self.separateCache(
      &usage, protocolName: facts["apiProtocol"]?.text, platform: drafts.platform, at: time,
      provider: entry.value["modelInfo"]?["providerId"]?.text)
    cost = facts["cost"]?.dollars ?? cost
    metadata.set("cancel_reason", facts["cancelReason"])
    metadata.set("streaming_failed", facts["streamingFailedMessage"])
    metadata.set("inference_provider", facts["inferenceProvider"])
  }

  /// Since 1 November 2025 (Roo Code 3.29.5; Kilo Code 4.119 followed) the input figure is the
  /// whole prompt, cached or not.
  private static let wholePrompts: Int64 = 1_761_955_200_000_000
  /// Providers of Cline that pass on OpenAI's figure, which includes what came from the cache.
  private static let inclusive: Set<String> = [
    "openai", "litellm", "doubao", "fireworks", "hicap", "lmstudio", "qwen", "xai", "zai",
  ]

  /// Takes the cached part out of an input figure that includes it.
  ///
  /// Entries bear no version. An input figure below the cached part never includes it; one of the
  /// OpenAI protocol always does; one of the Anthropic protocol since `wholePrompts`. Cline, which
  /// names no protocol, leaves the cached part out, but for some providers.
  static func separateCache(
    _ usage: inout TokenUsage, protocolName: JSONText?, platform: String, at time: Int64?,
    provider: JSONText? = nil
  ) {
    let cached = (usage.cacheRead ?? 0) &+ (usage.cacheWrite ?? 0)
    guard let input = usage.input, cached > 0, input >= cached else { return }
    let isWhole =
      if let protocolName, protocolName == "openai" {
        true
      } else if platform == TaskBrand.cline.rawValue, protocolName == nil {
        provider.map { inclusive.contains(String($0)) } ?? false
      } else {
        (time ?? 0) >= wholePrompts
      }
    if isWhole { usage.input = input - cached }
  }
}

/// What a program tells the model about its surroundings, in `<environment_details>`.
struct TaskSurroundings {
  var workspace: String?
  var model: String?

  init() {}

  init(_ text: Slice) {
    for mark: StaticString in [
      "Current Workspace Directory (", "Current Working Directory (",
    ] {
      workspace = workspace ?? Self.between(mark, ") Files", in: text)
    }
    model = Self.between("<model>", "</model>", in: text)
  }

  mutating func update(from text: Slice) {
    let other = TaskSurroundings(text)
    workspace = workspace ?? other.workspace
    model = other.model ?? model
  }

  /// The text between two marks, when it is short and of one line.
  private static func between(
    _ start: StaticString, _ end: StaticString, in text: Slice
  ) -> String? {
    guard let from = text.firstRange(of: start) else { return nil }
    let rest = Slice(rebasing: text[from.upperBound...].prefix(4_096))
    guard let to = rest.firstRange(of: end) else { return nil }
    let found = Slice(rebasing: rest[..<to.lowerBound])
    guard !found.isEmpty, !found.contains(UInt8(ascii: "\n")) else { return nil }
    return found.string
  }
}
