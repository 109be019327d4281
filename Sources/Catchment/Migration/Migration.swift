/// The step from one version of the tables to the next, and back again.
///
/// It is a value that names no database: the warehouse in DuckDB and whatever follows it elsewhere
/// each say a `Step` in their own SQL. A migration that was published is never changed; what is
/// wrong with it is mended by the next one.
///
/// ```swift
/// Migration(
///   SchemaVersion(1, 2, 0), "Remember who asked",
///   [.column(.init("author", "VARCHAR"), of: .main("messages"))])
/// ```
public struct Migration: Sendable, Hashable {
  /// The version it leads up to.
  public var version: SchemaVersion
  /// What it is for, in a few words for people.
  public var description: String
  /// What it changes, in the order in which it goes up.
  public var changes: [Change]

  public init(_ version: SchemaVersion, _ description: String, _ changes: [Change]) {
    self.version = version
    self.description = description
    self.changes = changes
  }

  /// A change that knows its way back.
  public enum Change: Sendable, Hashable {
    /// A column, which becomes the table's last and is NULL in the rows that are there.
    ///
    /// Going down takes it away, unless it `stays`: for what some warehouses of the older version
    /// have already. The table's undo table, if it has one, gets it too.
    case column(TableSchema.Column, of: TableName, stays: Bool = false)
    /// A table that is not there before. One that is `tracked` is changed by runs only through the
    /// commit primitive, can be rolled back, and has an undo table.
    case table(TableSchema, TableName.Schema, tracked: Bool)
    /// A view that is of no use below this version: going down drops it. Opening a warehouse makes
    /// the views, so going up does nothing.
    case view(String)
    /// A change of rows.
    case rows(up: SQLText, down: SQLText)
  }

  /// What a database has to do for a change, in one direction.
  public enum Step: Sendable, Hashable {
    case addColumn(TableSchema.Column, TableName)
    case dropColumn(String, TableName)
    case createTable(TableSchema, TableName.Schema, tracked: Bool)
    case dropTable(TableName, tracked: Bool)
    case dropView(String)
    case run(SQLText)
  }

  /// Which way it is gone.
  public enum Direction: String, Sendable, Hashable { case up, down }

  /// What is to be done, in order, to go one way.
  public func steps(_ direction: Direction) -> [Step] {
    switch direction {
    case .up: changes.compactMap(\.up)
    case .down: changes.reversed().compactMap(\.down)
    }
  }
}

/// A statement in the words of each database; one that has none does nothing.
public struct SQLText: Sendable, Hashable {
  public var duckDB: String?
  public var sqlite: String?
  public var postgreSQL: String?

  public init(duckDB: String? = nil, sqlite: String? = nil, postgreSQL: String? = nil) {
    self.duckDB = duckDB
    self.sqlite = sqlite
    self.postgreSQL = postgreSQL
  }

  /// One text that every database understands.
  public init(_ text: String) { self.init(duckDB: text, sqlite: text, postgreSQL: text) }
}

/// A table of the warehouse, with the schema it lies in.
public struct TableName: Sendable, Hashable {
  public var schema: Schema
  public var name: String

  /// Where tables lie: what users query is in `main`, the bookkeeping in `catchment`.
  public enum Schema: String, Sendable, Hashable { case main, catchment }

  public static func main(_ name: String) -> TableName { .init(schema: .main, name: name) }
  public static func catchment(_ name: String) -> TableName {
    .init(schema: .catchment, name: name)
  }

  public init(schema: Schema, name: String) {
    self.schema = schema
    self.name = name
  }
}

extension TableName: CustomStringConvertible {
  /// As SQL names it: `main.messages`.
  public var description: String { "\(schema.rawValue).\(name)" }
}

extension Migration.Change {
  fileprivate var up: Migration.Step? {
    switch self {
    case .column(let column, let table, _): .addColumn(column, table)
    case .table(let table, let schema, let tracked):
      .createTable(table, schema, tracked: tracked)
    case .view: nil
    case .rows(let up, _): .run(up)
    }
  }

  fileprivate var down: Migration.Step? {
    switch self {
    case .column(_, _, stays: true): nil
    case .column(let column, let table, stays: false): .dropColumn(column.name, table)
    case .table(let table, let schema, let tracked):
      .dropTable(TableName(schema: schema, name: table.name), tracked: tracked)
    case .view(let name): .dropView(name)
    case .rows(_, let down): .run(down)
    }
  }
}
