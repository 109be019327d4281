internal import DuckDB

/// Bytes that live as long as the reduction: in a unit's region or in the arena.
typealias Slice = UnsafeRawBufferPointer

/// A conversation in the making.
struct ClaudeSessionDraft {
  /// What the platform calls it; for a sub-agent its parent's name and its own.
  var nativeID: String
  var id: UUIDBytes
  /// The session id as the platform writes it, without the agent's part.
  var sessionID: String?
  var parentSession: String?
  var agentID: String?
  var isBackground = false
  var hasSidechain = false
  var version: Slice?
  var model: Slice?
  var cwd: Slice?
  var branch: Slice?
  var started: Int64?
  var ended: Int64?
  var aiTitle: Slice?
  /// The beginning of the first real prompt.
  var firstPrompt: Slice?
  /// Over the digests of its records, and over its messages' roles, times and contents.
  var rawChecksum = ChecksumDraft()
  var contentHash = ChecksumDraft()
  var importedAt: Int64 = 0
  /// Its last `cost-state` line: the session's total as the platform states it.
  var costState: Slice?
  var statedCost: Double?
  /// The sum of the costs that lines state, in versions up to 1.0.
  var lineCost: Double?
  var usage = TokenUsage()
  var messages = 0
  var responses = 0
  var toolCalls = 0
  /// Where among the drafts the last compaction was.
  var lastCompaction = 0
  /// The conversation whose beginning this one repeats.
  var forkedFrom: Int32?
}

/// A message in the making: one user, system or attachment record, or one API response with all
/// the lines it was streamed over.
struct ClaudeMessageDraft {
  enum Role: UInt8 {
    case user, assistant, system
  }

  var id: UUIDBytes
  var session: Int32
  var unit: Int32
  var role: Role
  var kind: StaticString
  var parent: UInt64
  var started: Int64?
  var ended: Int64?
  var firstPiece: Int32 = -1
  var lastPiece: Int32 = -1
  var model: Slice?
  var usage = TokenUsage()
  var cost: Double?
  var userType: Slice?
  var stopReason: Slice?
  var responseID: Slice?
  var requestID: Slice?
  var metadata: Slice?
  var isSidechain = false
  var isMeta = false
  var isCompactSummary = false
  var rawRecord: UUIDBytes
  /// Its first record's place in the unit's ledger.
  var ledgerPlace: Int32
  /// Its place in the conversation.
  var sequence: Int32 = 0
  /// Whether what follows under the same response id must be another response.
  var isClosed = false
  var lastBlock: Int64?
}

/// A content block, or what stands for one, in a message's list of them.
struct ClaudePiece {
  enum Kind {
    /// `first` is a whole block as it was written.
    case block
    /// `first` is JSON that is no block.
    case value
    /// `first` is a JSON string: the text of a text block.
    case text
    /// `first` and `second` are the JSON strings of a call's id and name; its input is in
    /// `tool_calls`.
    case toolUse
    /// `first` is the JSON string of a call's id, `second` the block; the output is in
    /// `tool_calls` when the call is known.
    case toolResult(call: UInt64)
    /// `first` is an attachment, `second` what the model was shown of it, or empty.
    case attachment
  }

  var kind: Kind
  var first: Slice
  var second: Slice
  var next: Int32 = -1
}

/// A tool call in the making, with its result once that was seen.
struct ClaudeCallDraft {
  var id: UUIDBytes
  var message: Int32
  var nativeID: Slice
  var name: Slice
  var input: Slice?
  var started: Int64?
  var rawRecord: UUIDBytes
  var result: ToolResult?
  /// The sub-agent it started, as its result or else its parent's progress lines name it.
  var agentID: String?
}

/// What came back from a tool call, and the sub-agent that the call started, if it names one.
struct ClaudeResult {
  var facts: ToolResult
  var agentID: String?
}

/// A summary in the making: of a session for its title, or of what a compaction removed.
struct ClaudeSummaryDraft {
  var id: UUIDBytes
  var session: Int32
  var type: StaticString
  var text: Slice
  var timestamp: Int64?
  var leaf: UInt64
  var rawRecord: UUIDBytes
  /// For a compaction, where among the drafts the messages lie that it covers.
  var covers: Range<Int>?
}
