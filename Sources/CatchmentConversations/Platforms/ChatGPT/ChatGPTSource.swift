public import Catchment

/// ChatGPT's export of one's data.
///
/// A record is a conversation: an element of `conversations.json`, of one of the numbered files that
/// large accounts get, or a conversation on its own as the website loads it; or it says which file of
/// the export a conversation points at.
public struct ChatGPTSource: Source {
  static let platform = "chatgpt"

  public let name = platform
  public let tables = ConversationTables.all

  private let files = ExportFile(
    others: [
      "user.json", "user_settings.json", "message_feedback.json", "model_comparisons.json",
      "shared_conversations.json", "group_chats.json", "shopping.json", "sora.json",
      "conversation_asset_file_names.json", "export_manifest.json", "library_files.json",
    ],
    marks: [
      "chat.html", "message_feedback.json", "shared_conversations.json", "conversations-000.json",
      "model_comparisons.json", "user.json",
    ])

  public init() {}

  /// Nowhere: an export lies where its owner put it.
  public func defaultRoots(home: String, environment: [String: String]) -> [String] { [] }

  public func mayHold(_ path: String) -> Bool { files.mayHold(path) }

  public func recognise(_ beginning: UnsafeRawBufferPointer, of path: String) -> Recognition {
    if let recognition = files.recogniseZIP(beginning, of: path) { return recognition }
    let marks: [StaticString] = [
      "\"children\"", "\"parent\"", "\"current_node\"", "\"content_type\"", "\"message\"",
    ]
    let isConversation =
      beginning.firstRange(of: "\"mapping\"") != nil
      && marks.count { beginning.firstRange(of: $0) != nil } >= 2
    return isConversation ? .certain : named(path)
  }

  /// What bears an export's name is taken for one when nobody else knows it: what is broken in it
  /// becomes a dead letter then, and is not passed over.
  private func named(_ path: String) -> Recognition {
    let name = FilePath.name(path)
    return name.hasPrefix("conversations") && name.hasSuffix(".json") ? .possible : .none
  }

  public func framing(of path: String) -> Framing { .elements }

  public func makeCompanionFinder(largestRecord: Int) -> (any CompanionFinder)? {
    ChatGPTFiles(largestRecord: largestRecord)
  }

  public func makeReducer(largestRecord: Int) -> any Reducer {
    PlatformReducer<ChatGPTReader>(
      platform: Self.platform, skipsRepeated: true, largestRecord: largestRecord)
  }
}
