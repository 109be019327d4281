/// A platform or another place that records come from: how its files are told apart, how they are
/// cut into records, and the reducer that understands them.
public protocol Source: Sendable {
  /// The name users type: `claude_code`.
  var name: String { get }
  /// The tables its rows go to.
  var tables: [TableSchema] { get }
  /// The views over these tables, each after those that it names.
  var views: [View] { get }
  /// Where to look when the user names no place.
  func defaultRoots(home: String, environment: [String: String]) -> [String]
  /// Whether a file at this path may hold its records, by the path alone.
  ///
  /// It is asked of every file under the places looked at, so it opens nothing.
  func mayHold(_ path: String) -> Bool
  /// How surely a file is its own, by the beginning of its contents (16 KiB at most).
  func recognise(_ beginning: UnsafeRawBufferPointer, of path: String) -> Recognition
  /// How a file is cut into records.
  func framing(of path: String) -> Framing
  /// Whether its records are copies of finished rows, such as an export of Catchment's own.
  ///
  /// They come out as they went in, nothing is linked to them afterwards, and what another source has
  /// of the same scope goes before them.
  var isCopy: Bool { get }
  /// A guess, from a unit's beginning and path, at what it shares with others, such as its copies or
  /// the other files of a conversation: units with the same answer are derived together at once,
  /// which saves deriving them again when it shows that they share records. Nil when nothing can be
  /// told. A wrong guess costs time, not truth.
  func copyHint(_ beginning: UnsafeRawBufferPointer, of path: String) -> UInt64?
  /// What finds the files that records point at and that lie beside them; nil where records have none.
  ///
  /// - Parameter largestRecord: a longer record is not looked into.
  func makeCompanionFinder(largestRecord: Int) -> (any CompanionFinder)?
  /// A record of more than `largestRecord` bytes becomes a dead letter: there is no room for it.
  func makeReducer(largestRecord: Int) -> any Reducer
}

extension Source {
  /// None, for sources that do not say otherwise.
  public var views: [View] { [] }

  /// Lines, for sources that do not say otherwise.
  public func framing(of path: String) -> Framing { .lines }
  /// Original, for sources that do not say otherwise.
  public var isCopy: Bool { false }
  /// None, for sources that do not say otherwise.
  public func makeCompanionFinder(largestRecord: Int) -> (any CompanionFinder)? { nil }
  /// No guess: units are then derived one by one, and again when they prove to share records.
  public func copyHint(_ beginning: UnsafeRawBufferPointer, of path: String) -> UInt64? { nil }
}

/// How surely a file belongs to a source.
public enum Recognition: Int, Sendable, Comparable {
  case none
  /// It could be: nothing speaks against it, and it is taken if no other source is surer.
  case possible
  /// Only this source writes such a beginning.
  case certain

  /// By certainty: `none`, `possible`, `certain`.
  public static func < (a: Recognition, b: Recognition) -> Bool { a.rawValue < b.rawValue }
}

/// How a file is cut into records.
public enum Framing: Sendable, Hashable {
  /// Each line that is not blank is a record; a file that only grows is read on from where it ended.
  case lines
  /// The whole file is one record.
  case document
  /// Each element of the JSON array that the file is; a file that is no array is one record.
  case elements
  /// Each row of some tables of an SQLite database, as a JSON object.
  case database([DatabaseTable])
}
