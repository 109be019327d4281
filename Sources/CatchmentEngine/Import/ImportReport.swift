public import Catchment

/// What an import did, in counts of committed rows.
public struct ImportReport: Sendable {
  /// How the import ended: `done` or `partial`, for one that fails throws.
  public typealias Status = Run.Status

  /// What a platform has in the tables now.
  public struct Platform: Sendable, Equatable {
    /// Sub-agents and forks count as conversations of their own.
    public var conversations = 0
    /// The sum of `total_messages` of its conversations.
    public var messages = 0
    /// The sum of `total_tool_calls` of its conversations.
    public var toolCalls = 0
    /// Tokens of input, without those of the cache; nil when no conversation states them.
    public var inputTokens: Int64?
    /// Tokens that models wrote; nil when no conversation states them.
    public var outputTokens: Int64?
    /// Tokens of input that a cache served; nil when no conversation states them.
    public var cacheReadTokens: Int64?
    /// Tokens of input that were put into a cache; nil when no conversation states them.
    public var cacheWriteTokens: Int64?
    /// In US dollars; nil when no conversation states a cost.
    public var cost: Double?

    /// A platform that has nothing in the tables.
    public init() {}
  }

  /// A line that could not be taken.
  public struct DeadLetter: Sendable, Equatable {
    /// The file, and the line, column and byte where it is known.
    public var place: CatchmentError.Location
    /// A stable name of what is wrong, such as `json_truncated`.
    public var code: String
    /// What is wrong, in words for people.
    public var message: String
  }

  /// A remark on some records that were taken, with the first of them.
  public struct Issue: Sendable {
    /// A stable name of the remark, such as `unknown_type`.
    public var code: String
    /// How many records of this run have it.
    public var count: Int
    /// The remark on the first of them; on others it may read otherwise.
    public var message: String
    /// The first of them, by path and line.
    public var place: CatchmentError.Location
  }

  /// The run's id, also when nothing was new and no run is listed.
  public var runID: String
  /// `partial` when there are dead letters or problems, else `done`.
  public var status: Status
  /// Units found at the source, those that are skipped among them; when rebuilding, those in the
  /// raw store.
  public var unitsPlanned = 0
  /// Units that are as they were when they were committed, and were not opened.
  public var unitsSkipped = 0
  /// Units whose rows or markers this run committed.
  public var unitsCommitted = 0
  /// Files with a fitting name that are in no known format.
  public var unrecognised = 0
  /// Units that were imported before and are no longer at the source; their rows stay.
  public var unitsVanished = 0
  /// Files whose last line is half written; it is read when it is whole.
  public var unfinished = 0
  /// What became of the records of this run, counted from what is committed.
  public var records = RecordCounts()
  /// Bytes of the units that were read; of one that grew, those that are new.
  public var bytesRead: Int64 = 0
  /// From the beginning to the closed warehouse, on a clock that never goes back.
  public var seconds = 0.0
  /// What the run did in how much time, how well, and with what.
  public var metrics = RunMetrics()
  /// What is in the tables now, by the names that users type: `claude_code`.
  public var platforms: [String: Platform] = [:]
  /// The most frequent first.
  public var issues: [Issue] = []
  /// What was found out of order at the start, and put right.
  public var notes: [String] = []
  /// The first of the lines that could not be taken, at most `deadLetterLimit`; `records` has their
  /// whole number.
  public var deadLetters: [DeadLetter] = []
  /// How many dead letters a report names.
  public static let deadLetterLimit = 20
  /// Conversations that hold the same talk as others.
  public var duplicates = DuplicateSummary()
  /// What was done in the warehouse that follows the home; nil when there is none.
  public var publication: PublicationReport?
  /// Places that could not be read; the rest is unharmed.
  public var problems: [CatchmentError] = []
}
