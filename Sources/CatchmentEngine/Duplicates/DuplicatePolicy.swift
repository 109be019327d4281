public import Catchment

/// What is done with a conversation that holds the same talk as another, by how sure that is.
///
/// ```swift
/// let policy = try DuplicatePolicy("similar=merge")   // the other levels as they are by default
/// ```
public struct DuplicatePolicy: Sendable, Hashable {
  /// How two conversations were found to be the same, the surest first.
  public enum Level: String, Sendable, Hashable, CaseIterable {
    /// The bytes of their records are the same.
    case raw
    /// Roles and contents of their messages are the same, in order.
    case content
    /// Nearly all of their words are the same.
    case similar
  }

  /// What becomes of the one that is not kept.
  ///
  /// Its rows stay in every case: `skip` and `merge` leave it out of what is counted.
  public enum Action: String, Sendable, Hashable, CaseIterable {
    /// It is left out.
    case skip
    /// It is left out, and its tags, metadata and places count as those of the one that is kept.
    case merge
    /// It stays, as a version of the one that is kept.
    case version
    /// It stays, and the run that finds it is done only in part.
    case error

    /// Whether views and totals leave the conversation out.
    public var setsAside: Bool { self == .skip || self == .merge }
  }

  /// For the same bytes.
  public var raw = Action.skip
  /// For the same content.
  public var content = Action.merge
  /// For nearly the same words.
  public var similar = Action.version

  /// Skip, merge, version.
  public init() {}

  /// Reads `raw=skip,content=merge,similar=version`: a level that is not named keeps its default.
  ///
  /// Throws `usage` and names what there is.
  public init(_ text: String) throws(CatchmentError) {
    for part in text.split(separator: ",") where part != "default" {
      let pair = part.split(separator: "=", omittingEmptySubsequences: false)
      guard pair.count == 2, let level = Level(rawValue: String(pair[0])),
        let action = Action(rawValue: String(pair[1]))
      else { throw .notAPolicy(String(part)) }
      self[level] = action
    }
  }

  /// The action of a level.
  public subscript(level: Level) -> Action {
    get {
      switch level {
      case .raw: raw
      case .content: content
      case .similar: similar
      }
    }
    set {
      switch level {
      case .raw: raw = newValue
      case .content: content = newValue
      case .similar: similar = newValue
      }
    }
  }
}

extension DuplicatePolicy: CustomStringConvertible {
  /// As it is read: `raw=skip,content=merge,similar=version`.
  public var description: String {
    Level.allCases.map { "\($0.rawValue)=\(self[$0].rawValue)" }.joined(separator: ",")
  }
}

extension CatchmentError {
  fileprivate static func notAPolicy(_ part: String) -> CatchmentError {
    func names(_ values: [String]) -> String { values.joined(separator: ", ") }
    return CatchmentError(
      .usage, "\"\(part)\" does not say what to do with duplicates",
      hint: "give LEVEL=ACTION, separated by commas; levels are "
        + "\(names(DuplicatePolicy.Level.allCases.map(\.rawValue))), actions are "
        + "\(names(DuplicatePolicy.Action.allCases.map(\.rawValue)))")
  }
}
