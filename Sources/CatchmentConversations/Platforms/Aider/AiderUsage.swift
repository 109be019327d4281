/// A report of tokens and costs, as Aider prints it after an answer.
///
/// ```
/// Tokens: 6.3k sent, 2.0k cache write, 4.1k cache hit, 1.2k received. Cost: $0.03 message, $0.12 session.
/// ```
///
/// Its figures are rounded to two or three digits. The session's cost is that of the run so far.
struct AiderUsage {
  var tokens = TokenUsage()
  /// In USD.
  var cost: Double?
  var sessionCost: Double?

  /// Nil when the line is no such report.
  init?(_ line: String) {
    guard line.hasPrefix("Tokens: ") else { return nil }
    var sent: Int64?
    for part in line.dropFirst("Tokens: ".count).split(separator: ", ").flatMap({
      $0.split(separator: ". Cost: ")
    }) {
      let words = part.split(separator: " ", maxSplits: 1)
      guard words.count == 2 else { continue }
      let amount = String(words[0])
      switch words[1].filter({ $0 != "." }) {
      case "sent": sent = Self.count(amount)
      case "received": tokens.output = Self.count(amount)
      case "cache write": tokens.cacheWrite = Self.count(amount)
      case "cache hit": tokens.cacheRead = Self.count(amount)
      case "message": cost = Self.dollars(amount)
      case "session": sessionCost = Self.dollars(amount)
      default: continue
      }
    }
    guard let sent else { return nil }
    tokens.input = Self.uncached(sent, tokens)
  }

  /// What was sent includes what was written to the cache and, by most models' counts, what was read
  /// from it.
  private static func uncached(_ sent: Int64, _ tokens: TokenUsage) -> Int64 {
    let unwritten = max(sent - (tokens.cacheWrite ?? 0), 0)
    let read = tokens.cacheRead ?? 0
    return read <= unwritten ? unwritten - read : unwritten
  }

  private static func count(_ text: String) -> Int64? {
    let scale: Double
    switch text.last {
    case "k": scale = 1e3
    case "M": scale = 1e6
    default: scale = 1
    }
    guard let number = Double(scale == 1 ? text : String(text.dropLast())), number >= 0,
      number * scale < 1e15
    else { return nil }
    return Int64((number * scale).rounded())
  }

  private static func dollars(_ text: String) -> Double? {
    guard text.first == "$", let amount = Double(text.dropFirst()), amount.isFinite, amount >= 0
    else { return nil }
    return amount
  }
}
