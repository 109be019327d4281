internal import Catchment
internal import JSONTape

/// A row of the log that API Management keeps of calls to language models, as Log Analytics or
/// Azure Monitor's archive has it.
struct AzureGatewayRow {
  private let fields: JSONValue
  private let record: JSONValue
  let correlation: String

  /// Nil when the record is no such row.
  init?(_ record: JSONValue) {
    self.record = record
    fields = record["properties"] ?? record["Properties"] ?? record
    let names = [
      "ModelName", "modelName", "RequestMessages", "requestMessages", "ResponseMessages",
      "responseMessages", "PromptTokens", "promptTokens",
    ]
    let id = fields["CorrelationId"] ?? fields["correlationId"] ?? record["correlationId"]
    guard let id = id?.words, names.contains(where: { [fields] in fields.member($0) != nil }) else {
      return nil
    }
    correlation = id
  }

  /// A field, whose name begins with a capital in the one and with a small letter in the other.
  subscript(_ capital: StaticString, _ small: StaticString) -> JSONValue? {
    guard let value = fields[capital] ?? fields[small], !value.isNull else { return nil }
    return value
  }

  var sequence: Int64 { self["SequenceNumber", "sequenceNumber"]?.tokenCount ?? 0 }

  var time: Int64? {
    (record["TimeGenerated"] ?? record["time"] ?? fields["TimeGenerated"] ?? fields["timestamp"])?
      .time
  }
}

/// The rows of one call: long messages are cut and spread over several.
struct AzureGatewayRows {
  let correlation: String
  private var requests: [Int64: String] = [:]
  private var responses: [Int64: String] = [:]
  private var facts: [String: String] = [:]
  private var counts: [String: Int64] = [:]
  private(set) var path = ""
  private(set) var time: Int64?
  private(set) var notes = MetadataDraft()

  init(correlation: String) { self.correlation = correlation }

  mutating func add(_ row: AzureGatewayRow) {
    if let text = row["RequestMessages", "requestMessages"] {
      requests[row.sequence] = Self.text(text)
    }
    if let text = row["ResponseMessages", "responseMessages"] {
      responses[row.sequence] = Self.text(text)
    }
    facts["id"] = facts["id"] ?? row["RequestId", "requestId"]?.words
    facts["model"] = facts["model"] ?? row["ModelName", "modelName"]?.words
    count("input", row["PromptTokens", "promptTokens"])
    count("output", row["CompletionTokens", "completionTokens"])
    count("cached", row["PromptCachedTokens", "promptCachedTokens"])
    if let operation = row["OperationName", "operationName"]?.words {
      path = operation.lowercased()
    }
    time = [time, row.time].compactMap(\.self).min()
    notes.set("deployment", row["DeploymentName", "deploymentName"])
    notes.set("region", row["Region", "region"])
    notes.set("api_version", row["ApiVersion", "apiVersion"])
    if row["IsStreamCompletion", "isStreamCompletion"]?.boolean == true {
      notes.set("stream", true)
    }
  }

  /// Rows repeat a count, or leave it at 0 in all but one.
  private mutating func count(_ name: String, _ value: JSONValue?) {
    guard let value = value?.tokenCount else { return }
    counts[name] = max(counts[name] ?? 0, value)
  }

  private static func text(_ value: JSONValue) -> String {
    String(value.text ?? value.sourceText)
  }

  private static func joined(_ parts: [Int64: String]) -> String {
    parts.sorted { $0.key < $1.key }.map(\.value).joined()
  }

  /// The body of the request; messages that are no JSON are a prompt as it was written.
  var request: String {
    let text = Self.joined(requests)
    guard !text.isEmpty else { return "{}" }
    return text.first == "[" ? "{\"messages\":\(text)}" : "{\"prompt\":\(JSONString.quoted(text))}"
  }

  /// The body of the response.
  ///
  /// - Parameter parse: reads a JSON text, or gives nil when it is none.
  func response(_ parse: (String) -> JSONValue?) -> String {
    var body = MetadataDraft()
    body.set("id", facts["id"])
    body.set("model", facts["model"])
    body.set("choices", json: "[\(choices(parse).joined(separator: ","))]")
    if let usage { body.set("usage", json: usage.json) }
    return body.json
  }

  private func choices(_ parse: (String) -> JSONValue?) -> [String] {
    let text = Self.joined(responses)
    guard !text.isEmpty else { return [] }
    guard let value = parse(text), value.kind == .array || value.kind == .object else {
      return ["{\"text\":\(JSONString.quoted(text))}"]
    }
    if let choices = value["choices"] { return choices.elements.map { String($0.sourceText) } }
    let messages = value.kind == .array ? Array(value.elements) : [value]
    return messages.map { "{\"message\":\($0.sourceText)}" }
  }

  /// Some models' counts leave out of the input what came from the cache; here it is always in.
  private var usage: MetadataDraft? {
    guard let input = counts["input"] else { return nil }
    let cached = counts["cached"]
    var usage = MetadataDraft()
    usage.set("prompt_tokens", cached.map { $0 > input ? input + $0 : input } ?? input)
    usage.set("completion_tokens", counts["output"])
    if let cached { usage.set("prompt_tokens_details", json: "{\"cached_tokens\":\(cached)}") }
    return usage
  }
}
