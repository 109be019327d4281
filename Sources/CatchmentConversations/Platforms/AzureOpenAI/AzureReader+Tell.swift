internal import Catchment
internal import DuckDB
internal import JSONTape

/// What an exchange adds to its conversation: the messages that were not said before, and the
/// answer.
extension AzureReader {
  mutating func tell(_ exchange: AzureExchange, _ entry: AzureHistory.Entry) {
    guard !exchange.isOther else { return }
    let asked = AzureMessage.messages(of: exchange.request)
    let answers = AzureMessage.answers(of: exchange.response)
    let hasAnswer = !answers.isEmpty || exchange.error != nil || exchange.tokens.isStated
    guard hasAnswer || !asked.isEmpty else {
      drafts.entry.issue = .init("no_messages", "the call has no message that can be read")
      return
    }
    let conversation = drafts.conversation(entry.conversation)
    share(exchange, asked, entry)
    guard !hasAnswer || answered.insert(entry.key).inserted else {
      if drafts.entry.outcome == .filtered { drafts.entry.outcome = .duplicate }
      return
    }
    let last = tell(asked, exchange, entry, in: conversation)
    guard hasAnswer else { return settle(entry, last) }
    if let error = exchange.error {
      tellError(error, exchange, entry, after: last, in: conversation)
    } else {
      // A log without bodies still says what was used.
      for number in 0..<max(answers.count, 1) {
        let answer = answers.indices.contains(number) ? answers[number] : []
        tell(answer, number, exchange, entry, after: last, in: conversation)
      }
    }
  }

  /// A request that was told before says nothing new.
  private func settle(_ entry: AzureHistory.Entry, _ last: Slice?) {
    if drafts.entry.outcome == .filtered, last != nil { drafts.entry.outcome = .duplicate }
  }

  /// Says what others may continue or complete, so that they are derived together.
  private mutating func share(
    _ exchange: AzureExchange, _ asked: [AzureMessage], _ entry: AzureHistory.Entry
  ) {
    for (message, name) in zip(asked, entry.path) where message.role == .assistant {
      share(name)
    }
    for end in entry.ends { share(end) }
    for name in [exchange.name, exchange.responseID, exchange.previousResponse] {
      if let name { share(drafts.ids("named", name)) }
    }
  }

  private mutating func share(_ name: UUIDBytes) {
    if shared.insert(name).inserted { drafts.noteIdentity(name) }
  }

  // MARK: Requests

  /// Tells the messages of a request that were not said before; gives the name of the last one.
  private mutating func tell(
    _ asked: [AzureMessage], _ exchange: AzureExchange, _ entry: AzureHistory.Entry,
    in conversation: Int
  ) -> Slice? {
    var last = entry.parent.map { name(ofAnswer: $0.answer, $0.key) }
    if asked.isEmpty, let path = entry.path.last { last = name(of: path) }
    let answer = asked.lastIndex { $0.role == .assistant } ?? -1
    for (number, message) in asked.enumerated().dropFirst(entry.known) {
      guard number < entry.path.count else { break }
      let name = name(of: entry.path[number])
      defer { last = name }
      guard drafts.place(ofMessage: name, in: conversation) == nil else { continue }
      let place = drafts.message(name, in: conversation, message.role, kind: message.kind)
      drafts.setParent(of: place, last)
      // When older ones were said, this log does not say.
      if number > answer { drafts.messages[place].started = exchange.started ?? exchange.ended }
      ranks[place] = (entry.time, number)
      message.tell(drafts, place)
      if message.role == .user, let words = message.words {
        prompts[place] = drafts.arena.keep(words.bytes)
      }
    }
    return last
  }

  private func name(of said: UUIDBytes) -> Slice { drafts.arena.keep(said.description) }

  private func name(ofAnswer number: Int, _ key: UUIDBytes) -> Slice {
    drafts.arena.keep("\(key)/\(number)")
  }

  // MARK: Answers

  private mutating func tell(
    _ answer: [AzureMessage], _ number: Int, _ exchange: AzureExchange,
    _ entry: AzureHistory.Entry, after last: Slice?, in conversation: Int
  ) {
    let place = begin("response", number, exchange, entry, after: last, in: conversation)
    for message in answer { message.tell(drafts, place) }
    let choice = exchange.response?.list("choices").dropFirst(number).first
    let reason =
      choice?["finish_reason"] ?? exchange.response?["incomplete_details"]?["reason"]
      ?? exchange.response?["status"]
    drafts.messages[place].stopReason = drafts.keep(reason)
    if number > 0 { drafts.messages[place].metadata.set("choice", Int64(number)) }
    // The answers to choose from are one response.
    guard number == 0 else { return }
    drafts.messages[place].usage = exchange.tokens
    drafts.messages[place].cost = exchange.cost
  }

  private mutating func tellError(
    _ error: JSONValue, _ exchange: AzureExchange, _ entry: AzureHistory.Entry, after last: Slice?,
    in conversation: Int
  ) {
    let place = begin("api_error", 0, exchange, entry, after: last, in: conversation)
    drafts.addBlock(type: "error", error, to: place)
    drafts.messages[place].stopReason = drafts.keep(error["code"])
    drafts.messages[place].cost = exchange.cost
  }

  private mutating func begin(
    _ kind: StaticString, _ number: Int, _ exchange: AzureExchange, _ entry: AzureHistory.Entry,
    after last: Slice?, in conversation: Int
  ) -> Int {
    let place = drafts.message(
      name(ofAnswer: number, entry.key), in: conversation, .assistant, kind: kind)
    drafts.setParent(of: place, last)
    let started = exchange.started ?? exchange.ended
    drafts.messages[place].started = started
    drafts.messages[place].ended = exchange.ended.map { max($0, started ?? $0) }
    drafts.messages[place].model = drafts.keep(exchange.model)
    drafts.messages[place].responseID = exchange.responseID.map(drafts.arena.keep)
    drafts.messages[place].requestID = exchange.requestID.map(drafts.arena.keep)
    drafts.messages[place].metadata = exchange.notes
    ranks[place] = (entry.time, entry.path.count + number)
    return place
  }
}
