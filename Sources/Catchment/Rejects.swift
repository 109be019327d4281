public import DuckDB

/// Rows that a step could not take, on their way to the destination's dead letters.
///
/// They stay in the engine, so it does not matter how many there are.
public struct Rejects: Sendable {
  /// The step that refused them, as reports name it.
  public var step: String
  /// With the columns `code`, `column`, `value`, `message` and `record`, all of them text.
  public var rows: Relation
  /// The unit that all of them are of; nil when the step was given the rows of several.
  public var unit: UUIDBytes?

  public init(step: String, rows: Relation, unit: UUIDBytes?) {
    self.step = step
    self.rows = rows
    self.unit = unit
  }

  /// The names of their columns: a stable code, the column that is wrong with its value, what is wrong
  /// in words for people, and the row as JSON.
  public static let columns = ["code", "column", "value", "message", "record"]

  /// What makes a row one that cannot be taken.
  public struct Rule: Sendable {
    /// SQL over the input's columns; true for rows to refuse.
    public var condition: String
    /// A stable code, such as `cast`.
    public var code: String
    /// The column that is to blame; nil when it is none alone.
    public var column: String?
    /// SQL for the value that is wrong: the column's, when nothing else is said.
    public var value: String
    /// What is wrong, as the end of a sentence that begins with the value: `is no DATE`.
    public var message: String

    public init(
      _ condition: String, code: String, column: String? = nil, value: String? = nil,
      _ message: String
    ) {
      self.condition = condition
      self.code = code
      self.column = column
      self.value = value ?? column.map(SQL.identifier) ?? "NULL"
      self.message = message
    }
  }

  /// SQL that is true for rows that break a rule, and false for all others.
  static func condition(_ rules: [Rule]) -> String {
    rules.map { "coalesce(\($0.condition), false)" }.joined(separator: " OR ")
  }

  /// The rows that break a rule, each told by the first that it breaks.
  ///
  /// Their JSON has the columns of `recorded`.
  static func table(
    _ input: Relation, breaking rules: [Rule], recording recorded: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Relation {
    func first(_ result: (Rule) -> String) -> String {
      let cases = rules.map { "WHEN \($0.condition) THEN \(result($0))" }
      return "CASE \(cases.joined(separator: " ")) END::VARCHAR"
    }
    func value(_ rule: Rule) -> String { "\(rule.value)::VARCHAR" }
    let message = first { rule in
      let end = SQL.literal(" \(rule.message)")
      guard rule.column != nil else { return SQL.literal(rule.message) }
      return "coalesce('\"' || left(\(value(rule)), 80) || '\"', 'nothing') || \(end)"
    }
    return try bench.table(
      """
      SELECT \(first { SQL.literal($0.code) }) AS code,
        \(first { $0.column.map(SQL.literal) ?? "NULL" }) AS "column",
        \(first(value)) AS "value", \(message) AS message,
        \(recorded.jsonObject)::VARCHAR AS record
      FROM \(input.sql) AS input WHERE \(condition(rules))
      """)
  }
}
