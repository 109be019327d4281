public import Catchment

/// What an import did, in counts of committed rows.
public struct ImportReport: Sendable {
  public typealias Status = Run.Status

  /// What a platform has in the tables now.
  public struct Platform: Sendable, Equatable {
    public var conversations = 0
    public var messages = 0
    public var toolCalls = 0
    public var inputTokens: Int64?
    public var outputTokens: Int64?
    public var cacheReadTokens: Int64?
    public var cacheWriteTokens: Int64?
    public var cost: Double?

    public init() {}
  }

  /// A line that could not be taken.
  public struct DeadLetter: Sendable, Equatable {
    public var place: CatchmentError.Location
    public var code: String
    public var message: String
  }

  /// A remark on some records that were taken, with the first of them.
  public struct Issue: Sendable {
    public var code: String
    public var count: Int
    public var message: String
    public var place: CatchmentError.Location
  }

  public var runID: String
  public var status: Status
  public var unitsPlanned = 0
  public var unitsSkipped = 0
  public var unitsCommitted = 0
  /// Files with a fitting name that are in no known format.
  public var unrecognised = 0
  public var unitsVanished = 0
  /// Files whose last line is half written; it is read when it is whole.
  public var unfinished = 0
  public var records = RecordCounts()
  public var bytesRead: Int64 = 0
  public var seconds = 0.0
  public var platforms: [String: Platform] = [:]
  public var issues: [Issue] = []
  /// What was found out of order at the start, and put right.
  public var notes: [String] = []
  /// The first of the lines that could not be taken, at most `deadLetterLimit`; `records` has their
  /// whole number.
  public var deadLetters: [DeadLetter] = []
  /// How many dead letters a report names.
  public static let deadLetterLimit = 20
  /// Places that could not be read; the rest is unharmed.
  public var problems: [CatchmentError] = []
}
