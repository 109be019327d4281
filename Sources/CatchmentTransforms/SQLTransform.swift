public import Catchment

/// A query of the user's own over the rows, which it calls `input`.
///
/// ```swift
/// .transform(.sql("SELECT city, sum(amount) AS amount FROM input GROUP BY city"))
/// ```
///
/// Fewer rows than it was given count as filtered, more as made.
public struct SQLTransform: Transform, Configurable {
  public static let kind = "sql"
  public static let summary = "Makes of the rows, which it calls input, what a query selects."
  public static var options: [StepOption<SQLTransform>] {
    [.required("query", \.query, "One SELECT that reads its rows from input.")]
  }

  private var query = ""

  public init() {}

  /// One `SELECT`, which reads its rows from `input`.
  public init(_ query: String) { self.query = query }

  /// Throws `configuration` when the query is no SQL or names what is not there.
  public func apply(
    to input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    // On lines of its own: the query may end in a comment.
    try Transformed(
      of: input,
      as: """
        WITH input AS (SELECT * FROM \(input.sql))
        SELECT * FROM (
        \(query)
        ) AS result
        """, in: bench)
  }

  public static var examples: [StepExample] {
    [
      StepExample(
        "A query of one's own.",
        .sql("SELECT city, sum(amount)::BIGINT AS amount FROM input GROUP BY city"),
        input: """
          city  | amount
          Bern  | 10
          Basel | 20
          Bern  | 7
          """,
        output: """
          city  | amount
          Bern  | 17
          Basel | 20
          """)
    ]
  }
}

extension Transform where Self == SQLTransform {
  /// A query over the rows, which it calls `input`.
  public static func sql(_ query: String) -> SQLTransform { SQLTransform(query) }
}
