internal import JSONTape

/// A record of a rollout, whatever envelope its version gave it.
struct CodexLine {
  let type: JSONText
  let payload: JSONValue
  /// Microseconds since 1970.
  let time: Int64?
  let ordinal: Int64?
  /// Whether it is of the event stream that `codex exec --json` prints.
  let isStream: Bool

  init(_ record: JSONValue) {
    let stated = record["type"]?.text
    let inner = record["payload"].flatMap { $0.kind == .object ? $0 : nil }
    payload = inner ?? record
    type = inner == nil ? Self.bareType(record, stated) : stated ?? Self.named("")
    isStream = inner == nil && Self.isOfStream(stated)
    time = record["timestamp"]?.time ?? inner?["timestamp"]?.time
    ordinal = record["ordinal"]?.int64
  }

  /// The turn that the record says it belongs to.
  var turn: UInt64? {
    let turn =
      payload["turn_id"] ?? payload["internal_chat_message_metadata_passthrough"]?["turn_id"]
    return turn?.text?.fingerprint
  }

  /// Early 2025 had no envelope: a header, items, and marks of a state.
  private static func bareType(_ record: JSONValue, _ stated: JSONText?) -> JSONText {
    if isOfStream(stated) { return stated ?? named("") }
    if record["record_type"] != nil { return named("state") }
    if stated == nil, record["id"]?.text != nil, record["role"] == nil, record["call_id"] == nil {
      return named("session_meta")
    }
    switch stated {
    case "session_meta", "turn_context", "event_msg", "compacted", "token_usage_record",
      "world_state", "inter_agent_communication", "inter_agent_communication_metadata":
      return stated ?? named("")
    default: return named("response_item")
    }
  }

  private static func isOfStream(_ type: JSONText?) -> Bool {
    switch type {
    case "thread.started", "turn.started", "turn.completed", "turn.failed", "item.started",
      "item.updated", "item.completed", "error":
      true
    default: false
    }
  }

  private static func named(_ name: StaticString) -> JSONText { JSONText(bytes: name.slice) }
}
