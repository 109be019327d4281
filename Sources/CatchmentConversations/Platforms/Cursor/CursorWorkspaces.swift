internal import Catchment
internal import JSONTape

/// Which folder the editor's conversations belong to.
///
/// The database of each storage lists the conversations that were had there; since version 3 the
/// global one lists them all, each with its folder.
struct CursorWorkspaces {
  private struct List {
    var place: RecordPlace
    var storage: EditorStorage?
  }

  private let drafts: ConversationDrafts
  private let records: NotedRecords
  private var lists: [List] = []
  private var folders: [String: (path: String, place: RecordPlace)] = [:]

  init(_ drafts: ConversationDrafts) {
    self.drafts = drafts
    records = NotedRecords(drafts)
  }

  mutating func noteFolder(_ record: JSONValue, _ path: String) {
    guard let storage = EditorStorage(path: path), let folder = EditorStorage.folder(record) else {
      return drafts.noteUnknown("a workspace of this shape")
    }
    folders[storage.name] = (folder, drafts.place)
  }

  mutating func noteList(_ row: JSONValue, _ path: String) {
    guard let composers = row["value"]?["allComposers"] else {
      return drafts.noteUnknown("a row \"\(row["key"]?.words ?? "")\" of this shape")
    }
    lists.append(List(place: drafts.place, storage: EditorStorage(path: path)))
    composers.forEachElement { composer in
      if let id = composer["composerId"]?.words { drafts.noteRelative(id) }
      if let storage = Self.storage(of: composer) {
        drafts.noteIdentity(EditorStorage.tie(storage))
      }
    }
  }

  /// The folder that a conversation states itself.
  static func folder(of composer: JSONValue) -> String? {
    let workspace = composer["workspaceIdentifier"]
    return EditorStorage.place(workspace?["uri"]) ?? EditorStorage.place(workspace?["configPath"])
  }

  private static func storage(of composer: JSONValue) -> String? {
    composer["workspaceIdentifier"]?["id"]?.words
  }

  /// What is stated goes before what follows from where a list lies, later lists before earlier ones.
  func tell() {
    tell { composer, _ in Self.folder(of: composer).map { ($0, nil) } }
    tell { composer, storage in
      guard let name = Self.storage(of: composer) ?? storage?.name else { return nil }
      return folders[name].map { ($0.path, $0.place) }
    }
  }

  private typealias Found = (path: String, place: RecordPlace?)

  private func tell(_ find: (JSONValue, EditorStorage?) -> Found?) {
    for list in lists.reversed() {
      var used: Set<RecordPlace> = []
      records.tell(list.place) { row in
        for composer in row["value"]?["allComposers"]?.elements.map(\.self) ?? [] {
          guard let id = composer["composerId"]?.words, let found = find(composer, list.storage),
            set(found.path, of: id)
          else { continue }
          if let place = found.place { used.insert(place) }
        }
      }
      for place in used { records.mark(place, .updated) }
    }
  }

  /// - Returns: whether the folder is news.
  private func set(_ folder: String, of id: String) -> Bool {
    guard let place = drafts.known(conversation: id), !drafts.order[place].isEmpty,
      drafts.conversations[place].workspace == nil
    else { return false }
    drafts.conversations[place].workspace = folder
    drafts.noteUpdate(ofConversation: place)
    return true
  }
}
