/// The shape of a table that Catchment keeps: its columns and what identifies a row.
public struct TableSchema: Sendable, Hashable {
  /// A column as it is created, with what the engine must know of its values.
  public struct Column: Sendable, Hashable {
    /// As SQL names it without quotes: `created_at`.
    public var name: String
    /// The type as DuckDB writes it.
    public var type: String
    /// Long text: stored with zstd from the start, so the engine need not find out.
    public var isLong: Bool
    /// What differs between two imports of the same data, such as the time of the import.
    public var isVolatile: Bool
    /// Set from other conversations' rows after all are loaded, and kept when its own row is
    /// derived again.
    public var isLinked: Bool

    public init(
      _ name: String, _ type: String, isLong: Bool = false, isVolatile: Bool = false,
      isLinked: Bool = false
    ) {
      self.name = name
      self.type = type
      self.isLong = isLong
      self.isVolatile = isVolatile
      self.isLinked = isLinked
    }
  }

  /// What a table calls the column, when it has one, that holds the record a row was made of.
  public static let recordColumn = "raw_record_id"

  /// As SQL names it without its schema: `messages`.
  public var name: String
  /// The column that identifies a row: a UUID.
  public var key: String
  /// The column whose value says which rows are derived again together, when there is one.
  public var scope: String?
  /// In the order in which they are created and appended.
  public var columns: [Column]
  /// What databases that have indexes keep for quick answers; DuckDB needs none.
  public var indexes: [Index]

  /// A table of these columns; `key` and `scope` must be names of two of them.
  public init(
    _ name: String, key: String, scope: String? = nil, columns: [Column], indexes: [Index] = []
  ) {
    self.name = name
    self.key = key
    self.scope = scope
    self.columns = columns
    self.indexes = indexes
  }

  /// The place of a column.
  ///
  /// The name must be one of the table's: schemas are constants.
  public func index(of column: String) -> Int {
    guard let index = columns.firstIndex(where: { $0.name == column }) else {
      preconditionFailure("\(name) has no column \(column)")
    }
    return index
  }
}

extension TableSchema {
  /// An index in a warehouse that has them, named without the table: `conversations_lookup` is
  /// `lookup` of `conversations`.
  public struct Index: Sendable, Hashable {
    /// What it is good for.
    public enum Kind: Sendable, Hashable {
      /// To find and sort by the columns.
      case sorted
      /// To find text by how it begins.
      case prefix
      /// To find JSON by what is in it.
      case contents
    }

    public var name: String
    /// Column names, each perhaps with `DESC`.
    public var columns: [String]
    /// Columns that are only answered from it.
    public var including: [String]
    /// The rows it is limited to, as SQL.
    public var condition: String?
    public var kind: Kind

    public init(
      _ name: String, _ columns: [String], including: [String] = [], where condition: String? = nil,
      kind: Kind = .sorted
    ) {
      self.name = name
      self.columns = columns
      self.including = including
      self.condition = condition
      self.kind = kind
    }
  }
}
