internal import Catchment
internal import JSONTape

/// Understands Cursor's database and transcripts.
///
/// In the database a conversation (a composer) names its messages (bubbles) in their order; each is a
/// row of its own. They are noted as they come, and told when all are.
struct CursorReader: PlatformReader {
  private struct Composer {
    var conversation: Int
    var info: RecordPlace?
    var bubbles: [String: RecordPlace] = [:]
  }

  private let drafts: ConversationDrafts
  private let parser = TapeParser()
  private var composers: [String: Composer] = [:]
  /// The lines of transcripts, by their conversation.
  private var lines: [String: [RecordPlace]] = [:]
  /// Earlier versions of rows that came again.
  private var superseded: [RecordPlace] = []

  init(_ drafts: ConversationDrafts) { self.drafts = drafts }

  mutating func take(_ record: JSONValue) {
    if let key = record["key"]?.text, record["table"] != nil { return noteRow(String(key)) }
    guard record.kind == .object else {
      return drafts.refuse("not_an_object", "a record is an object")
    }
    guard record["role"] != nil, let path = drafts.content?.unit.path else {
      return drafts.noteUnknown("a record of this shape")
    }
    let transcript = CursorTranscript(path: path)
    let conversation = drafts.conversation(transcript.id)
    drafts.conversations[conversation].parent = transcript.parent
    drafts.conversations[conversation].isSidechain = transcript.parent != nil
    lines[transcript.id, default: []].append(drafts.place)
  }

  private mutating func noteRow(_ key: String) {
    let parts = key.split(separator: ":", maxSplits: 2).map(String.init)
    guard parts.count > 1, parts[0] == "composerData" || parts.count == 3 else {
      return drafts.noteUnknown("a row \"\(key)\"")
    }
    let conversation = drafts.conversation(parts[1])
    var composer = composers[parts[1]] ?? Composer(conversation: conversation)
    if parts.count == 3 {
      supersede(&composer.bubbles[parts[2]])
    } else {
      supersede(&composer.info)
    }
    composers[parts[1]] = composer
  }

  private mutating func supersede(_ known: inout RecordPlace?) {
    if let known { superseded.append(known) }
    known = drafts.place
  }

  // MARK: Telling

  mutating func complete() {
    for place in superseded { mark(place, .duplicate) }
    for id in composers.keys.sorted() {
      if let composer = composers[id] { tell(composer) }
    }
    for id in lines.keys.sorted() { tellTranscript(id) }
  }

  private func mark(_ place: RecordPlace, _ outcome: RecordOutcome) {
    _ = drafts.revisit(place)
    if drafts.entry.outcome == .filtered { drafts.entry.outcome = outcome }
    drafts.settle(place)
  }

  private func tell(_ composer: Composer) {
    let bubbles = CursorBubbles(drafts, composer.conversation)
    var left = composer.bubbles
    var order: [String] = []
    if let place = composer.info {
      revisit(place) { row in
        guard let info = row["value"] else { return }
        CursorComposer.describe(info, composer.conversation, drafts)
        drafts.noteUpdate(ofConversation: composer.conversation)
        let inline = CursorComposer.inlineBubbles(of: info)
        for bubble in inline where bubble["bubbleId"]?.words.map({ left[$0] == nil }) ?? false {
          bubbles.tell(bubble, name: bubble["bubbleId"]?.words ?? "")
        }
        order =
          info["fullConversationHeadersOnly"]?.elements.compactMap { $0["bubbleId"]?.words } ?? []
      }
    }
    var turn = CursorTurn()
    for name in order {
      guard let place = left.removeValue(forKey: name) else { continue }
      revisit(place) { row in turn.take(bubbles.tell(row["value"], name: name), row, drafts) }
    }
    for (name, place) in byTime(left) {
      revisit(place) { row in turn.take(bubbles.tell(row["value"], name: name), row, drafts) }
    }
  }

  /// Bubbles that their conversation does not name, as it was when it was read last.
  private func byTime(_ bubbles: [String: RecordPlace]) -> [(name: String, place: RecordPlace)] {
    let timed = bubbles.map { name, place in
      var time: Int64?
      revisit(place) { time = $0["value"]?["createdAt"]?.time }
      return (time: time ?? .max, name: name, place: place)
    }
    return timed.sorted { ($0.time, $0.name) < ($1.time, $1.name) }.map { ($0.name, $0.place) }
  }

  /// A transcript of a conversation that the database has too says nothing new.
  private func tellTranscript(_ id: String) {
    let places = lines[id] ?? []
    let conversation = drafts.conversation(id)
    guard drafts.order[conversation].isEmpty else {
      for place in places { mark(place, .duplicate) }
      return
    }
    for place in places {
      revisit(place) { line in
        CursorTranscript.tell(line, number: drafts.record?.line ?? 0, in: conversation, drafts)
      }
    }
  }

  /// It was JSON when it was noted.
  private func revisit(_ place: RecordPlace, _ body: (JSONValue) -> Void) {
    let bytes = drafts.revisit(place)
    do throws(JSONError) { body(try parser.parse(bytes, isPadded: true)) } catch { return }
    drafts.settle(place)
  }
}
