internal import Catchment
internal import JSONTape

/// Chats of Cursor's command: a folder each, with a database of messages and, in later versions,
/// `meta.json`.
///
/// A message is a blob that is named by its hash. Which of them make the chat, and in which order,
/// says a blob that `meta` names: the root.
struct CursorStores {
  private struct Store {
    /// As its `meta` names it, else as its folder is called.
    var id: String
    var facts: RecordPlace?
    var sidecar: RecordPlace?
    /// In the order in which they were written.
    var blobs: [(id: String, place: RecordPlace)] = []
  }

  private let drafts: ConversationDrafts
  private let records: NotedRecords
  /// By their folders' names.
  private var stores: [String: Store] = [:]
  private var superseded: [RecordPlace] = []

  init(_ drafts: ConversationDrafts) {
    self.drafts = drafts
    records = NotedRecords(drafts)
  }

  // MARK: Places

  /// The folder of the chat that a file is of; nil for a file that is of none.
  static func chat(of path: String) -> String? {
    isStore(path) || isSidecar(path) ? FilePath.name(FilePath.folder(path)) : nil
  }

  static func isStore(_ path: String) -> Bool { FilePath.name(path) == "store.db" }

  static func isSidecar(_ path: String) -> Bool {
    FilePath.name(path) == "meta.json" && FilePath.isWithin("chats", path)
  }

  // MARK: Noting

  mutating func noteFacts(_ row: JSONValue, _ path: String) {
    guard row["key"]?.text == "0", let facts = CursorChat.facts(row["value"], drafts) else {
      return drafts.noteUnknown("a row of this shape")
    }
    guard let chat = Self.chat(of: path) else { return drafts.noteUnknown("a row of this table") }
    var store = stores[chat] ?? Store(id: chat)
    store.id = facts["agentId"]?.words ?? store.id
    supersede(&store.facts)
    stores[chat] = store
    _ = drafts.conversation(store.id)
  }

  mutating func noteBlob(_ row: JSONValue, _ path: String) {
    guard let chat = Self.chat(of: path), let id = row["id"]?.words else {
      return drafts.noteUnknown("a row of this table")
    }
    stores[chat, default: Store(id: chat)].blobs.append((id, drafts.place))
    _ = drafts.conversation(stores[chat]?.id ?? chat)
  }

  mutating func noteSidecar(_ path: String) {
    guard let chat = Self.chat(of: path) else { return }
    var store = stores[chat] ?? Store(id: chat)
    supersede(&store.sidecar)
    stores[chat] = store
  }

  private mutating func supersede(_ known: inout RecordPlace?) {
    if let known { superseded.append(known) }
    known = drafts.place
  }

  // MARK: Telling

  func tell() {
    for place in superseded { records.mark(place, .duplicate) }
    for name in stores.keys.sorted() {
      if let store = stores[name] { tell(store) }
    }
  }

  private func tell(_ store: Store) {
    guard let conversation = drafts.known(conversation: store.id) else { return }
    let chat = CursorChat(drafts, conversation)
    if drafts.order[conversation].isEmpty {
      tell(store, chat)
    } else {
      for place in store.blobs.map(\.place) + [store.facts].compactMap(\.self) {
        records.mark(place, .duplicate)
      }
    }
    guard let place = store.sidecar, !drafts.order[conversation].isEmpty else { return }
    records.tell(place) { chat.describe(sidecar: $0) }
  }

  private func tell(_ store: Store, _ chat: CursorChat) {
    let places = Dictionary(store.blobs) { first, _ in first }
    var root = CursorRoot()
    if let facts = store.facts {
      var name: String?
      records.tell(facts) { name = chat.describe(facts: $0) }
      if let place = name.flatMap({ places[$0] }) {
        records.tell(place) { root = chat.describe(root: $0) }
      }
    }
    let named = Set(root.messages)
    var counts: [String: Int] = [:]
    for (id, place) in store.blobs where !named.contains(id) {
      counts[id, default: 0] += 1
      guard counts[id] == 1 else { continue }
      records.tell(place) { chat.tell($0["data"], name: id, isRemoved: !named.isEmpty) }
    }
    for id in root.messages {
      guard let place = places[id] else { continue }
      // The same words said twice are one blob.
      let count = counts[id, default: 0] + 1
      counts[id] = count
      let name = count == 1 ? id : "\(id)#\(count)"
      records.tell(place) { chat.tell($0["data"], name: name, isRemoved: false) }
    }
  }
}
