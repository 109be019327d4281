internal import Catchment
internal import DuckDB
internal import JSONSchema
internal import JSONTape

/// Reads unified conversations: lines of JSON, a conversation each.
///
/// A line is looked at twice, for its place among others and then for its rows, and one line is in
/// memory at a time.
final class UnifiedReducer: Reducer {
  private let lines: UnifiedLineReader
  private let judge = UnifiedJudge()

  init(largestRecord: Int) { lines = UnifiedLineReader(largestRecord: largestRecord) }

  func reduce(_ units: [UnitContent]) throws(CatchmentError) -> any Reduction {
    let reduction = UnifiedReduction(units, lines)
    var cancellation = CancellationCheck()
    for (place, content) in units.enumerated() {
      reduction.begin(place)
      for (index, record) in content.records.enumerated() {
        try cancellation.advance(by: record.length)
        let mayGrow = index == content.records.count - 1 && content.isOpenEnded
        take(content.bytes(of: record), record.digest, mayGrow, reduction)
      }
    }
    reduction.complete()
    return reduction
  }

  /// A line tells of one conversation; a file whose last line may be half written is read as a whole.
  func ties(of content: UnitContent) -> ContiguousArray<UInt64?>? {
    guard !content.isOpenEnded else { return nil }
    return ContiguousArray(content.records.map { tie(of: content.bytes(of: $0)) })
  }

  private func tie(of record: Slice) -> UInt64? {
    do throws(JSONError) {
      let value = try lines.read(written: record)
      return value["conversation"]?["conversation_id"]?.text.flatMap { UUIDBytes(String($0)) }
        .map { $0.high ^ $0.low }
    } catch { return nil }
  }

  private func take(
    _ bytes: Slice, _ digest: RawRecord.Digest, _ mayGrow: Bool, _ reduction: UnifiedReduction
  ) {
    do throws(JSONError) {
      let value = try lines.read(bytes)
      if let issue = issue(value) { return reduction.refuse(issue) }
      reduction.take(value["conversation"], digest)
    } catch {
      if mayGrow { return reduction.leaveUnfinished() }
      reduction.refuse(
        .init("json_\(error.code)", "the line is not JSON: \(error.message)", column: error.offset))
    }
  }

  // MARK: What is wrong with a record

  private func issue(_ value: JSONValue) -> LedgerEntry.Issue? {
    if let version = value["schema_version"]?.int64, version != UnifiedSchema.version {
      return .init(
        "schema_version_unknown",
        "/schema_version: the form is of version \(version), and those up to "
          + "\(UnifiedSchema.version) are known (const)",
        column: value["schema_version"]?.source.lowerBound)
    }
    guard judge.accepts(value) else { return violation(judge.faults(in: value)) }
    var consistency = UnifiedConsistency()
    return consistency.fault(in: value)
  }

  private func violation(_ faults: [SchemaFault]) -> LedgerEntry.Issue {
    guard let fault = faults.first else {
      return .init("schema_violation", "the line is no unified conversation")
    }
    let place = fault.instanceLocation.isEmpty ? "the line" : fault.instanceLocation
    let others = faults.count > 1 ? "; \(faults.count - 1) more" : ""
    return .init("schema_violation", "\(place): \(fault.message) (\(fault.keyword))\(others)")
  }
}

/// What a schema cannot say: that the rows of a conversation are its own, and each there once.
struct UnifiedConsistency {
  private var seen: Set<UUIDBytes> = []

  mutating func fault(in value: JSONValue) -> LedgerEntry.Issue? {
    guard let id = value["conversation"]?["conversation_id"]?.text else { return nil }
    for table in [
      ConversationTables.messages, ConversationTables.toolCalls, ConversationTables.summaries,
    ] {
      seen.removeAll(keepingCapacity: true)
      guard let rows = value.member(table.name) else { continue }
      for (number, row) in rows.elements.enumerated() {
        let place = "/\(table.name)/\(number)"
        if row["conversation_id"]?.text != id {
          return .init(
            "inconsistent", "\(place)/conversation_id: it is not the conversation's own id")
        }
        let key = row.member(table.key)?.text.flatMap { UUIDBytes(String($0)) }
        if let key, !seen.insert(key).inserted {
          return .init("inconsistent", "\(place)/\(table.key): a row before it has the same id")
        }
      }
    }
    return nil
  }
}
