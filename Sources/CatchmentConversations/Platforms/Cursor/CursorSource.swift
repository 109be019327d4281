public import Catchment

/// Cursor's conversations: the editor's database, and the transcripts that its agent writes.
public struct CursorSource: Source {
  public let name = "cursor"
  public let tables = ConversationTables.all

  /// Conversations and their bubbles; other rows are caches, and some hold secrets.
  private static let rows = DatabaseTable(
    "cursorDiskKV", where: "key LIKE 'composerData:%' OR key LIKE 'bubbleId:%'", order: ["rowid"])

  public init() {}

  /// The editor's `globalStorage/state.vscdb`, and `~/.cursor/projects`.
  public func defaultRoots(home: String, environment: [String: String]) -> [String] {
    EditorFolders.user(of: "Cursor", home: home).map { "\($0)/globalStorage/state.vscdb" }
      + ["\(home)/.cursor-server/data/User/globalStorage/state.vscdb", "\(home)/.cursor/projects"]
  }

  public func mayHold(_ path: String) -> Bool {
    path.hasSuffix(".vscdb")
      || (path.hasSuffix(".jsonl") && FilePath.isWithin("agent-transcripts", path))
  }

  public func recognise(_ beginning: UnsafeRawBufferPointer, of path: String) -> Recognition {
    if beginning.starts(with: "SQLite format 3") {
      return beginning.firstRange(of: "cursorDiskKV") == nil ? .none : .certain
    }
    let isTranscript =
      beginning.starts(with: "{\"role\":") && beginning.firstRange(of: "\"message\":{") != nil
    return isTranscript ? .certain : .none
  }

  public func framing(of path: String) -> Framing {
    path.hasSuffix(".jsonl") ? .lines : .database([Self.rows])
  }

  public func makeReducer(largestRecord: Int) -> any Reducer {
    PlatformReducer<CursorReader>(
      platform: name, skipsRepeated: false, largestRecord: largestRecord)
  }
}
