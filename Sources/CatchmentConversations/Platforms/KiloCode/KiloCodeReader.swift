internal import Catchment
internal import JSONTape

/// Understands Kilo Code's files, old and new: until March 2026 it kept tasks as Roo Code does, since
/// then a store as OpenCode's.
struct KiloCodeReader: PlatformReader {
  private let drafts: ConversationDrafts
  private var tasks: TaskReader
  private var store: OpenCodeReader

  init(_ drafts: ConversationDrafts) {
    self.drafts = drafts
    tasks = TaskReader(drafts)
    store = OpenCodeReader(drafts)
  }

  /// The tasks, then the store; each in its own order.
  func order(_ units: [UnitContent]) -> [Int] {
    let places = units.indices
    let ofStore = places.filter { isOfStore(units[$0].unit.path) }
    let ofTasks = places.filter { !isOfStore(units[$0].unit.path) }
    return tasks.order(ofTasks.map { units[$0] }).map { ofTasks[$0] }
      + store.order(ofStore.map { units[$0] }).map { ofStore[$0] }
  }

  mutating func take(_ record: JSONValue) {
    if let path = drafts.content?.unit.path, isOfStore(path) {
      store.take(record)
    } else if OpenCodeThing.things(in: record) != nil {
      store.take(record)
    } else {
      tasks.take(record)
    }
  }

  mutating func complete() {
    tasks.complete()
    store.complete()
  }

  private func isOfStore(_ path: String) -> Bool {
    OpenCodeStore.isDatabase(path) || path.contains("/storage/")
  }
}
