public import DuckDB

/// A named set of typed rows inside the engine.
///
/// The rows are not here: a relation is the name of a view or of a temporary table in a
/// `Workbench`, with what its columns are. Steps make one from another.
public struct Relation: Sendable, Hashable {
  /// What SQL knows of a column.
  public struct Column: Sendable, Hashable {
    /// As it is, without quotes.
    public var name: String
    /// The type that the engine gave it.
    public var type: LogicalType

    public init(_ name: String, _ type: LogicalType) {
      self.name = name
      self.type = type
    }
  }

  /// Its name in the workbench, as it is: without quotes.
  public let name: String
  /// In the order in which the rows have them.
  public let columns: [Column]

  /// How SQL names it: `FROM \(relation.sql)`.
  public var sql: String { "temp.main.\(SQL.identifier(name))" }

  /// Its columns' names as SQL wants them, one after another.
  public var columnList: String { SQL.identifiers(columns.map(\.name)) }
}
