public import DuckDB

/// A warehouse outside the home that is kept as the home's own: the same rows, brought there in one
/// transaction a publication.
///
/// A follower is cheap to make and holds no connection; `connect` does. Readers of it see whole
/// publications and nothing else, and a process that is killed at any moment leaves it as it was
/// before or after one.
///
/// `FollowerContract` is what every follower is tested against.
public protocol Follower: Sendable {
  /// What kind it is: `postgresql`.
  var name: String { get }
  /// Where it is, without a password: `postgresql://me@localhost/team`.
  var location: String { get }
  /// Whether it may be taken over when another home was published into it.
  var adopts: Bool { get }
  /// Throws `destinationUnavailable` when it cannot be reached, `configuration` when it refuses who
  /// asks.
  func connect() throws(CatchmentError) -> any FollowerSession
}

/// One publication, with the follower's transaction open from `begin` to `commit`.
///
/// The calls come in this order: `begin`, `publication`, and when something is to be done `prepare`,
/// then any of the middle ones, then `commit`. A session that is closed without a commit leaves
/// nothing behind.
public protocol FollowerSession: AnyObject {
  /// Rows as vectors, until there are none.
  typealias Chunks = () throws(CatchmentError) -> DataChunk?

  /// Begins the transaction, alone: throws `locked` when another publication is going on and does not
  /// end within some seconds.
  func begin() throws(CatchmentError)
  /// What the last publication wrote down; nil when there was none.
  func publication() throws(CatchmentError) -> Publication?
  /// Makes tables that are missing, and adds columns that tables lack.
  func prepare(_ tables: [FollowerTable]) throws(CatchmentError)
  /// Reads every row's key, when the table has one, and fingerprint.
  func fingerprints(
    of table: FollowerTable, _ body: (RowFingerprint) throws(CatchmentError) -> Void
  ) throws(CatchmentError)
  /// Removes the rows whose `column` has one of the values, which come as chunks of one column; with
  /// `orMissing` also those where it is NULL.
  ///
  /// Returns how many rows that were.
  func remove(
    from table: FollowerTable, where column: FollowerTable.Column, in values: Chunks,
    orMissing: Bool
  ) throws(CatchmentError) -> Int
  /// Adds rows; a chunk has the table's columns in order, and last the fingerprint.
  ///
  /// Returns how many rows the follower says it took.
  func write(_ rows: Chunks, to table: FollowerTable) throws(CatchmentError) -> Int
  /// Makes the indexes that tables lack, writes down what this publication was, and makes all of it
  /// visible and durable at once.
  ///
  /// When it cannot be told whether the commit was done, for the connection was cut, it is found out.
  func commit(_ publication: Publication) throws(CatchmentError)

  /// The versions that its table `schema_versions` lists, the lowest first; none when it is empty.
  func versions() throws(CatchmentError) -> [AppliedVersion]
  /// After `begin`: goes through a migration as `FollowerScript` says it, and commits.
  func migrate(
    _ migration: Migration, _ direction: Migration.Direction
  ) throws(CatchmentError)
  /// Before a migration: keeps everything as it is, and says where; or finds that `dump`, which a
  /// person made, keeps it.
  ///
  /// Throws `refused` when nothing keeps it.
  func backUp(_ version: SchemaVersion, dump: String?) throws(CatchmentError) -> String

  /// Lets the follower go; what was not committed is undone.
  func close()
}

/// What a row of a follower is told by: its key, and a hash over all of its columns.
public struct RowFingerprint: Sendable, Equatable {
  /// Nil in tables whose rows have no key.
  public var key: UUIDBytes?
  /// Never negative.
  public var hash: Int64

  public init(key: UUIDBytes?, hash: Int64) {
    self.key = key
    self.hash = hash
  }
}

/// A table as followers keep it.
public struct FollowerTable: Sendable, Hashable {
  /// A column with its type in the engine; a follower has the nearest type of its own.
  public struct Column: Sendable, Hashable {
    public var name: String
    public var type: LogicalType

    public init(_ name: String, _ type: LogicalType) {
      self.name = name
      self.type = type
    }

    /// A column of the home's; one of a type that not every follower has is text.
    public init(_ column: TableSchema.Column) {
      let type = FollowerTable.portableTypes.first { $0.description == column.type }
      self.init(column.name, type ?? .varchar)
    }
  }

  /// The column that every table of a follower has beside its own: a hash over those.
  public static let fingerprint = Column("row_hash", .bigint)

  public var name: String
  public var columns: [Column]
  /// The column that identifies a row, a UUID, when there is one.
  public var key: Column?
  public var indexes: [TableSchema.Index]

  public init(
    _ name: String, columns: [Column], key: String? = nil, indexes: [TableSchema.Index] = []
  ) {
    self.name = name
    self.columns = columns
    self.key = columns.first { $0.name == key }
    self.indexes = indexes
  }

  /// Its columns, and the fingerprint.
  public var allColumns: [Column] { columns + [Self.fingerprint] }

  /// The types that every follower has, whatever its own are called.
  public static let portableTypes: Set<LogicalType> = [
    .boolean, .integer, .bigint, .ubigint, .double, .varchar, .json, .uuid, .date, .timestamp,
    .timestampTZ, .list(.varchar), .list(.uuid),
  ]
}

/// What a publication writes down in the follower, in the same transaction as the rows.
///
/// It says which state of the home the rows are, and what each table held: facts by name, as text.
public struct Publication: Sendable, Equatable {
  public var facts: [String: String]

  public init(_ facts: [String: String] = [:]) { self.facts = facts }

  /// A name that no other publication has.
  public var id: String? { facts["publication"] }
}
