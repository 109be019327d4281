internal import Catchment
internal import JSONTape

/// Understands what Cursor's editor, its agent and its command keep.
///
/// A conversation may be in several of their places: it is told by the editor's database if that has
/// it, else by the command's, else by a transcript. So all records are noted as they come, and told
/// when all have come.
struct CursorReader: PlatformReader {
  typealias Record = CursorRecord

  private let drafts: ConversationDrafts
  private var composers: CursorComposers
  private var stores: CursorStores
  private var transcripts: CursorTranscripts
  private var workspaces: CursorWorkspaces

  init(_ drafts: ConversationDrafts) {
    self.drafts = drafts
    composers = CursorComposers(drafts)
    stores = CursorStores(drafts)
    transcripts = CursorTranscripts(drafts)
    workspaces = CursorWorkspaces(drafts)
  }

  /// What lies beside the conversations belongs to them.
  mutating func begin() {
    guard let path = drafts.content?.unit.path else { return }
    if let storage = EditorStorage(path: path) { drafts.noteIdentity(storage.tie) }
    if let chat = CursorStores.chat(of: path) { drafts.noteIdentity("chat/\(chat)") }
  }

  mutating func take(_ record: CursorRecord) {
    guard let path = drafts.content?.unit.path else { return }
    switch record {
    case .json(let value): take(value, path)
    case .prose where CursorProse.mayBe(at: path): transcripts.note(prose: path)
    case .prose: drafts.refuse("json_unknown_value", "the record is not JSON")
    }
  }

  private mutating func take(_ record: JSONValue, _ path: String) {
    guard record.kind == .object else {
      return drafts.refuse("not_an_object", "a record is an object")
    }
    if record["table"] != nil { return takeRow(record, path) }
    if EditorStorage.isNamed(by: path) { return workspaces.noteFolder(record, path) }
    if CursorStores.isSidecar(path) { return stores.noteSidecar(path) }
    guard record["role"] != nil else { return drafts.noteUnknown("a record of this shape") }
    transcripts.note(line: path)
  }

  private mutating func takeRow(_ row: JSONValue, _ path: String) {
    switch row["table"]?.text {
    case "meta": stores.noteFacts(row, path)
    case "blobs": stores.noteBlob(row, path)
    case "ItemTable": workspaces.noteList(row, path)
    default:
      guard let key = row["key"]?.text else { return drafts.noteUnknown("a row without a key") }
      composers.noteRow(String(key))
    }
  }

  mutating func complete() {
    composers.tell()
    stores.tell()
    transcripts.tell()
    workspaces.tell()
  }
}
