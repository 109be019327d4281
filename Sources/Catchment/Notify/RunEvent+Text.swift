extension RunEvent {
  /// What happened, for people, in one line: `clean: done in part`.
  public var title: String {
    "\(isTest ? "a test of " : "")\(Self.line(name, atMost: 200)): \(Self.words[kind] ?? kind.rawValue)"
  }

  private static let words: [Kind: String] = [
    .start: "began", .success: "done", .partial: "done in part", .failure: "failed",
    .brokenPromise: "a promise does not hold",
  ]

  /// What there is to say beside the title, for people.
  public var lines: [String] {
    var lines = parts.map { "  \($0.title)\($0.reason.map { ": \($0)" } ?? "")" }
    lines += reason.map { [$0] } ?? []
    if let cause = error?.cause { lines.append("because: \(Self.line(cause))") }
    if let hint = error?.hint { lines.append("try: \(Self.line(hint))") }
    if let run { lines.append(Self.counts(run)) }
    if let unchanged, unchanged > 0 { lines.append("unchanged, not read again: \(unchanged)") }
    lines.append(circumstances)
    return lines
  }

  private var reason: String? {
    if let error {
      return Self.line(error.location.map { "\($0): \(error.message)" } ?? error.message)
    }
    return missing.isEmpty
      ? nil : "skipped, for it needs \(missing.map { Self.line($0) }.joined(separator: ", "))"
  }

  private static func counts(_ run: Run) -> String {
    let counts = run.records
    return "\(counts.read) read\(run.made > 0 ? " + \(run.made) made" : "") = "
      + "\(counts.loaded) loaded + \(counts.updated) updated + \(counts.duplicate) duplicate + "
      + "\(counts.filtered) filtered + \(counts.deadLettered) dead-lettered"
  }

  private var circumstances: String {
    let took = seconds.map { " after \(($0 * 100).rounded() / 100) s" } ?? ""
    return "\(run.map { "run \($0.id), " } ?? "")\(UTC.text(at))\(took), on \(Self.line(host))"
  }

  /// Names come from files: what would end a line or command a terminal is a blank.
  private static func line(_ text: String, atMost length: Int = 2_000) -> String {
    var line = ""
    for scalar in text.unicodeScalars.prefix(length) {
      let isControl = scalar.properties.generalCategory == .control
      let isBreak = scalar == "\u{2028}" || scalar == "\u{2029}"
      line.unicodeScalars.append(isControl || isBreak ? " " : scalar)
    }
    return text.unicodeScalars.count > length ? "\(line)…" : line
  }
}
