public import Catchment

/// Lets the rows pass for which a condition is true; false and NULL are filtered.
///
/// ```swift
/// .transform(.filter("amount > 0 AND city IS NOT NULL"))
/// ```
public struct Filter: Transform, Configurable {
  public static let kind = "filter"
  public static let summary = "Lets the rows pass for which a condition is true."
  public static var options: [StepOption<Filter>] {
    [.required("where", \.condition, "A condition in SQL over the columns, such as amount > 0.")]
  }

  private var condition = ""

  public init() {}

  /// An SQL expression over the columns, as it stands after `WHERE`.
  public init(_ condition: String) { self.condition = condition }

  /// Throws `configuration` when the condition is no SQL or names a column that is not there.
  public func apply(
    to input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    // On a line of its own: the condition may end in a comment.
    try Transformed(
      of: input,
      as: """
        SELECT * FROM \(input.sql) AS input WHERE (
        \(condition)
        )
        """, in: bench)
  }

  public static var examples: [StepExample] {
    [
      StepExample(
        "Rows with an amount above 0 pass. Those without one do not.", .filter("amount > 0"),
        input: """
          id | amount
          1  | 10
          2  | -5
          3  | NULL
          """,
        output: """
          id | amount
          1  | 10
          """)
    ]
  }
}

extension Transform where Self == Filter {
  /// Lets the rows pass for which an SQL condition is true.
  public static func filter(_ condition: String) -> Filter { Filter(condition) }
}
