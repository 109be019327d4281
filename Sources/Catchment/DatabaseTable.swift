/// A table of a platform's SQLite database whose rows are records.
///
/// A row is told as a JSON object with the table's name under `table` and all the columns that the
/// table has: text that is a JSON object or array as such, other text as a string, NULL as null,
/// bytes that are not text as `{"hex":"00ff"}`. A database that lacks the table has none of its
/// records.
public struct DatabaseTable: Sendable, Hashable {
  /// The table as the database names it, without quotes: `cursorDiskKV`.
  public var name: String
  /// An SQL condition that says which rows are wanted; all of them without one.
  public var condition: String?
  /// The columns that put the rows in an order that stays the same when rows are added: so that a
  /// database that grew is read as one that grew.
  public var order: [String]

  /// A table, all of its rows or those for which `condition` is true, in the order of `order`.
  public init(_ name: String, where condition: String? = nil, order: [String]) {
    self.name = name
    self.condition = condition
    self.order = order
  }
}
