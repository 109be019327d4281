/// Something that happened to a run and that others may want to know.
public struct RunEvent: Sendable {
  /// What happened.
  public enum Kind: String, OptionWord, Hashable {
    case start
    /// Everything was taken.
    case success
    /// It ran, and left dead letters or places that could not be read; of several pipelines, some ran
    /// and others did not.
    case partial
    /// It did not come to its end, or did not begin.
    case failure
    /// A gate, a contract or an expectation did not hold, counts do not add up, or something kept is
    /// damaged.
    case brokenPromise = "broken_promise"

    /// Those that are told of when nothing is said.
    public static let standard: [Kind] = [.partial, .failure, .brokenPromise]

    /// What a failure is.
    public init(_ error: CatchmentError) {
      self = error.breaksPromise ? .brokenPromise : .failure
    }
  }

  public var kind: Kind
  /// Of the pipeline, or of the file when it has several.
  public var name: String
  /// With the counts of what is committed; nil when none began.
  public var run: Run?
  /// Units that are as they were when they were loaded; nil when it is not known.
  public var unchanged: Int?
  /// Why it did not come to its end.
  public var error: CatchmentError?
  /// What it needs and what did not run, when that is why it did not begin.
  public var missing: [String] = []
  /// What became of each pipeline of a file with several.
  public var parts: [RunEvent] = []
  /// Microseconds since 1970, UTC; as `at`.
  ///
  /// With the name it tells which events belong together.
  public var began: Int64
  public var at: Int64
  /// From its beginning until now, on a clock that never goes back; nil at the start.
  public var seconds: Double?
  /// What this machine calls itself.
  public var host: String
  /// Whether nothing happened, and somebody wants to see that it arrives.
  public var isTest = false

  public init(_ kind: Kind, of name: String, began: Int64, at: Int64, on host: String) {
    self.kind = kind
    self.name = name
    self.began = began
    self.at = at
    self.host = host
  }
}
