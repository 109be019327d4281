internal import Catchment

/// Unites what exports that were taken at different times say of the same conversations.
///
/// Of a conversation and of each of its messages the newest word stands; what a newer export no
/// longer has is kept.
struct ExportVersions {
  private let drafts: ConversationDrafts
  /// When each conversation had last changed in the newest export of it.
  private var conversations: [Int: Int64] = [:]
  /// The same for each message, by its place; its own time, then the one of the export.
  private var messages: ContiguousArray<Version> = []
  /// The conversations that were told more than once.
  private(set) var retold: Set<Int> = []

  /// How new a word is; microseconds since 1970, the least when nothing is said.
  private struct Version {
    var own: Int64
    var export: Int64

    static func < (a: Version, b: Version) -> Bool {
      (a.own, a.export) < (b.own, b.export)
    }
  }

  init(_ drafts: ConversationDrafts) { self.drafts = drafts }

  /// Begins what an export says of a conversation that had last changed at `time`; tells whether
  /// that is news.
  mutating func begin(_ conversation: Int, changed time: Int64?) -> Bool {
    let time = time ?? .min
    guard let known = conversations[conversation] else {
      conversations[conversation] = time
      return true
    }
    retold.insert(conversation)
    guard time > known else { return false }
    conversations[conversation] = time
    return true
  }

  /// The message to be filled, or nil when what is known of it is as new.
  ///
  /// - Parameters:
  ///   - time: when the message itself had last changed.
  ///   - exported: when its conversation had.
  mutating func message(
    _ nativeID: Slice, in conversation: Int, _ role: MessageDraft.Role, kind: StaticString,
    changed time: Int64?, exported: Int64?
  ) -> Int? {
    let version = Version(own: time ?? .min, export: exported ?? .min)
    if let known = drafts.place(ofMessage: nativeID, in: conversation) {
      guard messages[known] < version else { return nil }
      messages[known] = version
    } else {
      messages.append(version)
    }
    return drafts.message(nativeID, in: conversation, role, kind: kind)
  }

  /// Says what became of the record of a conversation that has been told.
  func settle(_ conversation: Int, wasNews: Bool) {
    guard drafts.entry.outcome == .filtered else { return }
    guard retold.contains(conversation) else { return }
    drafts.entry.outcome = wasNews ? .updated : .duplicate
  }
}
