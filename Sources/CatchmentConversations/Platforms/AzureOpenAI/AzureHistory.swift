internal import DuckDB

/// Which exchanges belong to one conversation.
///
/// Each request repeats all that was said before. An exchange continues another when its request
/// begins with the other's request and answer, message for message; so a conversation is a tree of
/// exchanges, and its messages are said once. Where an application names the conversation, that is
/// taken instead.
struct AzureHistory {
  /// An exchange by what was said before and in it.
  struct Entry {
    /// Names the exchange: its request, and what tells it from others that ask the same.
    var key: UUIDBytes
    /// After each message of the request, a name for all that was said until then.
    var path: [UUIDBytes]
    /// The same after each of the answers.
    var ends: [UUIDBytes]
    var response: String?
    var previous: String?
    /// The conversation that the application names.
    var stated: String?
    /// Microseconds since 1970; 0 when it is not known.
    var time: Int64
    /// The exchange that it continues, and which of its answers.
    var parent: (key: UUIDBytes, answer: Int)?
    /// How many messages of the request that one has said.
    var known = 0
    /// Its conversation's native id.
    var conversation = ""

    /// In what order exchanges are when their messages are not.
    static func < (a: Entry, b: Entry) -> Bool { (a.time, a.key) < (b.time, b.key) }
  }

  private(set) var entries: [UUIDBytes: Entry] = [:]
  private var ends: [UUIDBytes: [UUIDBytes]] = [:]
  private var responses: [String: UUIDBytes] = [:]

  /// Notes an exchange; of two copies the one with an answer stands.
  mutating func note(_ entry: Entry) {
    if let known = entries[entry.key], !known.ends.isEmpty || entry.ends.isEmpty { return }
    entries[entry.key] = entry
    for end in entry.ends { ends[end, default: []].append(entry.key) }
    if let response = entry.response { responses[response] = entry.key }
  }

  /// Finds what each exchange continues, once all are noted.
  mutating func resolve() {
    let order = entries.values.sorted {
      $0.path.count == $1.path.count ? $0 < $1 : $0.path.count < $1.path.count
    }
    for entry in order {
      guard let found = stated(entry) ?? longest(entry) else { continue }
      entries[entry.key]?.parent = (found.key, found.answer)
      entries[entry.key]?.known = found.known
    }
    for entry in order {
      let name = conversation(of: entry.key)
      entries[entry.key]?.conversation = name
    }
  }

  private typealias Continued = (key: UUIDBytes, answer: Int, known: Int)

  private func stated(_ entry: Entry) -> Continued? {
    guard let previous = entry.previous, let parent = responses[previous], parent != entry.key
    else {
      return nil
    }
    return (parent, 0, 0)
  }

  /// The exchange with which the request begins and that says most of it; of several that say the
  /// same, the last one before this.
  ///
  /// It asked less than this one does, so that nothing comes to continue itself.
  private func longest(_ entry: Entry) -> Continued? {
    for (place, name) in entry.path.enumerated().reversed() {
      let candidates = (ends[name] ?? []).compactMap { entries[$0] }.filter {
        $0.stated == entry.stated && $0.path.count <= place
      }
      guard
        let best = candidates.filter({ $0.time <= entry.time }).max(by: <)
          ?? candidates.min(by: <)
      else { continue }
      return (best.key, best.ends.firstIndex(of: name) ?? 0, place + 1)
    }
    return nil
  }

  /// The name that the application gives, else that of the exchange it began with.
  private mutating func conversation(of key: UUIDBytes) -> String {
    var seen: Set<UUIDBytes> = [key]
    var root = key
    while let entry = entries[root] {
      if let stated = entry.stated { return stated }
      if !entry.conversation.isEmpty { return entry.conversation }
      guard let parent = entry.parent?.key else { break }
      // What is stated may come to a circle; it is cut where it closes.
      guard seen.insert(parent).inserted else {
        entries[root]?.parent = nil
        break
      }
      root = parent
    }
    return root.description
  }
}
