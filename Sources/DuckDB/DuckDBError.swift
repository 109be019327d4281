/// What went wrong inside DuckDB, in its own words, sorted so that code can branch on it.
///
/// ```swift
/// do { try connection.execute("SELEC 1") } catch {
///   print(error.code, error.position?.column ?? 0)   // syntax 1
/// }
/// ```
///
/// `description` leaves the SQL out, because statements carry row values and passwords.
public struct DuckDBError: Error, Sendable, CustomStringConvertible {
  /// The kind of failure.
  ///
  /// More may be added, so switch with a default.
  public let code: Code
  /// DuckDB's message, without the `LINE 1: … ^` excerpt that `position` stands for.
  public let message: String
  /// The statement that failed, when there was one.
  public var sql: String?
  /// Where in `sql`, when DuckDB says.
  public var position: Position?
  /// The process that holds the file, when `code` is `.locked` and DuckDB names it.
  public var holder: Int32?

  /// An error of this library's own, in words with a full stop.
  public init(_ code: Code, _ message: String, sql: String? = nil) {
    self.code = code
    self.message = message
    self.sql = sql
  }

  /// The message, with the place in the statement when it is known; never the statement.
  public var description: String {
    guard let position else { return message }
    return "\(message) (line \(position.line), column \(position.column))"
  }

  /// A place in a statement, counted from 1; columns count characters.
  public struct Position: Sendable, Hashable {
    public var line: Int
    public var column: Int

    public init(line: Int, column: Int) {
      self.line = line
      self.column = column
    }
  }
}

extension DuckDBError {
  /// The kinds of failure that are worth telling apart.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    private enum Kind: String {
      case syntax, catalog, binder, constraint, outOfMemory, diskFull, io, locked, corrupt
      case interrupted
      case conflict, conversion, invalidInput, permission, unsupported, network, extensionMissing
      case misuse, other
    }

    private let kind: Kind

    /// The SQL does not parse.
    public static let syntax = Code(kind: .syntax)
    /// A table, function or type is missing, or is there already.
    public static let catalog = Code(kind: .catalog)
    /// A column or a type does not fit the statement.
    public static let binder = Code(kind: .binder)
    /// A row breaks a NOT NULL, CHECK, key or foreign key rule.
    public static let constraint = Code(kind: .constraint)
    /// The memory limit is reached and nothing more can be spilled.
    public static let outOfMemory = Code(kind: .outOfMemory)
    /// No space is left, in the database's folder or in the one it spills to.
    public static let diskFull = Code(kind: .diskFull)
    /// A file cannot be read or written.
    public static let io = Code(kind: .io)
    /// Another process holds the database file; see `holder`.
    public static let locked = Code(kind: .locked)
    /// The database file is not one, or is damaged.
    public static let corrupt = Code(kind: .corrupt)
    /// The query was stopped by an `Interrupter` or by cancelling its task.
    public static let interrupted = Code(kind: .interrupted)
    /// Two transactions changed the same rows, or the transaction has been aborted.
    public static let conflict = Code(kind: .conflict)
    /// A value does not fit the type it should become.
    public static let conversion = Code(kind: .conversion)
    /// A value or an option is not allowed where it stands.
    public static let invalidInput = Code(kind: .invalidInput)
    /// The database's settings forbid it.
    public static let permission = Code(kind: .permission)
    /// DuckDB does not do this.
    public static let unsupported = Code(kind: .unsupported)
    /// A request over the network failed.
    public static let network = Code(kind: .network)
    /// An extension would be needed and is not loaded.
    public static let extensionMissing = Code(kind: .extensionMissing)
    /// This library was used wrongly: after `close()`, or with a column of another type.
    public static let misuse = Code(kind: .misuse)
    /// Anything else; the message says what.
    public static let other = Code(kind: .other)

    /// The name of the constant: `outOfMemory`.
    public var description: String { kind.rawValue }
  }

  static func closed(_ what: String) -> DuckDBError {
    DuckDBError(.misuse, "The \(what) is closed.")
  }
}
