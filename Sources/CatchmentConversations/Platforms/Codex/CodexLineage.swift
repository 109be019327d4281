internal import JSONTape

/// Which of a rollout's records are its parent's, told again.
///
/// A fork, and a sub-agent that is given its parent's history, begins with a copy of it, with new
/// times. Counting it again is the commonest error in counting what Codex used.
struct CodexLineage {
  /// What is known of a thread's records, its own and those it repeats.
  struct History {
    var turns: Set<UInt64> = []
    var payloads: Set<UInt64> = []
  }

  /// By the thread's id.
  ///
  /// A parent whose file is missing is known by the first child that repeats it.
  private var histories: [String: History] = [:]

  // Of the unit that is being told.

  private var thread = ""
  /// The thread that the unit begins with a copy of.
  private(set) var origin: String?
  /// The ordinal of the first record that is the unit's own, where it says so.
  private var firstOwn: Int64?
  private var isOver = false
  private var hasSeenTurn = false
  /// Whether the unit repeats a thread that is not known, so that the two cannot be told apart.
  private(set) var isUnresolved = false

  mutating func begin(_ thread: String) {
    self.thread = thread
    (origin, firstOwn) = (nil, nil)
    (isOver, hasSeenTurn, isUnresolved) = (false, false, false)
  }

  /// Notes what the unit's own first record says; returns the thread whose units are needed to tell
  /// the copy apart.
  mutating func declare(_ meta: JSONValue, parent: String?) -> String? {
    firstOwn = meta["subagent_history_start_ordinal"]?.int64
    origin = firstOwn != nil ? parent : meta["forked_from_id"]?.text?.description
    return firstOwn == nil ? origin : nil
  }

  /// Notes that the unit goes on with another thread's first record.
  mutating func declareCopy(of other: String) -> String? {
    if !isOver { origin = other }
    return firstOwn == nil ? other : nil
  }

  /// Whether a record, other than a first one, is the parent's.
  mutating func isCopy(_ line: CodexLine) -> Bool {
    guard !isOver else { return false }
    isOver = !isBeforeOwn(line)
    return !isOver
  }

  private mutating func isBeforeOwn(_ line: CodexLine) -> Bool {
    guard let origin else { return false }
    return firstOwn.map { isBefore($0, line) } ?? isKnown(line, of: origin)
  }

  private func isBefore(_ firstOwn: Int64, _ line: CodexLine) -> Bool {
    line.ordinal.map { $0 < firstOwn } ?? false
  }

  private mutating func isKnown(_ line: CodexLine, of origin: String) -> Bool {
    guard let history = histories[origin] else {
      isUnresolved = true
      return false
    }
    if let turn = line.turn {
      hasSeenTurn = true
      return history.turns.contains(turn)
    }
    if hasSeenTurn || !history.turns.isEmpty { return true }
    return history.payloads.contains(line.payload.sourceText.fingerprint)
  }

  /// Keeps what will tell copies of this record apart.
  mutating func remember(_ line: CodexLine) {
    let payload = line.payload.sourceText.fingerprint
    let owners = isUnresolved ? [thread, origin].compactMap(\.self) : [thread]
    for owner in owners {
      histories[owner, default: History()].payloads.insert(payload)
      if let turn = line.turn { histories[owner, default: History()].turns.insert(turn) }
    }
  }
}
