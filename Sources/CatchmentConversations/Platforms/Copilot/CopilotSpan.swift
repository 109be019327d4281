internal import Catchment
internal import JSONTape

/// A span of an OpenTelemetry trace, as Copilot writes it: a turn, a request to a model or a call of a
/// tool, with attributes in the words of OpenTelemetry's conventions for generative AI.
///
/// Source: the attributes `gen_ai.*` of the OpenTelemetry semantic conventions; `copilot_chat.*` are
/// Copilot's own.
struct CopilotSpan {
  enum Operation {
    case turn, request, tool, other
  }

  let id: String
  /// Where it was written.
  let place: RecordPlace
  var trace = ""
  var parent: String?
  /// Microseconds since 1970.
  var started: Int64?
  var ended: Int64?
  /// 1 is well, 2 an error.
  var status: Int64?
  /// Decoded text, or JSON where the value is none.
  var attributes: [String: Slice] = [:]
  /// The rows that hold attributes of it, where those are records of their own.
  var attributePlaces: [RecordPlace] = []

  init(id: String, at place: RecordPlace) {
    self.id = id
    self.place = place
  }

  /// What the attribute says, when it says something.
  func text(_ name: String) -> String? {
    guard let value = attributes[name], !value.isEmpty else { return nil }
    return String(decoding: value, as: UTF8.self)
  }

  private func count(_ name: String) -> Int64? {
    text(name).flatMap { Int64($0) }.flatMap { $0 >= 0 && $0 < 1 << 53 ? $0 : nil }
  }

  var operation: Operation {
    switch text("gen_ai.operation.name") {
    case "invoke_agent": .turn
    case "chat", "text_completion", "generate_content": .request
    case "execute_tool": .tool
    default: .other
    }
  }

  /// The session that it names itself; Visual Studio calls it a conversation.
  var session: String? {
    if let session = text("copilot_chat.chat_session_id") { return session }
    return operation == .turn || text("copilot_chat.client_id") != nil ? conversation : nil
  }

  var conversation: String? { text("gen_ai.conversation.id") }

  /// The input counts what the cache gave.
  var usage: TokenUsage {
    var usage = TokenUsage()
    usage.input = count("gen_ai.usage.input_tokens")
    usage.output = count("gen_ai.usage.output_tokens")
    usage.cacheRead = count("gen_ai.usage.cache_read.input_tokens")
    usage.reasoning =
      count("gen_ai.usage.reasoning.output_tokens") ?? count("gen_ai.usage.reasoning_tokens")
    usage.separateCachedInput()
    return usage
  }

  /// In milliseconds.
  var duration: Int64? {
    guard let started, let ended, ended >= started else { return nil }
    return (ended - started) / 1_000
  }
}

// MARK: As they are written

extension CopilotSpan {
  /// A span of an OTLP file: `resourceSpans[].scopeSpans[].spans[]`.
  init?(otlp span: JSONValue, at place: RecordPlace, _ arena: TextArena) {
    guard let id = span["spanId"]?.words else { return nil }
    self.init(id: id, at: place)
    trace = span["traceId"]?.words ?? ""
    parent = span["parentSpanId"]?.words
    started = Self.nanoseconds(span["startTimeUnixNano"])
    ended = Self.nanoseconds(span["endTimeUnixNano"])
    status = span["status"]?["code"]?.int64
    for attribute in span.list("attributes") {
      guard let name = attribute["key"]?.words, let value = attribute["value"] else { continue }
      take(name, value.members.map(\.value).first, arena)
    }
  }

  /// Numbers of 64 bits are text in OTLP's JSON; an absurd time is left out.
  private static func nanoseconds(_ value: JSONValue?) -> Int64? {
    guard let nanoseconds = value?.int64 ?? value?.words.flatMap({ Int64($0) }) else { return nil }
    let time = nanoseconds / 1_000
    return Timestamp.plausible.contains(time) ? time : nil
  }

  /// What the columns of the table `spans` are called as attributes.
  private static let columns: [(column: StaticString, attribute: String)] = [
    ("operation_name", "gen_ai.operation.name"), ("agent_name", "gen_ai.agent.name"),
    ("conversation_id", "gen_ai.conversation.id"), ("request_model", "gen_ai.request.model"),
    ("response_model", "gen_ai.response.model"), ("input_tokens", "gen_ai.usage.input_tokens"),
    ("output_tokens", "gen_ai.usage.output_tokens"),
    ("cached_tokens", "gen_ai.usage.cache_read.input_tokens"),
    ("reasoning_tokens", "gen_ai.usage.reasoning.output_tokens"),
    ("tool_name", "gen_ai.tool.name"), ("tool_call_id", "gen_ai.tool.call.id"),
    ("chat_session_id", "copilot_chat.chat_session_id"),
    ("ttft_ms", "copilot_chat.time_to_first_token"),
  ]

  /// A row of the table `spans` of an SQLite file of traces.
  init?(row: JSONValue, at place: RecordPlace, _ arena: TextArena) {
    guard let id = row["span_id"]?.words else { return nil }
    self.init(id: id, at: place)
    trace = row["trace_id"]?.words ?? ""
    parent = row["parent_span_id"]?.words
    started = row["start_time_ms"]?.time
    ended = row["end_time_ms"]?.time
    status = row["status_code"]?.int64
    for (column, attribute) in Self.columns { take(attribute, row[column], arena) }
  }

  /// What one column or attribute says; a later one that says something stands.
  mutating func take(_ name: String, _ value: JSONValue?, _ arena: TextArena) {
    guard let value, !value.isNull else { return }
    attributes[name] = arena.keep(value.text?.bytes ?? value.sourceText.bytes)
  }
}
