internal import JSONTape

/// A response that was streamed as server-sent events, put together to the one that would have come
/// at once.
struct AzureStream {
  private let parser = TapeParser()
  private var facts = MetadataDraft()
  private var choices: [Int64: Choice] = [:]
  /// The Responses API ends with the whole response.
  private var whole: String?

  /// An answer in the making.
  private struct Choice {
    var content: String?
    var reasoning: String?
    var refusal: String?
    var finish: String?
    var calls: [Int64: Call] = [:]
  }

  private struct Call {
    var id: String?
    var name = ""
    var arguments = ""
  }

  /// Whether a text is a stream of events.
  static func isStream(_ text: JSONText) -> Bool {
    text.bytes.starts(with: "data:") || text.bytes.starts(with: "event:")
  }

  /// The response's JSON.
  static func response(_ events: JSONText) -> String {
    var stream = AzureStream()
    for line in events.bytes.split(separator: 0x0A) {
      let line = Slice(rebasing: line)
      guard line.starts(with: "data:") else { continue }
      stream.take(Slice(rebasing: line.dropFirst(5)))
    }
    return stream.whole ?? stream.json
  }

  /// An event that is no JSON, as the last one of a stream that was cut, says nothing.
  private mutating func take(_ data: Slice) {
    do throws(JSONError) { add(try parser.parse(data, isPadded: false)) } catch { return }
  }

  private mutating func add(_ chunk: JSONValue) {
    if chunk.text("type") == "response.completed" {
      whole = chunk["response"].map { String($0.sourceText) }
      return
    }
    for name in ["id", "model", "created", "usage", "error", "system_fingerprint"] {
      guard let value = chunk.member(name), !value.isNull, value.text?.isEmpty != true,
        value.int64 != 0
      else { continue }
      facts.set(name, value)
    }
    for choice in chunk.list("choices") {
      let index = choice["index"]?.int64 ?? 0
      var known = choices[index] ?? Choice()
      if let finish = choice["finish_reason"]?.words { known.finish = finish }
      if let delta = choice["delta"] { Self.add(delta, to: &known) }
      choices[index] = known
    }
  }

  private static func add(_ delta: JSONValue, to choice: inout Choice) {
    if let text = delta["content"]?.text { choice.content = (choice.content ?? "") + String(text) }
    if let text = delta["reasoning_content"]?.text {
      choice.reasoning = (choice.reasoning ?? "") + String(text)
    }
    if let text = delta["refusal"]?.text { choice.refusal = (choice.refusal ?? "") + String(text) }
    for part in delta.list("tool_calls") {
      let index = part["index"]?.int64 ?? 0
      var call = choice.calls[index] ?? Call()
      if let id = part["id"]?.words { call.id = id }
      call.name += String(part["function"]?.text("name") ?? .none)
      call.arguments += String(part["function"]?.text("arguments") ?? .none)
      choice.calls[index] = call
    }
  }

  private var json: String {
    var response = facts
    let list = choices.sorted { $0.key < $1.key }.map { Self.json($0.value, index: $0.key) }
    response.set("choices", json: "[\(list.joined(separator: ","))]")
    return response.json
  }

  private static func json(_ choice: Choice, index: Int64) -> String {
    var message = MetadataDraft()
    message.set("role", "assistant")
    message.set("content", choice.content)
    message.set("reasoning_content", choice.reasoning)
    message.set("refusal", choice.refusal)
    if !choice.calls.isEmpty {
      let calls = choice.calls.sorted { $0.key < $1.key }.map { json($0.value) }
      message.set("tool_calls", json: "[\(calls.joined(separator: ","))]")
    }
    var whole = MetadataDraft()
    whole.set("index", index)
    whole.set("finish_reason", choice.finish)
    whole.set("message", json: message.json)
    return whole.json
  }

  private static func json(_ call: Call) -> String {
    var function = MetadataDraft()
    function.set("name", call.name)
    function.set("arguments", call.arguments)
    var whole = MetadataDraft()
    whole.set("id", call.id)
    whole.set("function", json: function.json)
    return whole.json
  }
}
