internal import Catchment
internal import JSONTape

/// The conversations of the editor's database.
///
/// A conversation (a composer) names its messages (bubbles) in their order; each is a row of its own.
struct CursorComposers {
  private struct Composer {
    var conversation: Int
    var info: RecordPlace?
    var bubbles: [String: RecordPlace] = [:]
  }

  private let drafts: ConversationDrafts
  private let records: NotedRecords
  private var composers: [String: Composer] = [:]
  /// Earlier versions of rows that came again.
  private var superseded: [RecordPlace] = []

  init(_ drafts: ConversationDrafts) {
    self.drafts = drafts
    records = NotedRecords(drafts)
  }

  mutating func noteRow(_ key: String) {
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

  func tell() {
    for place in superseded { records.mark(place, .duplicate) }
    for id in composers.keys.sorted() {
      if let composer = composers[id] { tell(composer) }
    }
  }

  private func tell(_ composer: Composer) {
    let bubbles = CursorBubbles(drafts, composer.conversation)
    var left = composer.bubbles
    var order: [String] = []
    if let place = composer.info {
      records.tell(place) { row in
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
      records.tell(place) { row in turn.take(bubbles.tell(row["value"], name: name), row, drafts) }
    }
    for (name, place) in byTime(left) {
      records.tell(place) { row in turn.take(bubbles.tell(row["value"], name: name), row, drafts) }
    }
  }

  /// Bubbles that their conversation does not name, as it was when it was read last.
  private func byTime(_ bubbles: [String: RecordPlace]) -> [(name: String, place: RecordPlace)] {
    let timed = bubbles.map { name, place in
      var time: Int64?
      records.tell(place) { time = $0["value"]?["createdAt"]?.time }
      return (time: time ?? .max, name: name, place: place)
    }
    return timed.sorted { ($0.time, $0.name) < ($1.time, $1.name) }.map { ($0.name, $0.place) }
  }
}
