internal import Catchment
internal import DuckDB
internal import JSONTape

/// Summaries, and records that speak of the session as a whole.
extension ClaudeDraft {
  /// A `summary` line names no session, and its leaf is often in another file.
  func takeSummary(_ line: ClaudeLine, _ bytes: Slice) {
    guard let text = summaryText(line) else { return bridge(line) }
    var summary = ClaudeSummaryDraft(
      id: summaryID(line, text), session: -1, type: "title", text: arena.keep(text.bytes),
      timestamp: line.timestamp?.text.flatMap { Timestamp.parse($0.bytes) },
      leaf: line.leafUUID?.text?.fingerprint ?? 0, rawRecord: recordID)
    let isPlaced = line.sessionID != nil
    if isPlaced {
      summary.session = session(of: line)
      entry.scope = sessions[Int(summary.session)].id
    }
    bridge(line)
    addSummary(summary, isPlaced: isPlaced)
  }

  func summaryText(_ line: ClaudeLine) -> JSONText? {
    line.summary?.text ?? firstText(line.message?["content"])
  }

  /// A summary is known by its file's name, its leaf and its words.
  func summaryID(_ line: ClaudeLine, _ text: JSONText) -> UUIDBytes {
    ids("summary", "\(stem)/\(line.leafUUID?.text.map(String.init) ?? "")/\(String(text))")
  }

  /// What a compaction removed, in the words that replace it.
  func takeCompactSummary(_ content: JSONValue?, message: Int32) {
    guard let text = firstText(content) else { return }
    let draft = messages[Int(message)]
    let session = Int(draft.session)
    let summary = ClaudeSummaryDraft(
      id: ids("compaction", draft.id.description), session: draft.session, type: "compaction",
      text: arena.keep(text.bytes), timestamp: draft.started, leaf: 0, rawRecord: recordID,
      covers: sessions[session].lastCompaction..<Int(message))
    sessions[session].lastCompaction = Int(message)
    summaries.append(summary)
  }

  func takeMetadata(_ line: ClaudeLine) {
    bridge(line)
    guard line.sessionID != nil, let title = line.aiTitle?.text else { return }
    let place = Int(session(of: line))
    sessions[place].aiTitle = arena.keep(title.bytes)
    entry.scope = sessions[place].id
    entry.outcome = .updated
  }

  /// A session's total as the platform states it: a cross-check, never added to the parts.
  func takeCostState(_ line: ClaudeLine, _ bytes: Slice) {
    guard line.sessionID != nil else { return }
    let place = Int(session(of: line))
    sessions[place].costState = bytes
    sessions[place].statedCost = line.totalCostUSD?.double
    entry.scope = sessions[place].id
    entry.outcome = .updated
  }
}
