internal import JSONTape

/// The tool calls of an answer, which is told of twice: as the model asked for them, with arguments
/// and results, and as they were shown, in their place among the text.
struct ChatCalls {
  struct Call {
    /// As the model asked.
    var asked: JSONValue?
    /// As it was shown.
    var shown: JSONValue?
    /// What came back to the model.
    var result: JSONValue?
    /// Its place among the calls of the answer.
    let number: Int
  }

  private var asked: [JSONValue] = []
  private var isTold: [Bool] = []
  private let results: JSONValue?
  /// The ids of what is shown: a call that has another may not be taken for one of these.
  private var shownIDs: Set<String> = []
  private var told = 0

  init(_ request: JSONValue) {
    let metadata = request["result"]?["metadata"]
    results = metadata?["toolCallResults"]
    for round in metadata?["toolCallRounds"]?.elements.map(\.self) ?? [] {
      asked += round["toolCalls"]?.elements.filter { $0.kind == .object } ?? []
    }
    isTold = asked.map { _ in false }
    for part in request["response"]?.elements.map(\.self) ?? [] {
      if let id = part["toolCallId"]?.text { shownIDs.insert(id.description) }
    }
  }

  /// The call that a part shows: that of the same id, else the next that no part has the id of.
  mutating func call(shownBy part: JSONValue) -> Call {
    defer { told += 1 }
    guard let place = place(of: part["toolCallId"]?.text) else {
      return Call(shown: part, number: told)
    }
    isTold[place] = true
    return Call(
      asked: asked[place], shown: part, result: result(of: asked[place]), number: told)
  }

  private func place(of id: JSONText?) -> Int? {
    if let id, let same = asked.firstIndex(where: { $0["id"]?.text == id }) { return same }
    return asked.indices.first { place in
      guard !isTold[place] else { return false }
      return asked[place]["id"]?.text.map { !shownIDs.contains($0.description) } ?? true
    }
  }

  /// The calls that no part showed.
  var untold: [Call] {
    asked.indices.filter { !isTold[$0] }.enumerated().map { number, place in
      Call(asked: asked[place], result: result(of: asked[place]), number: told + number)
    }
  }

  private func result(of call: JSONValue) -> JSONValue? {
    call["id"]?.text.flatMap { results?.member($0) }
  }
}

extension ChatCalls.Call {
  /// What came of it; nil when nothing is told.
  func toolResult(_ drafts: ConversationDrafts) -> ToolResult? {
    let terminal = shown?["toolSpecificData"]?["terminalCommandState"]
    let printed = shown?["toolSpecificData"]?["terminalCommandOutput"]?["text"]
    var tool = ToolResult()
    tool.output = (result ?? printed ?? shown?["resultDetails"]).map(drafts.slice)
    tool.exitCode = terminal?["exitCode"]?.double.flatMap { Int32(exactly: $0) }
    tool.duration = terminal?["duration"]?.tokenCount
    tool.isError = shown?["resultDetails"]?["isError"]?.boolean ?? tool.exitCode.map { $0 != 0 }
    return tool.output == nil && tool.exitCode == nil && tool.isError == nil ? nil : tool
  }
}
