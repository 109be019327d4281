internal import Catchment
internal import DuckDB
internal import JSONTape

/// What is learnt of all exchanges before the first is told.
struct AzureSurvey {
  private let ids: StableID
  private var seen: [Seen] = []
  /// Which exchanges each record holds, in their order.
  private var places: [UUIDBytes: [Int]] = [:]
  private(set) var rows: [String: AzureGatewayRows] = [:]
  private var rowKeys: [String: UUIDBytes] = [:]
  private(set) var history = AzureHistory()

  /// An exchange as it was looked at.
  private struct Seen {
    /// Digests of its messages, and of those of each answer.
    var request: [UUIDBytes]
    var answers: [[UUIDBytes]]
    var name: String?
    var response: String?
    var call: String?
    var previous: String?
    var stated: String?
    var time: Int64
    /// The folder of its file.
    var folder: String
    var record: RawRecord.Digest?
    /// Whether it is a row of a log in which a call has several.
    var isRow = false
    var key = UUIDBytes(high: 0, low: 0)
  }

  init(_ ids: StableID) { self.ids = ids }

  /// The exchange of a record, by its number there.
  func entry(of record: UUIDBytes, _ number: Int) -> AzureHistory.Entry? {
    guard let places = places[record], places.indices.contains(number) else { return nil }
    return history.entries[seen[places[number]].key]
  }

  func entry(ofCall correlation: String) -> AzureHistory.Entry? {
    rowKeys[correlation].flatMap { history.entries[$0] }
  }

  // MARK: Looking

  mutating func look(at exchange: AzureExchange, in drafts: ConversationDrafts) {
    if let row = exchange.row {
      rows[row.correlation, default: .init(correlation: row.correlation)].add(row)
    }
    var found = digest(exchange)
    found.folder = FilePath.folder(drafts.content?.unit.path ?? "")
    found.record = drafts.record?.digest
    found.isRow = exchange.row != nil
    places[drafts.recordID, default: []].append(seen.count)
    seen.append(found)
  }

  private func digest(_ exchange: AzureExchange) -> Seen {
    Seen(
      request: AzureMessage.messages(of: exchange.request).map(digest),
      answers: AzureMessage.answers(of: exchange.response).map { $0.map(digest) },
      name: exchange.name, response: exchange.responseID, call: exchange.requestID,
      previous: exchange.previousResponse, stated: exchange.conversation,
      time: exchange.started ?? exchange.ended ?? 0, folder: "")
  }

  private func digest(_ message: AzureMessage) -> UUIDBytes {
    var identity = ByteBuffer()
    message.addIdentity(to: &identity)
    return identity.withUnsafeBytes { ids("message", $0) }
  }

  // MARK: Drawing conclusions

  /// Everything was looked at.
  mutating func conclude(_ records: AzureRecord) {
    joinRequests()
    for place in seen.indices where !seen[place].isRow { note(place) }
    for correlation in rows.keys.sorted() {
      guard let whole = rows[correlation] else { continue }
      seen.append(digest(records.exchange(of: whole)))
      note(seen.count - 1)
      rowKeys[correlation] = seen[seen.count - 1].key
    }
    history.resolve()
  }

  private mutating func note(_ place: Int) {
    let exchange = seen[place]
    let start = exchange.previous.map { ids("response", $0) }
    let path = path(exchange.request, after: start)
    let last = path.last ?? start
    seen[place].key = key(exchange, asked: last)
    history.note(
      AzureHistory.Entry(
        key: seen[place].key, path: path,
        ends: exchange.answers.compactMap { self.path($0, after: last).last },
        response: exchange.response, previous: exchange.previous, stated: exchange.stated,
        time: exchange.time))
  }

  /// A name for all that was said up to and with each of some messages.
  private func path(_ messages: [UUIDBytes], after start: UUIDBytes?) -> [UUIDBytes] {
    var last = start ?? UUIDBytes(high: 0, low: 0)
    return messages.map { message in
      var said = ByteBuffer()
      for half in [last.high, last.low, message.high, message.low] { said.append(half) }
      last = said.withUnsafeBytes { ids("said", $0) }
      return last
    }
  }

  private func key(_ exchange: Seen, asked: UUIDBytes?) -> UUIDBytes {
    let asked = asked?.description ?? ""
    if let response = exchange.response { return ids("exchange", "\(asked) response \(response)") }
    if let call = exchange.call { return ids("exchange", "\(asked) call \(call)") }
    if let name = exchange.name { return ids("exchange", "\(asked) name \(name)") }
    let words = exchange.record?.words ?? (0, 0, 0, 0)
    return ids("exchange", "\(asked) record \(words.0) \(words.1) \(words.2) \(words.3)")
  }
}

/// Requests that stand in one file and their responses in another: a batch's input and output, a
/// stored completion and the list of what was asked.
extension AzureSurvey {
  /// Gives each response that has no request of its own the one of the same name.
  ///
  /// Names are unique in a batch only: the request in the same folder is taken, else the only one
  /// there is, and none where that leaves a choice.
  private mutating func joinRequests() {
    var asked: [String: [Int]] = [:]
    var answered: [String: [Int]] = [:]
    for (place, exchange) in seen.enumerated() where !exchange.isRow {
      if exchange.answers.isEmpty, let name = exchange.name, !exchange.request.isEmpty {
        asked[name, default: []].append(place)
      } else if exchange.request.isEmpty, let name = exchange.name ?? exchange.response {
        answered[name, default: []].append(place)
      }
    }
    for (name, requests) in asked {
      for response in answered[name] ?? [] {
        let near = requests.filter { seen[$0].folder == seen[response].folder }
        let rivals = answered[name]?.filter { seen[$0].response != seen[response].response } ?? []
        let choice = near.isEmpty ? (rivals.isEmpty ? requests : []) : near
        join(response, to: choice, of: requests)
      }
    }
  }

  /// Makes one exchange of a response and its request, of which there may be copies.
  private mutating func join(_ response: Int, to choice: [Int], of requests: [Int]) {
    guard let request = choice.first.map({ seen[$0].request }),
      choice.allSatisfy({ seen[$0].request == request })
    else { return }
    seen[response].request = request
    for place in requests where seen[place].request == request && seen[place].response == nil {
      seen[place].response = seen[response].response
      seen[place].call = seen[response].response == nil ? seen[response].call : nil
    }
  }
}
