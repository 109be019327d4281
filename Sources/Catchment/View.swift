/// A question to the tables that has a name of its own: a view in the warehouse, or a common table
/// of a query.
public struct View: Sendable, Hashable {
  public var name: String
  /// One line that says what a row is.
  public var meaning: String
  /// Names tables and earlier views without their schema.
  public var query: String

  public init(_ name: String, _ meaning: String, _ query: String) {
    self.name = name
    self.meaning = meaning
    self.query = query
  }
}

extension [View] {
  /// What stands before a query for it to see these views, whatever the warehouse has by their names.
  public var asCommonTables: String {
    "WITH " + map { "\($0.name) AS (\n\($0.query))" }.joined(separator: ",\n")
  }
}
