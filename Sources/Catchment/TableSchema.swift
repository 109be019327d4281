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

  /// A table of these columns; `key` and `scope` must be names of two of them.
  public init(_ name: String, key: String, scope: String? = nil, columns: [Column]) {
    self.name = name
    self.key = key
    self.scope = scope
    self.columns = columns
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
