/// A source whose units are tables: a file of rows, for instance.
///
/// The engine keeps a unit's bytes in the raw store first and then has them read from there, so a
/// source never sees a file that changes while it is read, and what it reads is there to be read
/// again.
public protocol TableSource: Sendable {
  /// The name users type: `csv`.
  var name: String { get }
  /// What people call a unit of it: `file`.
  var unitNoun: String { get }
  /// What it cannot read while another pipeline loads into it; nil when that does no harm.
  var place: String? { get }
  /// How its files may be packed; nil when they are read as they are.
  var packing: Packing? { get }

  /// Whether it reads by `Workbench.extract`, so that rows can go on while they are read.
  var passesRows: Bool { get }

  /// Whether the columns are found out from each file, so that one without bytes has none.
  var findsColumns: Bool { get }

  /// Finds the units. Opens no file.
  ///
  /// Throws `sourceUnavailable` when there is nothing at the place it was given.
  func discover() throws(CatchmentError) -> Discovery

  /// How it would read a unit whose bytes are at a path, in words; nil when there is nothing to find
  /// out.
  func dialect(
    of unit: Unit, at path: String, in bench: Workbench
  ) throws(CatchmentError) -> String?

  /// Reads what the raw store keeps of a unit.
  ///
  /// - Parameter path: the file in the raw store, or what it was unpacked to; its name says nothing of
  ///   the original's.
  func read(
    _ unit: Unit, keptAt path: String, in bench: Workbench
  ) throws(CatchmentError) -> Extracted
}

extension TableSource {
  public var unitNoun: String { "file" }
  public var passesRows: Bool { false }
  public var findsColumns: Bool { false }

  public var place: String? { nil }
  public var packing: Packing? { nil }

  public func dialect(
    of unit: Unit, at path: String, in bench: Workbench
  ) throws(CatchmentError) -> String? { nil }
}

/// A source whose units are no files, such as a table of a database.
///
/// The engine has a unit's rows written into a file first; that is kept, and read from there.
public protocol SnapshotSource: TableSource {
  /// Writes a unit's rows, as they are at one moment, into a file of its own.
  ///
  /// Rows before the bound need not be read; it is no fault when they are.
  ///
  /// Returns hexadecimal digits that are the same for the same rows, whatever their order, and for no
  /// others.
  func write(
    _ unit: Unit, since bound: CursorBound?, to path: String, in bench: Workbench
  ) throws(CatchmentError) -> String

  /// What the database is asked for a unit's rows; nil when that cannot be told.
  func query(
    for unit: Unit, since bound: CursorBound?, in bench: Workbench
  ) throws(CatchmentError) -> String?
}

extension SnapshotSource {
  public var unitNoun: String { "table" }

  /// Writes every row of a unit.
  public func write(
    _ unit: Unit, to path: String, in bench: Workbench
  ) throws(CatchmentError) -> String {
    try write(unit, since: nil, to: path, in: bench)
  }

  public func query(
    for unit: Unit, since bound: CursorBound?, in bench: Workbench
  ) throws(CatchmentError) -> String? { nil }
}

/// A unit's rows, and the records that could not be read as rows.
public struct Extracted: Sendable {
  /// All rows that could be read, in a relation of the workbench that was given.
  public var rows: Relation
  /// Those that could not, in the order of the file.
  public var deadLetters: [DeadLetter]

  public init(_ rows: Relation, deadLetters: [DeadLetter] = []) {
    self.rows = rows
    self.deadLetters = deadLetters
  }
}

/// A record that could not be taken, with where it came from.
public struct DeadLetter: Sendable, Hashable {
  /// Counts from 1; 0 where there are no lines.
  public var line: Int
  /// Where the record begins in the unit, from 0.
  public var byte: Int
  /// A stable code, such as `cast`.
  public var code: String
  /// What is wrong with it, in words for people.
  public var message: String
  /// The record as it was read.
  public var record: String
  /// The column that is to blame, when it is one alone and known, and its value.
  public var column: String?
  public var value: String?

  public init(
    line: Int, byte: Int, code: String, message: String, record: String, column: String? = nil,
    value: String? = nil
  ) {
    self.line = line
    self.byte = byte
    self.code = code
    self.message = message
    self.record = record
    self.column = column
    self.value = value
  }
}
