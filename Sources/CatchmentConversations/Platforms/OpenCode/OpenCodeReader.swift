internal import Catchment
internal import JSONTape

/// Understands OpenCode's store, and that of programs made from it.
///
/// Sessions, messages and parts are records of their own, in any order and in several versions: a
/// row that was changed, a file that was moved into the database. They are noted as they come; when
/// all are, the newest of each is taken up again and told in the conversation's order.
struct OpenCodeReader: PlatformReader {
  /// Where a thing was last told.
  struct Sighting {
    var place: RecordPlace
    /// Which of the things of its record it is.
    var number: Int
  }

  struct Message {
    var info: Sighting?
    /// In microseconds since 1970.
    var created: Int64?
    var isUser = false
    var parts: [String: Sighting] = [:]
    /// Whether a line of `opencode run` told of it: then there may be no more than its parts.
    var isPrinted = false
  }

  struct Session {
    var conversation: Int
    var info: Sighting?
    var created: Int64?
    var messages: [String: Message] = [:]
  }

  let drafts: ConversationDrafts
  private var sessions: [String: Session] = [:]
  /// Parts that name no session, by their message.
  private var loose: [String: [String: Sighting]] = [:]
  private var sessionsByMessage: [String: String] = [:]
  /// Earlier versions of what was told again.
  private var superseded: [RecordPlace] = []

  init(_ drafts: ConversationDrafts) { self.drafts = drafts }

  /// The tree before the database: where both have a thing, the database's is newer.
  func order(_ units: [UnitContent]) -> [Int] {
    let keys = units.map { (OpenCodeStore.isDatabase($0.unit.path) ? 1 : 0, $0.unit.path) }
    return units.indices.sorted { keys[$0] < keys[$1] }
  }

  mutating func take(_ record: JSONValue) {
    guard let things = OpenCodeThing.things(in: record) else {
      if record.kind != .object { return drafts.refuse("not_an_object", "a record is an object") }
      return drafts.noteUnknown("a record of this shape")
    }
    let isPrinted = record["part"] != nil
    for (number, thing) in things.enumerated() {
      note(thing, Sighting(place: drafts.place, number: number), isPrinted: isPrinted)
    }
  }

  // MARK: Noting

  private mutating func note(_ thing: OpenCodeThing, _ sighting: Sighting, isPrinted: Bool) {
    guard let name = thing.sessionID else {
      return noteLoose(thing, sighting)
    }
    let conversation = drafts.conversation(name)
    var session = sessions[name] ?? Session(conversation: conversation)
    switch thing.kind {
    case .session:
      supersede(&session.info, by: sighting)
      session.created = thing.created
    case .message: note(thing, sighting, in: &session)
    case .part:
      var message = session.messages[thing.messageID ?? ""] ?? Message()
      supersede(&message.parts[thing.id], by: sighting)
      message.isPrinted = message.isPrinted || isPrinted
      session.messages[thing.messageID ?? ""] = message
    }
    sessions[name] = session
  }

  private mutating func noteLoose(_ part: OpenCodeThing, _ sighting: Sighting) {
    let message = part.messageID ?? ""
    drafts.noteIdentity("message/\(message)")
    var known = loose[message]?[part.id]
    supersede(&known, by: sighting)
    loose[message, default: [:]][part.id] = known
  }

  private mutating func note(
    _ thing: OpenCodeThing, _ sighting: Sighting, in session: inout Session
  ) {
    var message = session.messages[thing.id] ?? Message()
    supersede(&message.info, by: sighting)
    message.created = thing.created
    message.isUser = thing.info["role"]?.text == "user"
    session.messages[thing.id] = message
    sessionsByMessage[thing.id] = thing.sessionID
    drafts.noteIdentity("message/\(thing.id)")
    // A fork copies messages under new ids, but leaves their times.
    if let created = message.created { drafts.noteIdentity("moment/\(created)") }
  }

  private mutating func supersede(_ known: inout Sighting?, by sighting: Sighting) {
    if let known, known.place != sighting.place { superseded.append(known.place) }
    known = sighting
  }

  // MARK: Telling

  mutating func complete() {
    for place in superseded {
      _ = drafts.revisit(place)
      if drafts.entry.outcome == .filtered { drafts.entry.outcome = .duplicate }
      drafts.settle(place)
    }
    for (message, parts) in loose {
      guard let session = sessionsByMessage[message] else {
        for part in parts.values { OpenCodeTeller.noteOrphan(part, drafts) }
        continue
      }
      let known = sessions[session]?.messages[message]?.parts ?? [:]
      sessions[session]?.messages[message]?.parts = known.merging(parts) { told, _ in told }
    }
    var teller = OpenCodeTeller(drafts, OpenCodeForks(sessions))
    for name in sessions.keys.sorted() {
      if let session = sessions[name] { teller.tell(session, name) }
    }
  }
}

extension OpenCodeThing {
  /// When the program says it was made; a row's own time is that of its copy.
  fileprivate var created: Int64? {
    info["time"]?["created"]?.time ?? row["time_created"]?.time ?? row["created_at"]?.time
  }
}

/// Which messages of a session are copies of another's: a fork begins with them.
///
/// A copy has a new id, and is older than its session.
struct OpenCodeForks {
  private struct Moment: Hashable {
    var created: Int64
    var isUser: Bool
  }

  /// A message, by its session.
  struct Original {
    var session: String
    var message: String
  }

  private var originals: [Moment: Original] = [:]

  init(_ sessions: [String: OpenCodeReader.Session]) {
    for (name, session) in sessions {
      for (id, message) in session.messages where !Self.isOlder(message, than: session) {
        guard let created = message.created else { continue }
        let moment = Moment(created: created, isUser: message.isUser)
        // Of several, the one of the lowest name, so that the order of reading does not matter.
        if let known = originals[moment], known.session < name { continue }
        originals[moment] = Original(session: name, message: id)
      }
    }
  }

  /// The message that this one is a copy of.
  func original(
    of message: OpenCodeReader.Message, in session: OpenCodeReader.Session
  ) -> Original? {
    guard Self.isOlder(message, than: session), let created = message.created else { return nil }
    return originals[Moment(created: created, isUser: message.isUser)]
  }

  private static func isOlder(
    _ message: OpenCodeReader.Message, than session: OpenCodeReader.Session
  ) -> Bool {
    guard let began = session.created, let created = message.created else { return false }
    return created < began
  }
}
