internal import Catchment
internal import JSONTape

/// The order in which a family's units are told: parents before those that repeat them, rollouts
/// before printed streams, and of one thread's copies the longest first.
struct CodexOrder {
  let places: [Int]

  init(_ units: [UnitContent], _ parser: TapeParser) {
    let heads = units.map { CodexHead($0, parser) }
    let parents = Dictionary(
      heads.compactMap { head in head.parent.map { (head.id, $0) } },
      uniquingKeysWith: { min($0, $1) })
    let counts = units.map { $0.completeRecords(parser) }
    let depths = heads.map { Self.depth(of: $0.id, parents) }
    places = units.indices.sorted { a, b in
      if heads[a].isStream != heads[b].isStream { return heads[b].isStream }
      if depths[a] != depths[b] { return depths[a] < depths[b] }
      return counts[a] != counts[b]
        ? counts[a] > counts[b] : units[a].unit.path < units[b].unit.path
    }
  }

  private static func depth(of id: String, _ parents: [String: String]) -> Int {
    var (depth, next) = (0, parents[id])
    while let parent = next, depth < parents.count {
      depth += 1
      next = parents[parent]
    }
    return depth
  }
}

/// What a unit's beginning tells before the unit is told.
struct CodexHead {
  /// The thread's id: as the first record states it, else as the file's name does, else as a later
  /// record does, else made of the first record's bytes.
  let id: String
  private(set) var parent: String?
  private(set) var isStream = false

  /// How many broken records there may be before one that names the thread.
  private static let patience = 8

  init(_ unit: UnitContent, _ parser: TapeParser) {
    let named = CodexFileName(unit.unit.path).thread
    var stated: String?
    for (number, record) in unit.records.prefix(Self.patience).enumerated() {
      guard let line = Self.line(unit.bytes(of: record), parser) else { continue }
      isStream = line.isStream
      if number == 0 || named == nil { stated = line.statedID }
      parent = stated == nil ? nil : line.parent
      break
    }
    let digest = unit.records.first?.digest.words.0 ?? 0
    id = stated ?? named ?? "record-\(String(digest, radix: 16))"
  }

  /// A record that is no JSON says nothing here and becomes a dead letter when it is told.
  private static func line(_ bytes: Slice, _ parser: TapeParser) -> CodexLine? {
    do throws(JSONError) { return CodexLine(try parser.parse(bytes, isPadded: true)) } catch {
      return nil
    }
  }
}

extension CodexLine {
  /// The thread that a first record says it begins.
  var statedID: String? {
    switch type {
    case "session_meta": payload["id"]?.text?.description
    case "thread.started": payload["thread_id"]?.text?.description
    default: nil
    }
  }

  /// The thread that a fork was made from, or that a sub-agent works for.
  var parent: String? {
    let spawned = payload["source"]?["subagent"]?["thread_spawn"]?["parent_thread_id"]
    let parent = payload["forked_from_id"]?.text ?? payload["parent_thread_id"]?.text
    return (parent ?? spawned?.text)?.description
  }
}
