internal import JSONTape

/// An entry of VS Code's log of a chat session: the whole of it, or a change.
struct ChatLogEntry {
  let path: [ChatNode.Step]
  let change: ChatNode.Change

  private static let longestPath = 64

  /// Nil when it is of no known kind, or names no place.
  init?(_ record: JSONValue) {
    guard let path = Self.path(record["k"]) else { return nil }
    self.path = path
    let value = record["v"]
    switch record["kind"]?.int64 {
    case 0:
      guard let value, value.kind == .object, path.isEmpty else { return nil }
      change = .set(ChatNode.written(value))
    case 1:
      guard let value, !path.isEmpty else { return nil }
      change = .set(ChatNode.written(value))
    case 2:
      guard !path.isEmpty else { return nil }
      let length = record["i"]?.int64.map { Int(clamping: max($0, 0)) }
      change = .push(value?.elements.map(ChatNode.written) ?? [], cutTo: length)
    case 3:
      guard !path.isEmpty else { return nil }
      change = .delete
    default: return nil
    }
  }

  private static func path(_ steps: JSONValue?) -> [ChatNode.Step]? {
    guard let steps, !steps.isNull else { return [] }
    let path = steps.elements.compactMap(ChatNode.Step.init)
    return path.count == steps.count && path.count <= longestPath ? path : nil
  }

  /// Whether requests may be gone after it that were there before.
  var replacesRequests: Bool {
    guard path.count <= 1, path.isEmpty || path.first == .name("requests") else { return false }
    if case .push(_, cutTo: nil) = change { return false }
    return true
  }

  /// The request that it changes, by place.
  var request: Int? {
    guard path.count > 1, path[0] == .name("requests"), case .index(let place) = path[1] else {
      return nil
    }
    return place
  }
}
