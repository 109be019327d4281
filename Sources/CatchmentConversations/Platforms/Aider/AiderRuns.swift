internal import Catchment
internal import DuckDB
internal import JSONTape

/// What is learnt of a history's runs before any of them is told.
struct AiderRuns {
  /// By the first record of each.
  private var runs: [UUIDBytes: Run] = [:]
  private var current: UUIDBytes?
  private var place: (unit: Int, generation: Int32)?
  private var isInFence = false

  struct Run {
    /// When it began, as it is written: in local time, without a zone.
    var started: String?
    /// Over all lines up to the first prompt.
    var beginning: UInt64 = 0
    var hasPrompt = false
    var hasLines = false
    /// Whether its lines end in Markdown's line breaks.
    var isBroken = false

    /// A name that is the same wherever the history lies: runs in two repositories may begin in the
    /// same second.
    var name: String { "\(started ?? "before the first run") \(String(beginning, radix: 16))" }
  }

  /// The run that begins with a record; nil when none does.
  subscript(record: UUIDBytes) -> Run? { runs[record] }

  /// Looks at a line, in the order in which they stand.
  mutating func note(_ line: AiderLine, _ record: RawRecord, _ id: UUIDBytes, of unit: Int) {
    if place?.unit != unit || place?.generation != record.generation { current = nil }
    place = (unit, record.generation)
    if line.mark == .header, !isQuoted(line) { return begin(at: id, started: line.words.string) }
    if line.isFence { isInFence.toggle() }
    if line.mark == .user, line.isBroken { isInFence = false }
    guard let current else {
      begin(at: id, started: nil)
      return add(line, to: id)
    }
    add(line, to: current)
  }

  /// Whether a model quotes an older history: it stands between fences, and before its own run.
  private func isQuoted(_ header: AiderLine) -> Bool {
    guard isInFence, let started = current.flatMap({ runs[$0]?.started }) else { return false }
    // Both are of the same form, so the earlier one sorts first.
    return header.words.string < started
  }

  private mutating func begin(at record: UUIDBytes, started: String?) {
    current = record
    isInFence = false
    runs[record] = Run(started: started)
  }

  private mutating func add(_ line: AiderLine, to id: UUIDBytes) {
    guard var run = runs[id] else { return }
    run.hasLines = true
    if line.mark != .assistant, line.isBroken { run.isBroken = true }
    if !run.hasPrompt {
      let words = JSONText(bytes: line.text).fingerprint
      run.beginning = (run.beginning ^ words) &* 0x9e37_79b9_7f4a_7c15
      run.hasPrompt = line.mark == .user
    }
    runs[id] = run
  }
}
