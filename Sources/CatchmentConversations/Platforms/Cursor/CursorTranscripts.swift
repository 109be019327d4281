internal import Catchment
internal import JSONTape

/// The transcripts that Cursor's agent writes.
struct CursorTranscripts {
  private let drafts: ConversationDrafts
  private let records: NotedRecords
  /// The lines of each, by conversation.
  private var lines: [String: [RecordPlace]] = [:]
  /// Those of older versions, the latest last.
  private var prose: [String: [RecordPlace]] = [:]

  init(_ drafts: ConversationDrafts) {
    self.drafts = drafts
    records = NotedRecords(drafts)
  }

  mutating func note(line path: String) {
    lines[conversation(of: path), default: []].append(drafts.place)
  }

  mutating func note(prose path: String) {
    prose[conversation(of: path), default: []].append(drafts.place)
  }

  private func conversation(of path: String) -> String {
    let transcript = CursorTranscript(path: path)
    let conversation = drafts.conversation(transcript.id)
    drafts.conversations[conversation].parent = transcript.parent
    drafts.conversations[conversation].isSidechain = transcript.parent != nil
    return transcript.id
  }

  /// A transcript of a conversation that is told already says nothing new.
  func tell() {
    for id in lines.keys.sorted() {
      let conversation = drafts.conversation(id)
      let isTold = !drafts.order[conversation].isEmpty
      for place in lines[id] ?? [] where !isTold {
        records.tell(place) { line in
          CursorTranscript.tell(line, number: drafts.record?.line ?? 0, in: conversation, drafts)
        }
      }
      if isTold { for place in lines[id] ?? [] { records.mark(place, .duplicate) } }
    }
    for id in prose.keys.sorted() { tellProse(id) }
  }

  private func tellProse(_ id: String) {
    let conversation = drafts.conversation(id)
    var places = prose[id] ?? []
    if drafts.order[conversation].isEmpty, let latest = places.popLast() {
      let text = drafts.revisit(latest)
      var transcript = CursorProse(drafts, conversation)
      transcript.tell(text)
      drafts.settle(latest)
    }
    for place in places { records.mark(place, .duplicate) }
  }
}
