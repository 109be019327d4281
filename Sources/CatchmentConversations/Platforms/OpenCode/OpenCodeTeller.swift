internal import Catchment
internal import JSONTape

/// Tells the sessions of a store, each thing once, in the order of the conversation.
struct OpenCodeTeller {
  private let drafts: ConversationDrafts
  private let forks: OpenCodeForks
  private let parser = TapeParser()
  /// The record that was parsed last: an exported session is one record with many things.
  private var open: (place: RecordPlace, things: [OpenCodeThing])?

  init(_ drafts: ConversationDrafts, _ forks: OpenCodeForks) {
    self.drafts = drafts
    self.forks = forks
  }

  mutating func tell(_ session: OpenCodeReader.Session, _ name: String) {
    if let info = session.info {
      revisit(info) { thing, drafts in
        OpenCodeSession.describe(thing, &drafts.conversations[session.conversation])
        drafts.noteUpdate(ofConversation: session.conversation)
      }
    }
    // What answers a copy answers its original.
    var copies = OpenCodeCopies()
    for (id, message) in session.messages.sorted(by: Self.isEarlier) {
      if let original = forks.original(of: message, in: session) {
        copies.add(original, as: id)
        leave(message, copiedFrom: original, session.conversation)
      } else {
        tell(message, id, in: session.conversation, copies)
      }
    }
  }

  /// By time; what has none comes last.
  private static func isEarlier(
    _ a: (key: String, value: OpenCodeReader.Message),
    _ b: (key: String, value: OpenCodeReader.Message)
  ) -> Bool {
    let (first, second) = (a.value, b.value)
    return (first.created ?? .max, first.isUser ? 0 : 1, a.key)
      < (second.created ?? .max, second.isUser ? 0 : 1, b.key)
  }

  // MARK: Messages

  private mutating func tell(
    _ message: OpenCodeReader.Message, _ id: String, in conversation: Int,
    _ copies: OpenCodeCopies
  ) {
    var place: Int?
    if let info = message.info {
      revisit(info) { thing, drafts in
        let told = OpenCodeMessage.tell(thing, in: conversation, drafts)
        copies.link(told, to: thing.info["parentID"]?.words, drafts)
        place = told
      }
    }
    let statesUsage = place.map { drafts.messages[$0].usage.isStated } ?? false
    for (_, part) in message.parts.sorted(by: { $0.key < $1.key }) {
      revisit(part) { thing, drafts in
        if place == nil, message.isPrinted {
          place = OpenCodeMessage.tellPrinted(id, in: conversation, drafts)
        }
        guard let place else { return Self.noteOrphan(drafts) }
        OpenCodePart(drafts, place, statesUsage: statesUsage).tell(thing)
      }
    }
  }

  /// A copy makes no rows: its original has them.
  private mutating func leave(
    _ message: OpenCodeReader.Message, copiedFrom original: OpenCodeForks.Original,
    _ conversation: Int
  ) {
    drafts.conversations[conversation].parent = original.session
    drafts.conversations[conversation].metadata.set("is_fork", true)
    for sighting in [message.info].compactMap(\.self) + message.parts.values {
      revisit(sighting) { _, drafts in
        if drafts.entry.outcome == .filtered { drafts.entry.outcome = .duplicate }
      }
    }
  }

  // MARK: Records

  static func noteOrphan(_ part: OpenCodeReader.Sighting, _ drafts: ConversationDrafts) {
    _ = drafts.revisit(part.place)
    noteOrphan(drafts)
    drafts.settle(part.place)
  }

  private static func noteOrphan(_ drafts: ConversationDrafts) {
    drafts.entry.issue = .init("orphan_part", "the message of this part is nowhere to be found")
  }

  private mutating func revisit(
    _ sighting: OpenCodeReader.Sighting, _ body: (OpenCodeThing, ConversationDrafts) -> Void
  ) {
    let bytes = drafts.revisit(sighting.place)
    if open?.place != sighting.place { open = (sighting.place, things(in: bytes)) }
    if let things = open?.things, things.indices.contains(sighting.number) {
      body(things[sighting.number], drafts)
    }
    drafts.settle(sighting.place)
  }

  /// It was JSON, and these things, when it was noted.
  private func things(in bytes: Slice) -> [OpenCodeThing] {
    do throws(JSONError) {
      return OpenCodeThing.things(in: try parser.parse(bytes, isPadded: true)) ?? []
    } catch { return [] }
  }
}

/// The messages that a fork begins with, and what they are copies of.
private struct OpenCodeCopies {
  private var originals: [String: OpenCodeForks.Original] = [:]
  private var last: OpenCodeForks.Original?

  mutating func add(_ original: OpenCodeForks.Original, as copy: String) {
    originals[copy] = original
    last = original
  }

  /// The fork's first own message answers the last copy, others what they name.
  func link(_ message: Int, to parent: String?, _ drafts: ConversationDrafts) {
    let isFirst = drafts.order[drafts.messages[message].conversation].first == message
    guard let original = parent.map({ originals[$0] }) ?? (isFirst ? last : nil) else { return }
    drafts.setParent(
      of: message, drafts.arena.keep(original.message), in: drafts.conversation(original.session))
  }
}
