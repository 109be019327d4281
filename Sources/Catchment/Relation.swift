public import DuckDB

/// A named set of typed rows inside the engine.
///
/// The rows are not here: a relation is the name of a view or of a temporary table in a
/// `Workbench`, with what its columns are. Steps make one from another.
public struct Relation: Sendable, Hashable {
  public struct Column: Sendable, Hashable {
    public var name: String
    public var type: LogicalType

    public init(_ name: String, _ type: LogicalType) {
      self.name = name
      self.type = type
    }
  }

  /// Its name in the workbench, as it is: without quotes.
  public let name: String
  public let columns: [Column]

  /// How SQL names it: `FROM \(relation.sql)`.
  public var sql: String { "temp.main.\(SQL.identifier(name))" }

  /// Its columns' names as SQL wants them, one after another.
  public var columnList: String { SQL.identifiers(columns.map(\.name)) }
}
