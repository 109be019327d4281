internal import Catchment
internal import DuckDB
internal import JSONTape

/// One call of the API, with what is known of it: a request, a response, or both.
struct AzureExchange {
  /// The bodies.
  var request: JSONValue?
  var response: JSONValue?
  var error: JSONValue?
  /// The path of the URL that was called.
  var path = ""
  /// What the API calls the response.
  var responseID: String?
  /// What the service calls the call.
  var requestID: String?
  /// What it is called besides: a batch's name for it, or a gateway's.
  var name: String?
  /// Microseconds since 1970.
  var started: Int64?
  var ended: Int64?
  /// What a gateway counted.
  var usage: TokenUsage?
  /// In USD, as a gateway states it.
  var cost: Double?
  /// What is kept with the answer, beside what has a column.
  var notes = MetadataDraft()
  /// The conversation that it is of, where the application says so.
  var conversation: String?
  /// The row of API Management's log that it was read from: others may complete it.
  var row: AzureGatewayRow?

  init(request: JSONValue? = nil) { self.request = request }

  init(row: AzureGatewayRow) { self.row = row }

  /// What is no conversation at all: embeddings, pictures, speech, files.
  var isOther: Bool {
    let others = ["embedding", "/images", "/audio", "/files", "/batches", "moderation", "rerank"]
    return others.contains { path.contains($0) }
  }

  /// Reads what the bodies themselves say.
  mutating func complete() {
    responseID = responseID ?? response?["id"]?.words
    error = error ?? response?["error"]
    if error?.isNull == true { error = nil }
    for member in ["conversation_id", "session_id", "thread_id"] {
      let named = request?["metadata"]?.member(member) ?? response?["metadata"]?.member(member)
      conversation = conversation ?? named?.words
    }
    let created = (response?["created"] ?? response?["created_at"])?.time
    started = started ?? created
    notes.set("end_user", request?["user"])
    if request?["stream"]?.boolean == true { notes.set("stream", true) }
    notes.set("service_tier", response?["service_tier"])
  }

  /// The response that it continues, where the API is told so.
  var previousResponse: String? { request?["previous_response_id"]?.words }

  /// The model that answered; a deployment's name is none.
  var model: JSONValue? {
    if let model = response?["model"], model.words != nil { return model }
    return path.contains("/deployments/") ? nil : request?["model"]
  }

  /// The tokens of the call, in the form in which each is counted once.
  var tokens: TokenUsage {
    guard let stated = response?["usage"], stated.kind == .object else { return usage ?? .init() }
    var tokens = TokenUsage()
    tokens.input = (stated["prompt_tokens"] ?? stated["input_tokens"])?.tokenCount
    tokens.output = (stated["completion_tokens"] ?? stated["output_tokens"])?.tokenCount
    let inputs = stated["prompt_tokens_details"] ?? stated["input_tokens_details"]
    let outputs = stated["completion_tokens_details"] ?? stated["output_tokens_details"]
    tokens.cacheRead = inputs?["cached_tokens"]?.tokenCount
    tokens.reasoning = outputs?["reasoning_tokens"]?.tokenCount
    tokens.separateCachedInput()
    return tokens
  }
}
