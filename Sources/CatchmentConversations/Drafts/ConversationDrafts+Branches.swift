/// Conversations that branch: a message that was edited or answered again has several answers.
extension ConversationDrafts {
  /// Puts a conversation's messages in the order of the tree, each behind the one that it answers,
  /// and cuts where messages answer each other in a circle.
  func arrangeByParents(_ conversation: Int) {
    let told = order[conversation]
    var answers: [Int: [Int]] = [:]
    var roots: [Int] = []
    for message in told {
      if let parent = parent(of: message, previous: nil) {
        answers[parent, default: []].append(message)
      } else {
        roots.append(message)
      }
    }
    var arranged: [Int] = []
    var seen: Set<Int> = []
    func visit(_ root: Int) {
      var waiting = [root]
      while let message = waiting.popLast() {
        guard seen.insert(message).inserted else { continue }
        arranged.append(message)
        waiting += (answers[message] ?? []).reversed()
      }
    }
    roots.forEach(visit)
    for message in told where !seen.contains(message) {
      messages[message].parent = .none
      visit(message)
    }
    order[conversation] = arranged
  }

  /// Marks each message of a conversation by whether it is on the branch that ends at `leaf`: what
  /// the platform shows.
  func markBranch(of conversation: Int, endingAt leaf: Int) {
    var branch: Set<Int> = []
    var next: Int? = leaf
    while let message = next, branch.insert(message).inserted {
      next = parent(of: message, previous: nil)
    }
    for message in order[conversation] {
      messages[message].metadata.set("is_current", branch.contains(message))
    }
  }
}
