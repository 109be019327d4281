internal import Catchment
internal import DuckDB
internal import JSONTape

/// The conversations of some exports: of each the newest telling.
final class UnifiedReduction: Reduction {
  /// A record that tells of a conversation, and how new it is.
  private struct Telling {
    var place: RecordPlace
    /// Microseconds since 1970.
    var updated: Int64
    var messages: Int64
    /// How many members of the conversation's row have a value: an older form has fewer.
    var facts: Int
    var digest: RawRecord.Digest

    /// Of equally new ones the one with more in it, and then whichever's bytes say so: the order of
    /// imports must not matter.
    func isNewer(than other: Telling) -> Bool {
      let (mine, theirs) = (size, other.size)
      guard mine == theirs else { return mine > theirs }
      return digest.words > other.digest.words
    }

    private var size: (Int64, Int64, Int) { (updated, messages, facts) }
  }

  private let units: [UnitContent]
  private let lines: UnifiedLineReader
  private var newest: [UUIDBytes: Telling] = [:]
  private var unit = 0

  private(set) var ledger: [ContiguousArray<LedgerEntry>]
  private(set) var identities: [ContiguousArray<UInt64>]
  private(set) var unfinished: Set<Int> = []

  init(_ units: [UnitContent], _ lines: UnifiedLineReader) {
    self.units = units
    self.lines = lines
    ledger = units.map { _ in [] }
    identities = units.map { _ in [] }
  }

  func begin(_ place: Int) {
    unit = place
    ledger[place].reserveCapacity(units[place].records.count)
  }

  /// Takes a record by its conversation's row.
  func take(_ conversation: JSONValue?, _ digest: RawRecord.Digest) {
    guard let text = conversation?["conversation_id"]?.text, let id = UUIDBytes(String(text)) else {
      return refuse(.init("schema_violation", "the line is no unified conversation"))
    }
    let updated = conversation?["updated_at"]?.text.flatMap { Timestamp.parse($0.bytes) }
    let telling = Telling(
      place: RecordPlace(unit: unit, index: ledger[unit].count), updated: updated ?? .min,
      messages: conversation?["total_messages"]?.wholeNumber.map { Int64(clamping: $0) } ?? 0,
      facts: conversation?.members.count { !$0.value.isNull } ?? 0, digest: digest)
    var entry = LedgerEntry(outcome: .duplicate)
    entry.row = id
    entry.scope = id
    ledger[unit].append(entry)
    identities[unit].append(id.high ^ id.low)
    if newest[id].map(telling.isNewer) ?? true { newest[id] = telling }
  }

  func refuse(_ issue: LedgerEntry.Issue) {
    var entry = LedgerEntry(outcome: .deadLettered)
    entry.issue = issue
    ledger[unit].append(entry)
  }

  func leaveUnfinished() { unfinished.insert(unit) }

  /// All records are read.
  func complete() {
    for telling in newest.values {
      ledger[telling.place.unit][telling.place.index].outcome = .loaded
    }
  }

  func yield(_ taken: Set<UUIDBytes>) {
    for (id, telling) in newest where taken.contains(id) {
      ledger[telling.place.unit][telling.place.index].outcome = .duplicate
      newest[id] = nil
    }
  }

  var scopes: [UUIDBytes] { newest.keys.sorted() }

  func write(to tables: TableWriters) throws(DuckDBError) {
    let writers = ConversationTables.all.enumerated().map { place, table in
      UnifiedRowWriter(table, tables[place])
    }
    let order = newest.values.map(\.place).sorted { ($0.unit, $0.index) < ($1.unit, $1.index) }
    for place in order {
      let content = units[place.unit]
      guard let value = value(of: content.bytes(of: content.records[place.index])) else { continue }
      if let row = value["conversation"] { try writers[0].write(row) }
      for (table, writer) in zip(ConversationTables.all, writers).dropFirst() {
        guard let rows = value.member(table.name) else { continue }
        for row in rows.elements { try writer.write(row) }
      }
    }
  }

  /// The record again; that it is JSON is known.
  private func value(of bytes: Slice) -> JSONValue? {
    do throws(JSONError) { return try lines.read(bytes) } catch { return nil }
  }
}
