public import DuckDB

/// What became of a raw record, for the ledger.
public struct LedgerEntry: Sendable {
  /// Exactly one for each record, for conservation is counted from these.
  public var outcome: RecordOutcome
  /// The same for the same record wherever it is found; 0 when it has no identity of its own.
  public var identity: UInt64 = 0
  /// The row that the record made or changed.
  public var row: UUIDBytes?
  /// The conversation, or what else is derived as one, that it belongs to.
  public var scope: UUIDBytes?
  /// What was wrong or remarkable about it.
  public var issue: Issue?

  /// An entry that says no more than what became of the record.
  public init(outcome: RecordOutcome) { self.outcome = outcome }

  /// A remark on one record: a stable code, and words with the place.
  public struct Issue: Sendable, Hashable {
    /// A stable name for the kind of remark, such as `unknown_type`.
    public var code: String
    /// The remark in words for people; records with the same code may have different ones.
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
  /// What each record shares with others: one of the identities that `reduce` gives its unit, or nil
  /// for a record that names nothing.
  ///
  /// A reducer that gives ties promises that records which have neither the tie nor the bytes in
  /// common say nothing of each other. The engine then derives a large unit in slices, each record
  /// together with those that it is tied to, and never holds all of it. Nil when records can only be
  /// understood together.
  func ties(of content: UnitContent) -> ContiguousArray<UInt64?>?
}

extension Reducer {
  /// None: a unit is derived as a whole.
  public func ties(of content: UnitContent) -> ContiguousArray<UInt64?>? { nil }
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
  /// The files that the units' records hold, each as often as it is held. They are kept before the rows
  /// that speak of them are committed.
  var artifacts: ContiguousArray<Artifact> { get }
  /// Gives up scopes that another source has: their records repeat what is there, and they write no
  /// rows. Asked of copies alone; see `Source.isCopy`.
  func yield(_ taken: Set<UUIDBytes>)
  /// Writes the rows, each table's with the table's own writer.
  func write(to tables: TableWriters) throws(DuckDBError)
}

extension Reduction {
  /// None, for what holds no files.
  public var artifacts: ContiguousArray<Artifact> { [] }

  /// Nothing, for what is no copy.
  public func yield(_ taken: Set<UUIDBytes>) {}

  /// Everything that a unit could share with another, by the unit's place.
  public func allIdentities(of place: Int) -> ContiguousArray<UInt64> {
    var all = identities[place]
    for entry in ledger[place] where entry.identity != 0 { all.append(entry.identity) }
    return all
  }
}
