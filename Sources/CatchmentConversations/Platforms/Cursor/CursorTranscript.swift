internal import JSONTape

/// A transcript of Cursor's agent: lines without ids, times and tokens.
struct CursorTranscript {
  let id: String
  /// The session that a sub-agent's transcript lies with.
  let parent: String?

  /// The file is named after its session.
  init(path: String) {
    let folders = path.split(separator: "/").map(String.init)
    let file = folders.last ?? path
    id = String(file.prefix(upTo: file.lastIndex(of: ".") ?? file.endIndex))
    let isAgent = folders.count > 2 && folders[folders.count - 2] == "subagents"
    parent = isAgent ? folders[folders.count - 3] : nil
  }

  static func tell(
    _ line: JSONValue, number: Int64, in conversation: Int, _ drafts: ConversationDrafts
  ) {
    let isUser = line["role"]?.text == "user"
    let content = line["message"]?["content"]
    let message = drafts.message(
      line["id"]?.words ?? "#\(number)", in: conversation, isUser ? .user : .assistant,
      kind: !isUser ? "response" : drafts.isOnlyResults(content) ? "tool_result" : "prompt")
    drafts.messages[message].started = line["timestamp"]?.time
    drafts.messages[message].model = isUser ? nil : drafts.keep(line["model"])
    drafts.addContent(content, to: message)
    if isUser { notePrompt(content, in: conversation, drafts) }
  }

  /// What a person asked stands in a tag.
  private static func notePrompt(
    _ content: JSONValue?, in conversation: Int, _ drafts: ConversationDrafts
  ) {
    let texts = content.map { $0.elements.compactMap { $0["text"]?.text } } ?? []
    guard let query = texts.lazy.compactMap({ CursorQuery.find(in: $0.bytes) }).first else {
      return
    }
    drafts.notePrompt(query, in: conversation)
  }
}
