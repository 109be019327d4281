internal import JSONTape

/// What a user record's text really is: much of it is not the user's.
enum ClaudePromptKind {
  static func kind(of text: Slice) -> StaticString {
    let trimmed = dropLeadingSpace(text)
    guard let first = trimmed.first else { return "prompt" }
    if first == UInt8(ascii: "<") { return tagged(trimmed) }
    if trimmed.starts(with: "[Request interrupted by user") { return "interruption" }
    if trimmed.starts(with: "Caveat: The messages below") { return "meta" }
    return "prompt"
  }

  private static func tagged(_ text: Slice) -> StaticString {
    if text.starts(with: "<command-") { return "command" }
    if text.starts(with: "<local-command-std") { return "command_output" }
    if text.starts(with: "<bash-std") { return "command_output" }
    if text.starts(with: "<bash-input") { return "command" }
    if text.starts(with: "<task-notification") { return "notification" }
    if text.starts(with: "<user-prompt-submit-hook") { return "hook" }
    if text.starts(with: "<system-reminder") || text.starts(with: "<ide_") {
      return endsWithTag(text) ? "context" : "prompt"
    }
    return "prompt"
  }

  /// Editor context stands alone, or before a real prompt in the same record.
  private static func endsWithTag(_ text: Slice) -> Bool {
    let last = text.last { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: " ") }
    return last == UInt8(ascii: ">")
  }

  private static func dropLeadingSpace(_ text: Slice) -> Slice {
    let start = text.firstIndex { $0 > 0x20 } ?? text.endIndex
    return Slice(rebasing: text[start...])
  }
}

extension Slice {
  func starts(with prefix: StaticString) -> Bool {
    count >= prefix.utf8CodeUnitCount
      && JSONText(bytes: Slice(rebasing: self[..<prefix.utf8CodeUnitCount])) == prefix
  }

  /// The bytes as text; what is not UTF-8 reads as U+FFFD.
  var string: String { String(decoding: self, as: UTF8.self) }
}

extension StaticString {
  /// Whether this kind of user record is something a person asked.
  var isPrompt: Bool {
    JSONText(bytes: Slice(start: utf8Start, count: utf8CodeUnitCount)) == "prompt"
  }
}
