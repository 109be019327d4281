extension DuckDBError {
  /// Reads the error out of DuckDB's text: its prefix is the type, its tail the place.
  init(duckdb text: String, sql: String? = nil) {
    let parts = Excerpt.split(text)
    self.init(Code(duckdb: text), parts.message, sql: sql)
    position = parts.excerpt?.position(in: sql)
    if code == .locked { holder = Self.pid(in: text) }
  }

  init(duckdb text: UnsafePointer<CChar>?, sql: String? = nil) {
    self.init(duckdb: text.map { String(cString: $0) } ?? "Unknown error.", sql: sql)
  }

  /// The number in `… (PID 4711) …`.
  private static func pid(in text: String) -> Int32? {
    guard let start = text.firstRange(ofText: "(PID ") else { return nil }
    return Int32(text[start.upperBound...].prefix { $0.isNumber })
  }
}

extension DuckDBError.Code {
  init(duckdb text: String) {
    let byPrefix = Self.prefixes.first { text.hasPrefix($0.prefix) }?.code ?? .other
    self = Self.refine(byPrefix, text)
  }

  /// DuckDB writes `<type> Error: <message>`.
  private static let prefixes: [(prefix: String, code: DuckDBError.Code)] = [
    ("Parser Error", .syntax), ("Syntax Error", .syntax),
    ("Catalog Error", .catalog), ("Dependency Error", .catalog),
    ("Binder Error", .binder), ("Parameter Not", .binder),
    ("Constraint Error", .constraint),
    ("Out of Memory Error", .outOfMemory),
    ("IO Error", .io),
    ("Serialization Error", .corrupt), ("Data Corruption Error", .corrupt),
    ("INTERRUPT Error", .interrupted),
    ("TransactionContext Error", .conflict), ("Transaction", .conflict),
    ("Resource In Use Error", .misuse),
    ("Conversion Error", .conversion), ("Out of Range Error", .conversion),
    ("Mismatch Type Error", .conversion),
    ("Invalid Input Error", .invalidInput), ("Invalid Configuration Error", .invalidInput),
    ("Permission Error", .permission),
    ("Not implemented Error", .unsupported),
    ("HTTP Error", .network), ("Network Error", .network),
    ("Missing Extension Error", .extensionMissing),
    ("Extension Autoloading Error", .extensionMissing),
  ]

  /// What DuckDB says of a file that is not, or no longer, a whole database.
  private static let corruptions = [
    "not a valid DuckDB database file", "orrupt", "Could not read enough bytes",
  ]

  /// What the system says of a full disk, a quota and a file that may not grow, whatever DuckDB was
  /// doing; and what DuckDB says of a folder that it cannot spill to any more.
  private static let shortages = [
    "No space left on device", "Disk quota exceeded", "File too large", "max_temp_directory_size",
  ]

  /// The cases that DuckDB tells apart only in the message.
  private static func refine(_ code: DuckDBError.Code, _ text: String) -> DuckDBError.Code {
    let has = { (part: String) in text.firstRange(ofText: part) != nil }
    if shortages.contains(where: has) { return .diskFull }
    if code == .conflict, has("no transaction is active") { return .misuse }
    if code == .io, has("Could not set lock on file") { return .locked }
    if code == .io, corruptions.contains(where: has) { return .corrupt }
    return code
  }
}

/// The lines that DuckDB adds to a message: `LINE 2: SELECT x FROM …` and a caret below.
private struct Excerpt {
  var line: Int
  var text: Substring
  var caret: Int

  /// Parts a message from its excerpt.
  static func split(_ text: String) -> (message: String, excerpt: Excerpt?) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let at = lines.lastIndex(where: { $0.hasPrefix("LINE ") }), at + 1 < lines.count,
      let excerpt = Excerpt(lines[at], caretLine: lines[at + 1])
    else { return (text, nil) }
    let message = lines[..<at].joined(separator: "\n")
    return (String(message.trimmingNewlines), excerpt)
  }

  init?(_ shown: Substring, caretLine: Substring) {
    guard let colon = shown.firstIndex(of: ":"), let caret = caretLine.firstIndex(of: "^"),
      let line = Int(shown[..<colon].dropFirst("LINE ".count))
    else { return nil }
    let prefix = shown.distance(from: shown.startIndex, to: colon) + 2
    self.line = line
    self.text = shown.dropFirst(prefix)
    self.caret = caretLine.distance(from: caretLine.startIndex, to: caret) - prefix
  }

  /// Long lines are shown in part, between dots, so the part is looked up in the statement.
  func position(in sql: String?) -> DuckDBError.Position {
    let whole = sql.flatMap { $0.line(line) }
    let cutFront = text.hasPrefix("...") ? 3 : 0
    let part = text.dropFirst(cutFront).dropLast(text.hasSuffix("...") ? 3 : 0)
    var before = 0
    if cutFront > 0, let whole, let found = whole.firstRange(ofText: String(part)) {
      before = whole.distance(from: whole.startIndex, to: found.lowerBound)
    }
    return DuckDBError.Position(line: line, column: max(1, caret - cutFront + before + 1))
  }
}

extension StringProtocol {
  /// The first place of `part`, compared character by character.
  fileprivate func firstRange(ofText part: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(part) {
        return start..<index(start, offsetBy: part.count)
      }
      formIndex(after: &start)
    }
    return nil
  }

  fileprivate var trimmingNewlines: SubSequence {
    var rest = self[...]
    while rest.last == "\n" { rest = rest.dropLast() }
    return rest
  }

  fileprivate func line(_ number: Int) -> SubSequence? {
    let lines = split(separator: "\n", omittingEmptySubsequences: false)
    return lines.indices.contains(number - 1) ? lines[number - 1] : nil
  }
}
