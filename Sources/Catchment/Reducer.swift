public import DuckDB

/// What became of a raw record, for the ledger.
public struct LedgerEntry: Sendable {
  public var outcome: RecordOutcome
  /// The same for the same record wherever it is found; 0 when it has no identity of its own.
  public var identity: UInt64 = 0
  /// The row that the record made or changed.
  public var row: UUIDBytes?
  /// The conversation, or what else is derived as one, that it belongs to.
  public var scope: UUIDBytes?
  /// What was wrong or remarkable about it.
  public var issue: Issue?

  public init(outcome: RecordOutcome) { self.outcome = outcome }

  /// A remark on one record: a stable code, and words with the place.
  public struct Issue: Sendable, Hashable {
    public var code: String
    public var message: String
    /// Where in the record, in bytes from its start.
    public var column: Int?

    public init(_ code: String, _ message: String, column: Int? = nil) {
      self.code = code
      self.message = message
      self.column = column
    }
  }
}

/// Turns raw records into rows: a pure function of the records it is given.
///
/// A reducer is made once per worker and used again, so it may keep its buffers. It never touches
/// the source, the clock or the destination.
public protocol Reducer: AnyObject {
  /// Derives everything that `units` say.
  ///
  /// The result, and the memory behind it, is valid until the next call. Units that are given
  /// together are known to share records (one continues or copies the other); their order must not
  /// change the result.
  func reduce(_ units: [UnitContent]) throws(CatchmentError) -> any Reduction
}

/// The rows that some units come to, before they are written anywhere.
public protocol Reduction: AnyObject {
  /// One entry a record, for each unit in the order given.
  var ledger: [ContiguousArray<LedgerEntry>] { get }
  /// For each unit, what others share with it that belong together with it, beside the identities of
  /// its records: the conversations it has a part of, for instance.
  var identities: [ContiguousArray<UInt64>] { get }
  /// The conversations, or what else is derived as one, that the rows belong to.
  var scopes: [UUIDBytes] { get }
  /// Units whose last record is only half written yet, by their place in the order given. That
  /// record has no ledger entry and is read again when it is complete.
  var unfinished: Set<Int> { get }
  /// Writes the rows, each table's with the table's own writer.
  func write(to tables: TableWriters) throws(DuckDBError)
}

/// A source that finds units, and the reducer that understands them.
public protocol Source: Sendable {
  /// The name users type: `claude_code`.
  var name: String { get }
  /// The tables its rows go to.
  var tables: [TableSchema] { get }
  /// Where to look when the user names no place.
  func defaultRoots(home: String, environment: [String: String]) -> [String]
  /// Finds the units under some paths. Opens no file.
  func discover(_ roots: [String]) throws(CatchmentError) -> Discovery
  /// A guess, from the beginning of a unit, at what it shares with its copies: units with the same
  /// answer are derived together at once, which saves deriving them again when it shows that they
  /// share records. Nil when nothing can be told. A wrong guess costs time, not truth.
  func copyHint(_ beginning: UnsafeRawBufferPointer) -> UInt64?
  /// A record of more than `largestRecord` bytes becomes a dead letter: there is no room for it.
  func makeReducer(largestRecord: Int) -> any Reducer
}

/// What a source found.
public struct Discovery: Sendable {
  public var units: [Unit]
  /// Places that could not be looked into; the rest is unharmed.
  public var problems: [CatchmentError]

  public init(units: [Unit] = [], problems: [CatchmentError] = []) {
    self.units = units
    self.problems = problems
  }
}

extension Reduction {
  /// Everything that a unit could share with another, by the unit's place.
  public func allIdentities(of place: Int) -> ContiguousArray<UInt64> {
    var all = identities[place]
    for entry in ledger[place] where entry.identity != 0 { all.append(entry.identity) }
    return all
  }
}
