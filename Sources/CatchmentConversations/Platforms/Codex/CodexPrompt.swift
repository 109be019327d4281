internal import JSONTape

/// What a text in the user's place really is: much of it the program puts there.
enum CodexPrompt {
  /// - Parameter item: newer versions name each part of it.
  static func kind(_ text: Slice, item: JSONValue?) -> StaticString {
    if text.starts(with: "<turn_aborted>") { return "interruption" }
    if text.starts(with: "<user_shell_command>") { return "command" }
    let kinds = item?["internal_chat_message_metadata_passthrough"]?["content_item_kinds"]
    if let kinds, kinds.count > 0 {
      return kinds.elements.contains { isTyped($0.text) } ? "prompt" : "context"
    }
    return contexts.contains { text.starts(with: $0) } ? "context" : "prompt"
  }

  private static func isTyped(_ kind: JSONText?) -> Bool {
    guard let kind else { return false }
    return kind.bytes.starts(with: "user." as StaticString) || kind == "unknown"
  }

  private static let contexts: [StaticString] = [
    "<environment_context>", "<user_instructions>", "<permissions instructions>",
    "<skills_instructions>", "<apps_instructions>", "<collaboration_mode>", "<model_switch>",
    "<personality_spec>", "<subagent_notification>", "<INSTRUCTIONS>", "# AGENTS.md instructions",
  ]

  /// The request itself, where an editor puts its own context before it.
  static func request(in text: Slice) -> Slice {
    guard text.starts(with: "# Context from my IDE setup"),
      let mark = text.firstRange(of: "## My request for Codex:")
    else { return text }
    return Slice(rebasing: text[mark.upperBound...])
  }
}
