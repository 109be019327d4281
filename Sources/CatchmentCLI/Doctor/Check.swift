/// What one look at something found.
struct Check {
  enum Verdict: String {
    case good = "ok"
    case note, problem
  }

  let name: String
  let verdict: Verdict
  let finding: String
  /// What to do about it.
  let advice: String?
  /// The figures behind the finding, for scripts.
  let measured: [JSON.Member]

  init(
    _ name: String, _ verdict: Verdict, _ finding: String, advice: String? = nil,
    measured: [JSON.Member] = []
  ) {
    self.measured = measured
    self.name = name
    self.verdict = verdict
    self.finding = finding
    self.advice = advice
  }

  var json: JSON {
    JSON([
      "check": .text(name), "verdict": .text(verdict.rawValue), "finding": .text(finding),
      "advice": advice.map { .text($0.asTyped) } ?? .null, "measured": .object(measured),
    ])
  }
}
