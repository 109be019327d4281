internal import Catchment
internal import JSONTape

/// Which session a unit tells of.
struct GeminiCLISession {
  /// As a record near the beginning states it, else made of the first message's id, else of the
  /// first record's bytes.
  let id: String

  /// How many records there may be before the one that names the session.
  private static let patience = 8

  init(_ unit: UnitContent, _ parser: TapeParser) {
    var firstMessage: String?
    for record in unit.records.prefix(Self.patience) {
      let (session, message) = Self.names(unit.bytes(of: record), parser)
      if let session, !session.isEmpty {
        id = session
        return
      }
      firstMessage = firstMessage ?? message
    }
    let digest = String(unit.records.first?.digest.words.0 ?? 0, radix: 16)
    id = firstMessage.map { "of-message-\($0)" } ?? "record-\(digest)"
  }

  /// A record that is no JSON says nothing here and becomes a dead letter when it is told.
  private static func names(
    _ bytes: Slice, _ parser: TapeParser
  ) -> (session: String?, message: String?) {
    do throws(JSONError) {
      let record = try parser.parse(bytes, isPadded: true)
      return (record["sessionId"]?.text?.description, record["id"]?.text?.description)
    } catch { return (nil, nil) }
  }

  /// The session that a sub-agent's recording belongs to: `chats/<session>/<agent>.jsonl`.
  static func parent(_ path: String) -> String? {
    let parts = path.split(whereSeparator: { $0 == "/" || $0 == "\\" })
    guard parts.count > 2, parts[parts.count - 3] == "chats" else { return nil }
    return String(parts[parts.count - 2])
  }
}
