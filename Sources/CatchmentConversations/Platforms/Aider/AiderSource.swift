public import Catchment

/// Aider's chat history: a Markdown file in each repository, to which every run is appended.
///
/// A record is a line; blank ones are told by the numbers of those around them.
public struct AiderSource: Source {
  static let platform = "aider"
  private static let usualName = ".aider.chat.history.md"

  public let name = platform
  public let tables = ConversationTables.all

  public init() {}

  /// `$AIDER_CHAT_HISTORY_FILE` when that is set, and the history of the home directory; those of
  /// repositories are found where their folders are named.
  public func defaultRoots(home: String, environment: [String: String]) -> [String] {
    let named = environment["AIDER_CHAT_HISTORY_FILE"].map { [$0] } ?? []
    return named.filter { !$0.isEmpty } + ["\(home)/\(Self.usualName)"]
  }

  public func mayHold(_ path: String) -> Bool {
    let name = FilePath.name(path)
    return name.hasSuffix(".md") && name.contains("aider")
  }

  public func recognise(_ beginning: UnsafeRawBufferPointer, of path: String) -> Recognition {
    if beginning.firstRange(of: "# aider chat started at 2") != nil { return .certain }
    return FilePath.name(path).hasSuffix(Self.usualName) ? .possible : .none
  }

  public func makeReducer(largestRecord: Int) -> any Reducer {
    PlatformReducer<AiderReader>(
      platform: Self.platform, skipsRepeated: false, largestRecord: largestRecord)
  }
}
