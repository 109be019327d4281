import Catchment
import DuckDB

/// One decision with all that it rests on.
struct DuplicateEvidence {
  /// A conversation of the pair.
  private struct Side {
    let id: String
    let title: String
    let platform: String
    let created: String
    let messages: Int
    let rawChecksum: String
    let contentHash: String

    init(_ row: ArraySlice<Value>) {
      let row = Array(row)
      id = row[0].shown
      title = row[1].shown
      platform = row[2].shown
      created = row[3].minute
      messages = row[4].int
      rawChecksum = row[5].shown
      contentHash = row[6].shown
    }

    var json: JSON {
      JSON([
        "conversation_id": .text(id), "title": .text(title), "platform": .text(platform),
        "created_at": .text(created), "messages": .integer(messages),
        "raw_checksum": .text(rawChecksum), "content_hash": .text(contentHash),
      ])
    }
  }

  private let row: [Value]
  private let kept: Side
  private let duplicate: Side

  private init(_ row: [Value]) {
    self.row = row
    kept = Side(row[11..<18])
    duplicate = Side(row[18..<25])
  }

  private var id: String { row[0].shown }
  private var level: String { row[1].shown }
  private var action: String { row[2].shown }
  private var isSetAside: Bool { row[3].boolean ?? false }
  private var isUndone: Bool { row[4].boolean ?? false }

  /// The one of this decision, or this conversation that is not kept, or a beginning of either.
  static func find(
    _ name: String, _ reader: WarehouseReader
  ) throws(CatchmentError) -> DuplicateEvidence {
    let rows = try reader.rows(
      """
      SELECT d.decision_id, d.level, d.action, d.is_set_aside, d.is_undone, d.estimated_similarity,
        d.similarity, d.shared_shingles, d.total_shingles, d.time_distance_ms, d.run,
        d.kept_id, k.title, k.platform, k.created_at, k.total_messages, d.kept_raw_checksum,
        d.kept_content_hash,
        d.duplicate_id, o.title, o.platform, o.created_at, o.total_messages,
        d.duplicate_raw_checksum, d.duplicate_content_hash, d.decided_at
      FROM main.conversation_duplicates d
      LEFT JOIN main.conversations k ON k.conversation_id = d.kept_id
      LEFT JOIN main.conversations o ON o.conversation_id = d.duplicate_id
      WHERE starts_with(d.decision_id::VARCHAR, lower($1))
        OR starts_with(d.duplicate_id::VARCHAR, lower($1))
      ORDER BY d.decision_id LIMIT 2
      """, .text(name))
    guard let row = rows.first else {
      throw CatchmentError(
        .usage, "there is no decision \"\(name)\"", hint: "`catchment duplicates list` lists them")
    }
    guard rows.count == 1 else {
      throw CatchmentError(
        .usage, "several decisions begin with \"\(name)\"", hint: "give more of the id")
    }
    return DuplicateEvidence(row)
  }

  func print(_ options: GlobalOptions, isJSON: Bool) {
    if isJSON { return Output.line(json.description) }
    let style = options.style
    Output.line(style.bold("\(id)  \(level), \(isUndone ? "taken back" : action)"))
    line("kept", kept, style)
    line(isSetAside ? "not counted" : "also counted", duplicate, style)
    for (name, text) in facts { Output.line("  \(name.padded(to: 14)) \(text)") }
    let next = isUndone ? "redo" : "undo"
    Output.line(
      "  \(style.cyan("\(TypedCommand.name) duplicates \(next) \(id.prefix(8))\(options.homeArgument)"))"
    )
  }

  private func line(_ name: String, _ side: Side, _ style: Style) {
    let words = [
      side.id, side.platform, side.created, Figures.of(side.messages, "message"), side.title,
    ]
    Output.line("  \(name.padded(to: 14)) \(words.joined(separator: "  ").safe)")
  }

  private var facts: [(String, String)] {
    func compared(_ mine: String, _ theirs: String) -> String {
      mine == theirs ? "the same: \(mine.prefix(16).description.safe)…" : "differ"
    }
    var facts = [
      ("raw checksums", compared(kept.rawChecksum, duplicate.rawChecksum)),
      ("content hashes", compared(kept.contentHash, duplicate.contentHash)),
    ]
    if let similarity = row[6].double {
      let estimate = row[5].double.map { ", estimated \(Figures.fixed($0, 3))" } ?? ""
      facts.append(
        (
          "words",
          "\(Figures.count(row[7].int)) of \(Figures.count(row[8].int)) shingles in common: "
            + "\(Figures.fixed(similarity, 3))\(estimate)"
        ))
    }
    let apart = row[9].int64.map { "\(Figures.milliseconds($0)) apart" } ?? "not known"
    facts.append(("times", apart))
    facts.append(("decided", "\(row[25].minute) (UTC), after run \(row[10].int)"))
    return facts
  }

  private var json: JSON {
    JSON([
      "decision_id": .text(id), "level": .text(level), "action": .text(action),
      "is_set_aside": .boolean(isSetAside), "is_undone": .boolean(isUndone),
      "estimated_similarity": .double(row[5].double), "similarity": .double(row[6].double),
      "shared_shingles": .integer(row[7].int64), "total_shingles": .integer(row[8].int64),
      "time_distance_ms": .integer(row[9].int64), "run": .integer(row[10].int),
      "decided_at": .text(row[25].shown), "kept": kept.json, "duplicate": duplicate.json,
    ])
  }
}
