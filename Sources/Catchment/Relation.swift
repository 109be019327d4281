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
  /// Whether its rows are computed already: a table and no view.
  public let isHeld: Bool
  /// Whether reading its rows costs no more than reading a table: it is one, or a choice of a table's
  /// columns and rows.
  public let isDirect: Bool
  /// Whether its rows come straight from a file and may be read once alone: see `Workbench.pass`.
  public let isPassing: Bool

  /// How SQL names it: `FROM \(relation.sql)`.
  public var sql: String { "temp.main.\(SQL.identifier(name))" }

  /// Its columns' names as SQL wants them, one after another.
  public var columnList: String { SQL.identifiers(columns.map(\.name)) }

  /// The column of a name, as the engine compares names: without regard to case.
  public func column(named name: String) -> Column? {
    columns.first { $0.name == name } ?? columns.first { $0.name.lowercased() == name.lowercased() }
  }

  /// The column that a step names.
  ///
  /// Throws `configuration`, with the nearest name, when there is none.
  public func column(named name: String, for step: String) throws(CatchmentError) -> Column {
    if let column = column(named: name) { return column }
    let names = columns.map(\.name)
    throw CatchmentError(
      .configuration, "\(step): there is no column \"\(name)\"",
      hint: Spelling.nearest(to: name, among: names).map { "write \"\($0)\"" }
        ?? "the columns are \(names.joined(separator: ", "))")
  }

  /// The columns that a step names, in that order; all, when it names none.
  public func columns(
    named names: [String], for step: String
  ) throws(CatchmentError) -> [Column] {
    guard !names.isEmpty else { return columns }
    var found: [Column] = []
    for name in names { found.append(try column(named: name, for: step)) }
    return found
  }

  /// Every column as SQL selects it, some of them by an expression in their place.
  public func list(replacing expressions: [String: String]) -> String {
    columns.map { column in
      let name = SQL.identifier(column.name)
      return expressions[column.name].map { "\($0) AS \(name)" } ?? name
    }.joined(separator: ", ")
  }

  /// SQL for a row as a JSON object.
  public var jsonObject: String {
    let members = columns.map { "\(SQL.literal($0.name)), \(Self.jsonValue($0))" }
    return "json_object(\(members.joined(separator: ", ")))"
  }

  /// What is no number is none in JSON either.
  private static func jsonValue(_ column: Column) -> String {
    let name = SQL.identifier(column.name)
    guard column.type == .double || column.type == .float else { return name }
    return "CASE WHEN isfinite(\(name)) THEN to_json(\(name)) ELSE to_json(\(name)::VARCHAR) END"
  }
}
