internal import Catchment
internal import JSONTape

/// What a unit's beginning tells before the unit is told.
struct CopilotHead {
  /// The session's id: as a record near the beginning states it, else as the CLI's folder is called,
  /// else made of the first request's or event's id, or of the first record's bytes.
  let session: String
  /// Whether it is a log of events, and no chat session.
  private(set) var areEvents = false

  /// How many records there may be before the one that names the session.
  private static let patience = 8

  private struct Names {
    var session: String?
    var first: String?
    var areEvents = false
  }

  init(_ unit: UnitContent, _ parser: TapeParser) {
    var (stated, first): (String?, String?)
    for record in unit.records.prefix(Self.patience) where stated == nil {
      let names = Self.names(unit.bytes(of: record), parser)
      stated = names.session
      first = first ?? names.first
      areEvents = areEvents || names.areEvents
    }
    let digest = String(unit.records.first?.digest.words.0 ?? 0, radix: 16)
    session = stated ?? Self.folder(unit.unit.path) ?? first ?? "record-\(digest)"
  }

  /// A record that is no JSON says nothing here and becomes a dead letter when it is told.
  private static func names(_ bytes: Slice, _ parser: TapeParser) -> Names {
    do throws(JSONError) {
      let record = try parser.parse(bytes, isPadded: true)
      if let data = record["data"], record["type"]?.text != nil {
        let event = record["id"]?.text.map { "of-event-\($0)" }
        return Names(session: named(data["sessionId"]), first: event, areEvents: true)
      }
      let session = record["v"] ?? record
      var request: JSONText?
      for first in session["requests"]?.elements.prefix(1).map(\.self) ?? [] {
        request = first["requestId"]?.text
      }
      return Names(
        session: named(session["sessionId"]), first: request.map { "of-request-\($0)" })
    } catch { return Names() }
  }

  private static func named(_ id: JSONValue?) -> String? {
    id?.text.flatMap { $0.isEmpty ? nil : $0.description }
  }

  /// `session-state/<session>/events.jsonl`, or in older versions `session-state/<session>.jsonl`.
  private static func folder(_ path: String) -> String? {
    let parts = path.split(whereSeparator: { $0 == "/" || $0 == "\\" })
    guard let place = parts.lastIndex(where: { $0.hasSuffix("session-state") }),
      place + 1 < parts.count
    else { return nil }
    return String(parts[place + 1].prefix { $0 != "." })
  }
}

/// The order in which a family's units are told.
///
/// Chat sessions come before the events that repeat them; of a chat's copies the fullest last, for it
/// stands, of an event log's first. What names the folder of them all comes last.
struct CopilotOrder {
  let places: [Int]

  private struct Key {
    var isOfWorkspace: Bool
    var areEvents: Bool
    var count: Int
    var length: Int
    var path: String
  }

  init(_ units: [UnitContent], _ parser: TapeParser) {
    let keys = units.map { unit in
      let count = unit.completeRecords(parser)
      return Key(
        isOfWorkspace: EditorStorage.isNamed(by: unit.unit.path),
        areEvents: CopilotHead(unit, parser).areEvents, count: count,
        length: unit.records.prefix(count).last?.length ?? 0, path: unit.unit.path)
    }
    places = units.indices.sorted { Self.precedes(keys[$0], keys[$1]) }
  }

  private static func precedes(_ a: Key, _ b: Key) -> Bool {
    if a.isOfWorkspace != b.isOfWorkspace { return b.isOfWorkspace }
    if a.areEvents != b.areEvents { return b.areEvents }
    if a.count != b.count { return (a.count < b.count) != a.areEvents }
    if a.length != b.length { return a.length < b.length }
    return a.path < b.path
  }
}
