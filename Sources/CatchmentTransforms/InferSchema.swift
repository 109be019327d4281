public import Catchment
internal import DuckDB

/// Finds out what the columns are, and describes them or gives them their types.
///
/// ```swift
/// .transform(.inferSchema())
/// .transform(.inferSchema(.cast, sample: .all))
/// ```
public struct InferSchema: Transform, Configurable {
  /// What comes of it.
  public enum Action: String, OptionWord, Hashable {
    case describe, cast
  }

  public static let kind = "infer_schema"
  public static let summary =
    "Finds out what columns are: types, e-mail addresses, cards, dates and more, with the evidence."
  public static var options: [StepOption<InferSchema>] {
    [
      .optional(
        "action", \.action,
        """
        What comes of it: describe gives a row for each column instead of the rows, cast gives text \
        columns the types that were found; values that do not fit become dead letters.
        """),
      .optional(
        "sample", \.sample,
        "How many rows are looked at, spread over all: about a number of them, or all."),
      .optional(
        "threshold", \.threshold, "The share of the values that must fit a type, from 0.5 to 1."),
    ]
  }

  var action = Action.describe
  var sample = SampleSize.standard
  var threshold = 0.95

  public init() {}

  public func check() throws(OptionError) {
    if !(0.5...1).contains(threshold) {
      throw OptionError("has a threshold that is not from 0.5 to 1")
    }
  }

  public func apply(
    to input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    let schema = try SchemaInference(sample: sample, threshold: threshold).infer(input, in: bench)
    switch action {
    case .describe: return try Transformed(of: input, as: schema.sql, in: bench)
    case .cast: return try schema.cast.apply(to: input, in: bench)
    }
  }

  public static var examples: [StepExample] {
    [
      StepExample(
        """
        A row for each column. The confidence is the lower end of what so few values let one say; \
        what is sensitive is shown by its shape.
        """,
        .inferSchema(),
        input: """
          id | mail            | paid: VARCHAR | born
          1  | ada@example.org | 12.50         | 24.12.1985
          2  | zoe@example.com | 7.00          | NULL
          3  | NULL            | 9.95          | 31.01.1990
          """,
        output: """
          column | type | kind | confidence: DOUBLE | values | missing | distinct | nullable: BOOLEAN | unique: BOOLEAN | min | max | choices: VARCHAR[] | evidence
          id | BIGINT | NULL | NULL | 3 | 0 | 3 | false | true | 1 | 3 | [] | 3 of 3 are declared BIGINT
          mail | VARCHAR | email | 0.342 | 2 | 1 | 2 | true | false | NULL | NULL | [] | 2 of 2 are e-mail addresses, as the name says, such as xxx@xxxxxxx.xxx
          paid | DECIMAL(18,2) | NULL | 0.438 | 3 | 0 | 3 | false | true | 7.00 | 12.50 | [] | 3 of 3 have a fraction, such as 12.50, 7.00, 9.95
          born | DATE | NULL | 0.342 | 2 | 1 | 2 | true | false | 1985-12-24 | 1990-01-31 | [] | 2 of 2 are written as %d.%m.%Y, such as 24.12.1985, 31.01.1990
          """),
      StepExample(
        "Text gets the types that it was found to have. Numbers that begin with 0 stay text.",
        .inferSchema(.cast),
        input: """
          zip: VARCHAR | born       | n: VARCHAR
          01067        | 24.12.1985 | 1
          8001         | 31.1.1990  | 2
          """,
        output: """
          zip: VARCHAR | born: DATE | n: BIGINT
          01067        | 1985-12-24 | 1
          8001         | 1990-01-31 | 2
          """),
    ]
  }
}

extension InferredSchema {
  /// The types of the columns that were text and are something else.
  public var cast: Cast {
    var step = Cast()
    for column in columns where !column.isDeclared && column.type != "VARCHAR" {
      step.columns.members.append(.init(name: column.name, value: column.target))
    }
    return step
  }

  /// A query that gives a row for each column.
  var sql: String {
    let rows = columns.enumerated().map { "SELECT \($0) AS place, \($1.sql)" }
    return """
      SELECT * EXCLUDE (place) FROM (\(rows.joined(separator: " UNION ALL "))) ORDER BY place
      """
  }
}

extension InferredColumn {
  fileprivate var sql: String {
    func text(_ value: String?) -> String { value.map(SQL.literal) ?? "NULL::VARCHAR" }
    return """
      \(SQL.literal(name)) AS "column", \(SQL.literal(type)) AS type, \(text(kind?.rawValue)) AS kind,
      \(confidence.map { "\($0)::DOUBLE" } ?? "NULL::DOUBLE") AS confidence, \(values)::BIGINT AS "values",
      \(missing)::BIGINT AS missing, \(distinct)::BIGINT AS "distinct", \(isNullable) AS nullable,
      \(isUnique) AS "unique", \(text(least)) AS min, \(text(greatest)) AS max,
      [\(choices.map(SQL.literal).joined(separator: ", "))]::VARCHAR[] AS choices,
      \(SQL.literal(evidence.map(\.text).joined(separator: "; "))) AS evidence
      """
  }
}

extension Transform where Self == InferSchema {
  /// Finds out what the columns are, and describes them or gives them their types.
  public static func inferSchema(
    _ action: InferSchema.Action = .describe, sample: SampleSize = .standard
  ) -> InferSchema {
    var step = InferSchema()
    step.action = action
    step.sample = sample
    return step
  }
}
