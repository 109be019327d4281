import Foundation

/// Makes copies of a transcript of JSON lines: under new ids, at other times, cut, set otherwise.
struct TalkCopies {
  /// One JSON object a line.
  let lines: [Any]

  init(_ text: String) {
    lines = text.split(whereSeparator: \.isNewline).compactMap {
      try? JSONSerialization.jsonObject(with: Data($0.utf8))
    }
  }

  private init(lines: [Any]) { self.lines = lines }

  var text: String {
    lines.compactMap { line in
      (try? JSONSerialization.data(withJSONObject: line, options: .sortedKeys)).map {
        String(decoding: $0, as: UTF8.self) + "\n"
      }
    }.joined()
  }

  /// Every id becomes another one, the same wherever it stands.
  func renamed(_ salt: String) -> TalkCopies {
    let ids = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/
    let names = /\b(toolu|msg|req|call|fc|rs|resp)_[0-9A-Za-z]{6,}/
    return changed { _, text in
      text.replacing(ids) { Self.uuid("\(salt) \($0.output)") }
        .replacing(names) { "\($0.output.1)_\(Self.digits("\(salt) \($0.output.0)"))" }
    }
  }

  /// Every time is so many days later.
  func shifted(days: Int) -> TalkCopies {
    let time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/
    let format = Date.ISO8601FormatStyle().year().month().day().dateSeparator(.dash)
    return changed { _, text in
      guard text.prefixMatch(of: time) != nil,
        let day = try? Date(String(text.prefix(10)), strategy: format)
      else { return text }
      return day.addingTimeInterval(86_400 * Double(days)).formatted(format) + text.dropFirst(10)
    }
  }

  /// White space is doubled, and lines are broken.
  var spaced: TalkCopies {
    changed { key, text in
      ["text", "content", "thinking", "message"].contains(key)
        ? text.replacing(" ", with: "  ").replacing("\n", with: "\n\n \t") : text
    }
  }

  /// Without its last lines.
  func cut(lines count: Int) -> TalkCopies {
    TalkCopies(lines: Array(lines.dropLast(count)))
  }

  /// The same prompts at nearly the same time, and other answers.
  var answeredOtherwise: TalkCopies {
    TalkCopies(
      lines: lines.map { line in
        // Codex says in events, too, what its model said.
        guard "\(line)".contains(/assistant|agent_|reasoning|task_complete/) else { return line }
        let texts = ["text", "thinking", "content", "message", "last_agent_message"]
        return Self.change(line, "") { key, text in
          guard texts.contains(key) else { return text }
          return text.split(separator: " ").map { "x\(Self.digits("other \($0)").prefix(7))" }
            .joined(separator: " ")
        }
      })
  }

  private func changed(_ body: (String, String) -> String) -> TalkCopies {
    TalkCopies(lines: lines.map { Self.change($0, "", body) })
  }

  private static func change(
    _ value: Any, _ key: String, _ body: (String, String) -> String
  ) -> Any {
    switch value {
    case let text as String: body(key, text)
    case let list as [Any]: list.map { change($0, key, body) }
    case let object as [String: Any]:
      Dictionary(uniqueKeysWithValues: object.map { ($0, change($1, $0, body)) })
    default: value
    }
  }

  private static func digits(_ text: String) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    let digits = String(hash ^ (hash >> 31), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private static func uuid(_ text: String) -> String {
    let digits = digits(text) + Self.digits("more \(text)")
    let parts = [(0, 8), (8, 4), (12, 3), (16, 3), (20, 12)].map { start, count in
      String(digits.dropFirst(start).prefix(count))
    }
    return "\(parts[0])-\(parts[1])-4\(parts[2])-8\(parts[3])-\(parts[4])"
  }
}

/// Words in threes, found in a plain, slow way: what the signatures are checked against.
struct PlainShingles {
  private(set) var all: Set<String> = []
  /// Of what a model said.
  private(set) var modelWords = 0

  mutating func add(_ content: String, isModel: Bool) {
    let value = try? JSONSerialization.jsonObject(with: Data(content.utf8))
    visit(value ?? [String](), isModel: isModel)
  }

  private mutating func visit(_ value: Any, isModel: Bool) {
    switch value {
    case let list as [Any]: for element in list { visit(element, isModel: isModel) }
    case let object as [String: Any]:
      for (key, member) in object where !Self.isMark(key) { visit(member, isModel: isModel) }
    case let text as String:
      let words = text.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "_" }
      if isModel { modelWords += words.count }
      if words.count < 3 { all.insert(words.joined(separator: " ")) }
      for start in 0..<max(words.count - 2, 0) {
        all.insert(words[start..<start + 3].joined(separator: " "))
      }
    default: break
    }
  }

  private static func isMark(_ key: String) -> Bool {
    ["type", "name", "signature", "data", "id", "tool_use_id", "call_id"].contains(key)
  }

  func similarity(to other: PlainShingles) -> Double {
    let shared = all.intersection(other.all).count
    return Double(shared) / Double(max(all.count + other.all.count - shared, 1))
  }
}
