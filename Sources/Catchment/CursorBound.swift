public import DuckDB

/// Which rows of a table need be read: those at or after a value of a column.
public struct CursorBound: Sendable, Hashable {
  public var column: String
  /// As text.
  public var value: String
  /// The column's type when this was its greatest value, as SQL writes it; nil for what a person wrote.
  public var type: String?
  /// Whether rows without a value are wanted too.
  public var includesNulls: Bool

  public init(column: String, value: String, type: String?, includesNulls: Bool) {
    self.column = column
    self.value = value
    self.type = type
    self.includesNulls = includesNulls
  }

  /// The value as the engine writes one of a type.
  ///
  /// Nil when it is none, or the column was of another type, or the text means something else to other
  /// databases: all rows are to be read then.
  public func text(
    as type: LogicalType, in bench: Workbench
  ) throws(CatchmentError) -> String? {
    guard self.type == nil || self.type == "\(type)" else { return nil }
    let rows = try bench.query(
      "SELECT TRY_CAST(\(SQL.literal(value)) AS \(type))::VARCHAR")
    guard let text = rows.first?.first?.text, !text.hasSuffix("(BC)") else { return nil }
    return text
  }
}
