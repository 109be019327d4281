/// What went wrong, where, why, and what to do about it.
///
/// Printed, it reads like a compiler's message:
///
/// ```
/// session.jsonl:14203:57: the line is not JSON: expected ':' after the key
///   try: nothing; the line is kept in the raw store and listed by `catchment deadletters list`
/// ```
public struct CatchmentError: Error, Sendable, Equatable {
  /// What kind of failure it is; decides the exit code.
  ///
  /// More may be added.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    private enum Kind: String, Sendable {
      case failed, usage, validation, configuration
      case sourceUnavailable = "source_unavailable"
      case destinationUnavailable = "destination_unavailable"
      case locked, damaged, interrupted, refused
    }
    private let kind: Kind
    /// The code in lowercase with underscores, such as `source_unavailable`.
    public var description: String { kind.rawValue }

    /// The work was tried and did not succeed.
    public static let failed = Code(kind: .failed)
    /// The command line or a call was wrong.
    public static let usage = Code(kind: .usage)
    /// The data does not keep its contract; nothing was published.
    public static let validation = Code(kind: .validation)
    /// A setting or a credential is missing or wrong.
    public static let configuration = Code(kind: .configuration)
    /// The place data comes from cannot be read.
    public static let sourceUnavailable = Code(kind: .sourceUnavailable)
    /// The place data goes to cannot be written, for instance because its disk is full.
    public static let destinationUnavailable = Code(kind: .destinationUnavailable)
    /// Another run or process holds what this one needs.
    public static let locked = Code(kind: .locked)
    /// The raw store, the state or the warehouse is not as it was left.
    public static let damaged = Code(kind: .damaged)
    /// The user or the system asked to stop.
    public static let interrupted = Code(kind: .interrupted)
    /// It could be done but would break a promise; the hint says how to insist.
    public static let refused = Code(kind: .refused)

    /// The process exit code that stands for this failure.
    public var exitCode: Int32 {
      switch kind {
      case .failed, .refused: 1
      case .usage: 2
      case .validation: 4
      case .configuration: 5
      case .sourceUnavailable: 6
      case .destinationUnavailable: 7
      case .locked: 8
      case .damaged: 9
      case .interrupted: 130
      }
    }

    /// The class of its failures, unless more is known of one; nil of what was stopped on purpose.
    public var errorClass: ErrorClass? {
      switch kind {
      case .usage, .configuration, .refused: .configuration
      case .sourceUnavailable, .destinationUnavailable, .locked: .transient
      case .validation: .data
      case .failed, .damaged: .bug
      case .interrupted: nil
      }
    }
  }

  /// A place in a file.
  ///
  /// Lines and columns count from 1, bytes from 0.
  public struct Location: Sendable, Equatable {
    /// Its path, such as `/home/me/.codex/sessions/rollout.jsonl`.
    public var file: String
    /// Nil when the whole file is meant.
    public var line: Int?
    /// Nil when the whole line is meant.
    public var column: Int?
    /// In the file, not in the line; nil when it is not known.
    public var byte: Int?

    public init(file: String, line: Int? = nil, column: Int? = nil, byte: Int? = nil) {
      self.file = file
      self.line = line
      self.column = column
      self.byte = byte
    }
  }

  /// What kind of failure it is: what programs branch on.
  public var code: Code
  /// What went wrong, as a clause without a full stop, for people.
  public var message: String
  /// Where it went wrong, when that is a place in a file.
  public var location: Location?
  /// What a person can do about it, as an instruction.
  public var hint: String?
  /// The failure beneath this one, in its own words.
  public var cause: String?
  /// Whether it may pass by itself, so that trying again soon makes sense.
  public var isTransient = false
  /// Whether records are not accounted for: a fault of the program, not of what it was given.
  public var isUnaccounted = false
  /// Whether a server has had enough for now, which is then its class.
  public var isQuota = false
  /// In so many seconds at the earliest it should be tried again, when a server says so.
  public var retryAfter: Double?

  /// What kind of answer it wants; nil when it was stopped on purpose.
  public var errorClass: ErrorClass? {
    isQuota ? .quota : isTransient ? .transient : code.errorClass
  }

  /// A failure; the message is a clause, the hint an instruction, and neither ends with a full
  /// stop.
  public init(
    _ code: Code, _ message: String, at location: Location? = nil, hint: String? = nil,
    cause: String? = nil
  ) {
    self.code = code
    self.message = message
    self.location = location
    self.hint = hint
    self.cause = cause
  }
}

extension CatchmentError: CustomStringConvertible {
  /// The place and the message, then a line each for the cause and the hint when there are any.
  public var description: String {
    var text = location.map { "\($0): \(message)" } ?? message
    if let cause { text += "\n  because: \(cause)" }
    if let hint { text += "\n  try: \(hint)" }
    return text
  }
}

extension CatchmentError.Location: CustomStringConvertible {
  /// As compilers write it: `sample.csv:3:14 (byte 120)`, as far as it is known.
  public var description: String {
    var text = file
    if let line { text += ":\(line)" }
    if let column { text += ":\(column)" }
    if let byte { text += " (byte \(byte))" }
    return text
  }
}

extension CatchmentError {
  /// What was read does not equal what became of it.
  public static func unaccounted(_ message: String, hint: String) -> CatchmentError {
    var error = CatchmentError(.failed, message, hint: hint)
    error.isUnaccounted = true
    return error
  }

  /// Whether it says that something promised does not hold: a contract of the data, that every record
  /// is accounted for, or that what is kept stays as it was.
  public var breaksPromise: Bool { isUnaccounted || code == .validation || code == .damaged }

  /// The task was cancelled.
  public static let interrupted = CatchmentError(.interrupted, "interrupted")
}

/// Notices now and then, in a loop over many bytes, that the task has been cancelled.
public struct CancellationCheck {
  private static let interval = 4 << 20
  private var left = interval

  /// Looks for the first time after 4 MiB.
  public init() {}

  /// Tells that the loop went on by so many bytes; throws `interrupted` when it should end.
  @inline(__always)
  public mutating func advance(by bytes: Int) throws(CatchmentError) {
    left -= bytes
    if left < 0 { try look() }
  }

  private mutating func look() throws(CatchmentError) {
    left = Self.interval
    if Task.isCancelled { throw .interrupted }
  }
}
