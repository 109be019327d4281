internal import JSONTape

/// The nodes of a conversation's `mapping`: a tree in which an edited or regenerated message stands
/// beside the one that it replaced.
struct ChatGPTTree {
  /// How far up a result's call is looked for.
  private static let reach = 256

  private var nodes: [JSONText: JSONValue] = [:]
  /// In the order in which they are written.
  private var names: [JSONText] = []
  private var visited: Set<JSONText> = []
  /// The nearest message at or above each node that was visited.
  private var anchors: [JSONText: JSONText] = [:]

  /// A node that holds a message, and the message that it answers.
  struct Node {
    var id: JSONText
    var message: JSONValue
    var parent: JSONText?
  }

  init(_ mapping: JSONValue) {
    for (id, node) in mapping.members where nodes.updateValue(node, forKey: id) == nil {
      names.append(id)
    }
  }

  /// The nodes with messages, each behind the one that it answers; siblings in the platform's order.
  ///
  /// Nodes that hang in no tree, as those do that answer each other in a circle, come last.
  mutating func messages() -> [Node] {
    var found: [Node] = []
    let roots = names.filter { parent(of: $0) == nil }
    for root in roots + names { visit(root, &found) }
    return found
  }

  private mutating func visit(_ root: JSONText, _ found: inout [Node]) {
    var waiting = [root]
    while let id = waiting.popLast() {
      guard visited.insert(id).inserted, let node = nodes[id] else { continue }
      let answered = parent(of: id).flatMap { anchors[$0] }
      if let message = node["message"], message.kind == .object {
        found.append(Node(id: id, message: message, parent: answered))
        anchors[id] = id
      } else {
        anchors[id] = answered
      }
      waiting += node.list("children").compactMap(\.text).reversed()
    }
  }

  /// The node above, when there is one.
  private func parent(of id: JSONText) -> JSONText? {
    guard let parent = nodes[id]?["parent"]?.text, nodes[parent] != nil else { return nil }
    return parent
  }

  /// The nearest message at or above a node, once the messages have been asked for.
  func message(at id: JSONText?) -> JSONText? { id.flatMap { anchors[$0] } }

  /// The call that a tool's message answers: there are no ids, so it is the nearest above that has
  /// no answer yet, preferably one of the same name.
  func call(answeredBy node: Node, answered: Set<JSONText>) -> JSONText? {
    let tool = node.message["author"]?["name"]?.text
    var nearest: JSONText?
    var above = node.parent
    for _ in 0..<Self.reach {
      guard let id = above, let message = nodes[id]?["message"].map(ChatGPTMessage.init) else {
        break
      }
      if let recipient = message.recipient {
        if !answered.contains(id) {
          if tool == nil || recipient == tool { return id }
          nearest = nearest ?? id
        }
      } else if message.role != .tool {
        break
      }
      above = parent(of: id).flatMap { anchors[$0] }
    }
    return nearest
  }
}
