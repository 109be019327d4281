internal import Catchment
internal import DuckDB
internal import JSONTape

/// What can be told only when every record is read.
extension ClaudeDraft {
  func complete() {
    for (call, result) in orphanResults {
      if let known = callsByNativeID[call] { attach(result, to: known) }
    }
    for (call, agent) in agentsByCall {
      guard let known = callsByNativeID[call] else { continue }
      calls[Int(known)].agentID = calls[Int(known)].agentID ?? agent
    }
    resolveParents()
    breakCycles()
    addUp()
  }

  /// Follows each message's parent past the records that make no message.
  private func resolveParents() {
    parents = ContiguousArray(repeating: -1, count: messages.count)
    for index in messages.indices where messages[index].parent != 0 {
      var next = messages[index].parent
      var steps = 0
      while next != 0, steps <= links.count {
        steps += 1
        guard let link = links[next] else {
          noteIssue(index, "parent_missing", "the record's parent is not in this file")
          break
        }
        if case .message(let parent) = link {
          if parent != index { parents[index] = parent } else { noteSelfParent(index) }
          break
        }
        if case .bridge(let further) = link { next = further }
      }
      if steps > links.count {
        noteIssue(index, "parent_cycle", "the record's parents lead round in a circle")
      }
    }
  }

  /// A record that names itself as its parent; not a response's record that names an earlier one of
  /// the same response.
  private func noteSelfParent(_ index: Int) {
    let draft = messages[index]
    guard ledger[Int(draft.unit)][Int(draft.ledgerPlace)].identity == draft.parent else { return }
    noteIssue(index, "parent_cycle", "the record is its own parent; cut here")
  }

  /// Cuts each circle of parents at its first message, so that following parents always ends.
  private func breakCycles() {
    var visit = ContiguousArray<Int32>(repeating: -1, count: messages.count)
    for start in messages.indices {
      var at = start
      while visit[at] < 0, parents[at] >= 0 {
        visit[at] = Int32(start)
        at = Int(parents[at])
      }
      guard visit[at] == Int32(start), parents[at] >= 0 else {
        if visit[at] < 0 { visit[at] = Int32(start) }
        continue
      }
      cutCycle(through: at)
    }
  }

  private func cutCycle(through member: Int) {
    var first = member
    var at = Int(parents[member])
    while at != member {
      first = min(first, at)
      at = Int(parents[at])
    }
    parents[first] = -1
    noteIssue(first, "parent_cycle", "the record's parents lead round in a circle; cut here")
  }

  private func noteIssue(_ message: Int, _ code: String, _ words: String) {
    let draft = messages[message]
    let isAgentRoot = sessions[Int(draft.session)].agentID != nil && code == "parent_missing"
    guard !isAgentRoot else { return }
    let (unit, place) = (Int(draft.unit), Int(draft.ledgerPlace))
    if ledger[unit][place].issue == nil { ledger[unit][place].issue = .init(code, words) }
  }

  private func addUp() {
    for index in messages.indices {
      let session = Int(messages[index].session)
      messages[index].sequence = Int32(sessions[session].messages)
      sessions[session].messages += 1
      if messages[index].role == .assistant { addResponse(messages[index], to: session) }
    }
    for call in calls { sessions[Int(messages[Int(call.message)].session)].toolCalls += 1 }
  }

  private func addResponse(_ message: ClaudeMessageDraft, to session: Int) {
    if let cost = message.cost {
      sessions[session].lineCost = (sessions[session].lineCost ?? 0) + cost
    }
    sessions[session].usage.add(message.usage)
    guard message.kind.utf8CodeUnitCount == ("response" as StaticString).utf8CodeUnitCount else {
      return
    }
    sessions[session].responses += 1
    sessions[session].model = message.model ?? sessions[session].model
  }
}
