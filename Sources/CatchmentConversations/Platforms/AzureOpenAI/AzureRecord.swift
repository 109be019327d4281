internal import JSONTape

/// Finds the exchanges in a record, in whichever log it stands.
struct AzureRecord {
  private let drafts: ConversationDrafts
  /// One parser for each body that stands as text inside a record.
  private let requests = TapeParser()
  private let responses = TapeParser()

  init(_ drafts: ConversationDrafts) { self.drafts = drafts }

  /// Calls `body` with each exchange; what it holds is valid only within the call.
  ///
  /// False when the record is of no kind that is known.
  func forEachExchange(of record: JSONValue, _ body: (AzureExchange) -> Void) -> Bool {
    for key in ["records", "data"] {
      guard let list = record.member(key), list.kind == .array else { continue }
      if let messages = storedMessages(record, list) {
        body(messages)
        return true
      }
      return list.elements.reduce(list.count == 0) { known, element in
        forEachExchange(of: element, body) || known
      }
    }
    guard record.kind == .object, var exchange = exchange(record) else { return false }
    exchange.complete()
    body(exchange)
    return true
  }

  private func exchange(_ record: JSONValue) -> AzureExchange? {
    if let row = AzureGatewayRow(record) { return AzureExchange(row: row) }
    if record["custom_id"] != nil { return batch(record) }
    if record["call_type"] != nil { return gateway(record) }
    if record["choices"] != nil || record.text("object") == "response" { return stored(record) }
    return captured(record)
  }

  /// A call and its answer, as a proxy or a recording has them.
  private func captured(_ record: JSONValue) -> AzureExchange? {
    let request = body(record, ["request", "request_body", "requestBody"], requests)
    let response = body(
      record, ["response", "response_body", "responseBody", "response_sse"], responses)
    guard request != nil || response != nil else { return nil }
    var exchange = AzureExchange(request: request?["body"] ?? request)
    exchange.response = response?["body"] ?? response
    exchange.path = (record["uri"] ?? record["url"] ?? request?["url"])?.words ?? ""
    exchange.notes.set("deployment", Self.deployment(in: exchange.path))
    exchange.started = ["timestamp", "time", "startTime", "started_at"].firstTime(in: record)
    exchange.ended = ["endTime", "ended_at"].firstTime(in: record)
    takeHeaders(record["response_headers"] ?? response?["headers"], of: &exchange)
    if let status = (record["status"] ?? record["status_code"])?.int64, status >= 400 {
      exchange.notes.set("status_code", status)
      exchange.error = exchange.error ?? exchange.response?["error"] ?? exchange.response
    }
    return exchange
  }

  private func takeHeaders(_ headers: JSONValue?, of exchange: inout AzureExchange) {
    guard let headers else { return }
    for (name, value) in headers.members {
      switch String(name).lowercased() {
      case "apim-request-id": exchange.requestID = value.words
      case "x-request-id": exchange.requestID = exchange.requestID ?? value.words
      case "x-ms-deployment-name": exchange.notes.set("deployment", value)
      case "x-ms-region": exchange.notes.set("region", value)
      case "date":
        exchange.ended = exchange.ended ?? value.words.flatMap(HTTPDate.parse)
      default: break
      }
    }
  }

  /// A line of a batch's input, or of its output.
  private func batch(_ record: JSONValue) -> AzureExchange {
    var exchange = AzureExchange(request: record["body"])
    exchange.name = record["custom_id"]?.words
    exchange.path = record["url"]?.words ?? ""
    exchange.notes.set("custom_id", record["custom_id"])
    guard let response = record["response"], response.kind == .object else {
      exchange.error = record["error"]
      return exchange
    }
    exchange.response = response["body"]
    exchange.requestID = response["request_id"]?.words
    if let status = response["status_code"]?.int64, status >= 400 {
      exchange.notes.set("status_code", status)
      exchange.error = response["body"]?["error"] ?? response["body"]
    }
    if let error = record["error"], !error.isNull { exchange.error = error }
    return exchange
  }

  /// A gateway's own record of a call.
  private func gateway(_ record: JSONValue) -> AzureExchange {
    var exchange = AzureExchange(request: record)
    exchange.response = body(record, ["response"], responses)
    exchange.path = record["call_type"]?.words ?? ""
    exchange.responseID = record["id"]?.words
    exchange.started = record["startTime"]?.time
    exchange.ended = record["endTime"]?.time
    exchange.cost = record["response_cost"]?.dollars
    var usage = TokenUsage()
    usage.input = record["prompt_tokens"]?.tokenCount
    usage.output = record["completion_tokens"]?.tokenCount
    exchange.usage = usage
    exchange.notes.set("provider", record["custom_llm_provider"])
    if record.text("status") == "failure" {
      exchange.error = record["error_information"] ?? record["error_str"]
    }
    return exchange
  }

  /// The exchange that the rows of one call come to.
  func exchange(of rows: AzureGatewayRows) -> AzureExchange {
    var exchange = AzureExchange(request: parse(rows.request, requests))
    exchange.response = parse(rows.response { parse($0, responses) }, responses)
    exchange.requestID = rows.correlation
    exchange.path = rows.path
    exchange.started = rows.time
    exchange.notes = rows.notes
    exchange.complete()
    return exchange
  }

  /// A completion that the service stored, with or without what was asked.
  private func stored(_ record: JSONValue) -> AzureExchange {
    var exchange = AzureExchange(request: record)
    exchange.response = record
    exchange.requestID = record["request_id"]?.words
    return exchange
  }

  /// What was asked in a stored completion, which the service lists by itself; each message is named
  /// by the completion's id and its own place.
  private func storedMessages(_ record: JSONValue, _ list: JSONValue) -> AzureExchange? {
    guard list.count > 0, list.elements.allSatisfy({ $0["role"] != nil && $0["choices"] == nil }),
      let first = list.elements.first(where: { _ in true })?["id"]?.words,
      let mark = first.lastIndex(of: "-")
    else { return nil }
    var exchange = AzureExchange()
    exchange.name = String(first[..<mark])
    exchange.request = requestOf(messages: list)
    return exchange
  }

  private func requestOf(messages list: JSONValue) -> JSONValue? {
    parse("{\"messages\":\(list.sourceText)}", requests)
  }

  /// The first of some members that is there: an object, a text that holds one, or a stream.
  private func body(
    _ record: JSONValue, _ names: [String], _ parser: TapeParser
  ) -> JSONValue? {
    for name in names {
      guard let value = record.member(name), !value.isNull else { continue }
      guard let text = value.text else { return value }
      return parse(AzureStream.isStream(text) ? AzureStream.response(text) : String(text), parser)
    }
    return nil
  }

  /// Text that is put together is kept, for what is made of it points into it.
  private func parse(_ text: String, _ parser: TapeParser) -> JSONValue? {
    var text = text
    let kept = text.withUTF8 {
      drafts.arena.keep(UnsafeRawBufferPointer($0), padding: TapeParser.padding)
    }
    do throws(JSONError) { return try parser.parse(kept, isPadded: true) } catch { return nil }
  }

  /// The deployment that a path names; which model it stands for, the response says.
  private static func deployment(in path: String) -> String? {
    let parts = path.split(separator: "/")
    guard let mark = parts.firstIndex(of: "deployments"), mark + 1 < parts.count else { return nil }
    return String(parts[mark + 1])
  }
}

extension [String] {
  /// The first of these members that is a time.
  fileprivate func firstTime(in record: JSONValue) -> Int64? {
    for name in self { if let time = record.member(name)?.time { return time } }
    return nil
  }
}
