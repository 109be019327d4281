/// A question to the tables that has a name of its own: a view in the warehouse, or a common table
/// of a query.
public struct View: Sendable, Hashable {
  public var name: String
  /// One line that says what a row is.
  public var meaning: String
  /// Names tables and earlier views without their schema.
  public var query: String
  /// How followers keep it as a table; nil when they do not.
  public var keeping: Keeping?

  public init(
    _ name: String, _ meaning: String, _ query: String, keeping: Keeping? = nil
  ) {
    self.name = name
    self.meaning = meaning
    self.query = query
    self.keeping = keeping
  }

  /// Which rows of a view that is kept as a table are made anew when some scopes have changed.
  ///
  /// ```swift
  /// .init(by: "day", groups: "SELECT conversation_id AS scope, timestamp::DATE AS day FROM messages")
  /// ```
  public struct Keeping: Sendable, Hashable {
    /// A column of the view whose value says which rows are made anew together.
    public var column: String
    /// Gives pairs of `scope` and that column: which scopes rows with a value are made of.
    public var groups: String

    public init(by column: String, groups: String) {
      self.column = column
      self.groups = groups
    }
  }
}

extension [View] {
  /// What stands before a query for it to see these views, whatever the warehouse has by their names.
  public var asCommonTables: String { "WITH \(commonTables)" }

  /// The same without its first word, to stand after other common tables.
  public var commonTables: String {
    map { "\($0.name) AS (\n\($0.query))" }.joined(separator: ",\n")
  }
}
