public import Catchment
internal import JSONTape

/// Cursor's conversations: the editor's databases, the transcripts that its agent writes, and the
/// chats of its command.
public struct CursorSource: Source {
  public let name = "cursor"
  public let tables = ConversationTables.all

  /// Conversations and their bubbles; other rows are caches, and some hold secrets.
  private static let conversations = DatabaseTable(
    "cursorDiskKV", where: "key LIKE 'composerData:%' OR key LIKE 'bubbleId:%'", order: ["rowid"])
  /// Which conversations were had in which folder.
  private static let lists = DatabaseTable(
    "ItemTable", where: "key IN ('composer.composerData', 'composer.composerHeaders')",
    order: ["rowid"])
  private static let facts = DatabaseTable("meta", order: ["rowid"])
  /// Messages, and of the roots, of which there is one for each step of a chat, the one in force.
  ///
  /// `meta` names it in hexadecimal digits of its hexadecimal digits.
  private static let blobs = DatabaseTable(
    "blobs",
    where: """
      substr(CAST(data AS BLOB), 1, 1) = x'7B' OR instr(
        (SELECT lower(group_concat(value)) FROM meta), lower(hex(CAST(id AS BLOB)))) > 0
      """, order: ["rowid"])

  public init() {}

  /// The editor's storage, `~/.cursor/projects` and `~/.cursor/chats`.
  public func defaultRoots(home: String, environment: [String: String]) -> [String] {
    let users =
      EditorFolders.user(of: "Cursor", home: home) + ["\(home)/.cursor-server/data/User"]
    return users.flatMap { ["\($0)/globalStorage/state.vscdb", "\($0)/workspaceStorage"] }
      + ["\(home)/.cursor/projects", "\(home)/.cursor/chats"]
  }

  public func mayHold(_ path: String) -> Bool {
    if path.hasSuffix(".jsonl") || path.hasSuffix(".txt") {
      return FilePath.isWithin("agent-transcripts", path)
    }
    return path.hasSuffix(".vscdb") || CursorStores.chat(of: path) != nil
      || EditorStorage.isNamed(by: path)
  }

  public func recognise(_ beginning: UnsafeRawBufferPointer, of path: String) -> Recognition {
    if beginning.starts(with: "SQLite format 3") { return recognise(database: beginning, path) }
    if EditorStorage.isNamed(by: path) {
      return EditorStorage.recognise(beginning, of: path, editor: "cursor")
    }
    return isTranscript(beginning, path) || isSidecar(beginning, path) ? .certain : .none
  }

  /// A folder's database has no conversations, in some versions not even the table of them.
  private func recognise(
    database beginning: UnsafeRawBufferPointer, _ path: String
  ) -> Recognition {
    func has(_ name: StaticString) -> Bool { beginning.firstRange(of: name) != nil }
    let isOfEditor = FilePath.inLowercase(path) { $0.firstRange(of: "cursor") != nil }
    if has("cursorDiskKV") || has("ItemTable") && isOfEditor && path.hasSuffix(".vscdb") {
      return .certain
    }
    return CursorStores.isStore(path) && has("blobs") && has("meta") ? .certain : .none
  }

  private func isTranscript(_ beginning: UnsafeRawBufferPointer, _ path: String) -> Bool {
    func has(_ text: StaticString) -> Bool { beginning.firstRange(of: text) != nil }
    if CursorProse.isOne(beginning) {
      return has("<user_query>") || FilePath.isWithin("agent-transcripts", path)
    }
    return beginning.starts(with: "{\"role\":") && has("\"message\":{")
  }

  private func isSidecar(_ beginning: UnsafeRawBufferPointer, _ path: String) -> Bool {
    CursorStores.isSidecar(path) && beginning.firstRange(of: "\"createdAtMs\"") != nil
  }

  public func framing(of path: String) -> Framing {
    if path.hasSuffix(".jsonl") { return .lines }
    if path.hasSuffix(".json") || CursorProse.mayBe(at: path) { return .document }
    return .database(
      CursorStores.isStore(path)
        ? [Self.facts, Self.blobs] : [Self.conversations, Self.lists])
  }

  /// The editor's databases tell of the same conversations.
  public func copyHint(_ beginning: UnsafeRawBufferPointer, of path: String) -> UInt64? {
    if let chat = CursorStores.chat(of: path) { return JSONText.fingerprint(of: "chat/\(chat)") }
    guard path.hasSuffix(".vscdb") || EditorStorage.isNamed(by: path) else { return nil }
    let folder = FilePath.folder(path)
    let isGlobal = FilePath.name(folder) == "globalStorage"
    let user = isGlobal ? FilePath.folder(folder) : FilePath.folder(FilePath.folder(folder))
    return JSONText.fingerprint(of: user)
  }

  public func makeReducer(largestRecord: Int) -> any Reducer {
    PlatformReducer<CursorReader>(
      platform: name, skipsRepeated: false, largestRecord: largestRecord)
  }
}
