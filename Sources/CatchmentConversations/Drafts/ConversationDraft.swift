internal import DuckDB

/// A conversation in the making.
struct ConversationDraft {
  /// What the platform calls it.
  let nativeID: String
  let id: UUIDBytes
  /// The session's name as the platform shows it, when it is not `nativeID`.
  var sessionID: String?
  /// The native id of the conversation that it came from: a fork's original, a sub-agent's parent.
  var parent: String?
  var isSidechain = false
  /// The version of the program that wrote it.
  var version: String?
  /// The model that most of it was answered by, or that the session names.
  var model: String?
  /// As the platform gives it.
  var title: String?
  /// The first line of the first prompt: the title when there is no other.
  var firstPrompt: String?
  var workspace: String?
  var branch: String?
  var commit: String?
  /// When it began and when it last changed, in microseconds since 1970.
  ///
  /// Where the platform does not say so, its messages' times are taken.
  var createdAt: Int64?
  var updatedAt: Int64?
  var importedAt: Int64 = 0
  /// The tokens of the whole conversation, for platforms that state them so; else its messages' are
  /// added up.
  var statedUsage: TokenUsage?
  /// In USD.
  var statedCost: Double?
  /// Members of `platform_metadata`.
  var metadata = MetadataDraft()
  /// Over the digests of its records, in the order they were read.
  var rawChecksum = ChecksumDraft()
}

/// A message in the making.
struct MessageDraftRow {
  enum Role {
    case user, assistant, system, tool
  }

  /// The message that this one answers.
  enum Parent {
    /// The one before it in the conversation.
    case previous
    case none
    /// By the key of its native id.
    case message(UInt64)
  }

  var id: UUIDBytes
  var conversation: Int
  var role: Role
  var kind: StaticString
  var parent = Parent.previous
  /// Microseconds since 1970.
  var started: Int64?
  var ended: Int64?
  var firstPiece = -1
  var lastPiece = -1
  var model: Slice?
  var usage = TokenUsage()
  /// In USD, as the platform states it.
  var cost: Double?
  var stopReason: Slice?
  var responseID: Slice?
  var requestID: Slice?
  var metadata = MetadataDraft()
  var isSidechain = false
  var isMeta = false
  var isCompactSummary = false
  var rawRecord: UUIDBytes
}

/// A part of a message's content: a JSON block put together from three runs of bytes.
struct BlockPiece {
  var before: StaticString
  var bytes: Slice
  var after: StaticString
  /// The next piece of the same message; -1 after the last.
  var next = -1
  /// Whether a comma goes before it when it is not the first.
  var beginsBlock: Bool
}

/// A tool call in the making, with its result once that was seen.
struct ToolCallDraftRow {
  var id: UUIDBytes
  var message: Int
  var nativeID: Slice
  var name: Slice
  /// JSON.
  var input: Slice?
  var started: Int64?
  var rawRecord: UUIDBytes
  var result: ToolResult?
  /// The native id of the sub-agent's conversation that it started.
  var child: String?
}

/// What came back from a tool call; only what is stated is set.
struct ToolResult {
  /// The message that holds it, when it is in one of its own.
  var message: Int?
  /// JSON.
  var output: Slice?
  var isError: Bool?
  var exitCode: Int32?
  /// In milliseconds, as the platform states it.
  var duration: Int64?
  var completed: Int64?
}

/// A summary in the making.
struct SummaryDraftRow {
  var id: UUIDBytes
  var conversation: Int
  var type: StaticString
  var text: Slice
  var timestamp: Int64?
  var rawRecord: UUIDBytes
  /// The messages that it stands for, by place.
  var covers: [Int] = []
}
