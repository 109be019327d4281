public import Catchment

/// The export of one's data from claude.ai.
///
/// A record is a conversation: an element of `conversations.json`, or a conversation on its own.
public struct ClaudeAISource: Source {
  static let platform = "claude_ai"

  public let name = platform
  public let tables = ConversationTables.all

  private let files = ExportFile(
    others: ["users.json", "projects.json", "memories.json"],
    marks: ["users.json", "projects.json", "memories.json"], prefix: "data-")

  public init() {}

  /// Nowhere: an export lies where its owner put it.
  public func defaultRoots(home: String, environment: [String: String]) -> [String] { [] }

  public func mayHold(_ path: String) -> Bool { files.mayHold(path) }

  public func recognise(_ beginning: UnsafeRawBufferPointer, of path: String) -> Recognition {
    if let recognition = files.recogniseZIP(beginning, of: path) { return recognition }
    return beginning.firstRange(of: "\"chat_messages\"") == nil ? .none : .certain
  }

  public func framing(of path: String) -> Framing { .elements }

  public func makeReducer(largestRecord: Int) -> any Reducer {
    PlatformReducer<ClaudeAIReader>(
      platform: Self.platform, skipsRepeated: true, largestRecord: largestRecord)
  }
}
