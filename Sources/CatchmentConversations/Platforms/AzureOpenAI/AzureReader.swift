internal import Catchment
internal import DuckDB
internal import JSONTape

/// Understands logs of calls to Azure OpenAI: finds the exchanges, then the conversations that they
/// are of, then says each message once.
struct AzureReader: PlatformReader {
  static let looksAhead = true

  let drafts: ConversationDrafts
  private let records: AzureRecord
  var survey: AzureSurvey
  private var isConcluded = false
  /// The exchanges whose answer was told.
  var answered: Set<UUIDBytes> = []
  /// A message of each call that API Management's log tells in several rows.
  private var calls: [String: Int] = [:]
  /// For each message: its exchange's time, and its place there.
  var ranks: [Int: (time: Int64, number: Int)] = [:]
  /// The words of prompts.
  var prompts: [Int: Slice] = [:]
  /// What the unit was said to share with others.
  var shared: Set<UUIDBytes> = []

  init(_ drafts: ConversationDrafts) {
    self.drafts = drafts
    records = AzureRecord(drafts)
    survey = AzureSurvey(drafts.ids)
  }

  mutating func lookAhead(_ record: JSONValue) {
    _ = records.forEachExchange(of: record) { survey.look(at: $0, in: drafts) }
  }

  mutating func begin() {
    if !isConcluded { survey.conclude(records) }
    isConcluded = true
    shared.removeAll(keepingCapacity: true)
  }

  mutating func take(_ record: JSONValue) {
    guard record.kind == .object else {
      return drafts.refuse("not_an_object", "a record is a JSON object")
    }
    var number = 0
    let isKnown = records.forEachExchange(of: record) { exchange in
      if let row = exchange.row {
        take(row)
      } else if let entry = survey.entry(of: drafts.recordID, number) {
        tell(exchange, entry)
      }
      number += 1
    }
    if !isKnown { drafts.noteUnknown("a record that is no call") }
  }

  /// The first row of a call tells all of it.
  private mutating func take(_ row: AzureGatewayRow) {
    drafts.noteIdentity("call \(row.correlation)")
    if let message = calls[row.correlation] { return drafts.noteUpdate(of: message) }
    guard let rows = survey.rows[row.correlation], let entry = survey.entry(ofCall: row.correlation)
    else { return }
    let exchange = records.exchange(of: rows)
    tell(exchange, entry)
    calls[row.correlation] = drafts.messages.indices.last
  }

  mutating func complete() {
    for conversation in drafts.conversations.indices {
      drafts.order[conversation].sort { a, b in
        let (first, second) = (ranks[a] ?? (0, 0), ranks[b] ?? (0, 0))
        return (first.time, first.number, a) < (second.time, second.number, b)
      }
      drafts.arrangeByParents(conversation)
      let first = drafts.order[conversation].first { prompts[$0] != nil }
      if let words = first.flatMap({ prompts[$0] }) {
        drafts.notePrompt(words, in: conversation)
      }
    }
  }
}
