internal import JSONTape

/// A transcript of older versions: lines `user:` and `assistant:` (or `A:`) begin a message, and in an
/// answer `[Thinking] …`, `[Tool call] NAME` and `[Tool result] NAME` begin a part.
///
/// What a thought's further lines are is not said: they count as text. Results are mostly without
/// their text.
struct CursorProse {
  private enum Part {
    case text
    case call(String)
    case result(String)
  }

  private let drafts: ConversationDrafts
  private let conversation: Int
  /// The message that is being told.
  private var message: Int?
  private var messages = 0
  private var calls = 0
  private var part = Part.text
  /// The lines of the part.
  private var lines: [Substring] = []
  /// Calls without a result yet.
  private var open: [(name: String, call: Int)] = []

  init(_ drafts: ConversationDrafts, _ conversation: Int) {
    self.drafts = drafts
    self.conversation = conversation
  }

  private static let speakers = ["user:", "assistant:", "A:"]

  static func isOne(_ bytes: Slice) -> Bool {
    bytes.starts(with: "user:") || bytes.starts(with: "assistant:") || bytes.starts(with: "A:")
  }

  static func mayBe(at path: String) -> Bool { path.hasSuffix(".txt") }

  mutating func tell(_ text: Slice) {
    var isAfterGap = true
    for line in String(decoding: text, as: UTF8.self).split(
      omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    {
      take(line, isAfterGap)
      isAfterGap = line.allSatisfy(\.isWhitespace)
    }
    endPart()
  }

  private mutating func take(_ line: Substring, _ isAfterGap: Bool) {
    if isAfterGap, Self.speakers.contains(where: { line == $0 }) { return begin(line) }
    guard let message, drafts.messages[message].role == .assistant else {
      return lines.append(line)
    }
    if let name = Self.rest(of: line, after: "[Tool call]") {
      begin(.call(name))
    } else if let name = Self.rest(of: line, after: "[Tool result]") {
      begin(.result(name))
    } else if case .text = part, let thought = Self.rest(of: line, after: "[Thinking]") {
      begin(.text)
      drafts.addThinking(thought, to: message)
    } else {
      lines.append(line)
    }
  }

  private static func rest(of line: Substring, after mark: String) -> String? {
    guard line.hasPrefix(mark) else { return nil }
    return String(line.dropFirst(mark.count).drop(while: \.isWhitespace))
  }

  private mutating func begin(_ speaker: Substring) {
    endPart()
    let isUser = speaker == "user:"
    messages += 1
    message = drafts.message(
      "#\(messages)", in: conversation, isUser ? .user : .assistant,
      kind: isUser ? "prompt" : "response")
  }

  private mutating func begin(_ next: Part) {
    endPart()
    part = next
  }

  private mutating func endPart() {
    let text = Self.trimmed(lines)
    lines.removeAll()
    defer { part = .text }
    guard let message else { return }
    switch part {
    case .text:
      drafts.addText(text, to: message)
      if drafts.messages[message].role == .user { notePrompt(text) }
    case .call(let name): addCall(name, text, to: message)
    case .result(let name): addResult(text, of: name)
    }
  }

  private func notePrompt(_ text: String) {
    let bytes = drafts.arena.keep(text)
    drafts.notePrompt(CursorQuery.find(in: bytes) ?? bytes, in: conversation)
  }

  private static func trimmed(_ lines: [Substring]) -> String {
    let rest = lines.drop { $0.isEmpty }
    let end = rest.lastIndex { !$0.isEmpty }.map { $0 + 1 } ?? rest.startIndex
    return rest[..<end].joined(separator: "\n")
  }

  // MARK: Calls

  /// Calls have no ids: they are named by their place.
  private mutating func addCall(_ name: String, _ text: String, to message: Int) {
    calls += 1
    let call = drafts.addCall(
      drafts.arena.keep("#\(messages)/\(calls)"), name: drafts.arena.keep(name),
      input: drafts.arena.keep(Self.input(text)), to: message)
    open.append((name, call))
  }

  /// Lines `  NAME: VALUE`; where a value goes on over further lines it is not said where it ends, and the
  /// text is kept as it is.
  private static func input(_ text: String) -> String {
    var members: [String] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let pair = line.dropFirst(2).split(separator: ":", maxSplits: 1)
      guard line.hasPrefix("  "), let name = pair.first, !name.isEmpty,
        name.utf8.allSatisfy(isOfName)
      else { return text.isEmpty ? "{}" : JSONString.quoted(text) }
      let value = pair.dropFirst().first?.drop { $0 == " " } ?? ""
      members.append("\(JSONString.quoted(String(name))):\(JSONString.quoted(String(value)))")
    }
    return "{\(members.joined(separator: ","))}"
  }

  private static func isOfName(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): true
    default: false
    }
  }

  private mutating func addResult(_ text: String, of name: String) {
    guard let place = open.firstIndex(where: { $0.name == name }) else { return }
    let result = ToolResult(output: text.isEmpty ? nil : drafts.json(text))
    drafts.attach(result, to: open.remove(at: place).call)
  }
}
