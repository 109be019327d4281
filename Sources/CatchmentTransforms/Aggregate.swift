public import Catchment
internal import DuckDB

/// Draws rows together: one for each group, with sums, counts and the like.
///
/// ```swift
/// .transform(.aggregate(by: ["city"], ["total": .sum("amount"), "orders": .count]))
/// ```
public struct Aggregate: Transform, Configurable {
  public static let kind = "aggregate"
  public static let summary = "Draws rows together: one for each group, with sums, counts and more."
  public static var options: [StepOption<Aggregate>] {
    [
      .required("columns", \.columns, Aggregation.summary),
      .optional(
        "by", \.groups, "The columns whose values make a group; one row of all, without any."),
      .optional(
        "order_by", \.order,
        """
        The columns by which first, last, concat and list are ordered; as the rows came, when none is \
        named.
        """),
    ]
  }

  var columns = NamedValues<Aggregation>()
  var groups: [String] = []
  var order: [String] = []

  public init() {}

  public func check() throws(OptionError) {
    if columns.members.isEmpty { throw OptionError("needs columns, such as columns: { n: count }") }
  }

  /// Rows beyond one of each group count as filtered.
  public func apply(
    to input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    let by = try groups.isEmpty ? [] : input.columns(named: groups, for: name)
    let columns = try Aggregations(columns, order, step: name)
    let source = try columns.isOrdered ? bench.hold(input) : input
    let list = by.map { SQL.identifier($0.name) } + (try columns.sql(over: source))
    try Rename.refuseDuplicates(in: by.map(\.name) + columns.names, of: name)
    let grouping =
      by.isEmpty ? "HAVING count(*) > 0" : "GROUP BY \(SQL.identifiers(by.map(\.name)))"
    return try Transformed(
      of: input,
      as: "SELECT \(list.joined(separator: ", ")) FROM \(source.sql) AS input \(grouping)",
      in: bench)
  }

  public static var examples: [StepExample] {
    [
      StepExample(
        "Orders by city. Sums of decimal fractions are exact: 0.1 + 0.2 + 0.6 is 0.9.",
        .aggregate(
          by: ["city"],
          [
            "orders": .count, "total": .sum("amount"), "mean": .avg("amount"),
            "customers": .countDistinct("customer"), "names": .concat("customer", separator: ", "),
            "last": .last("customer"), "p50": .percentile("amount", 0.5),
            "spread": .sql("max(amount) - min(amount)"),
          ]),
        input: """
          city | customer | amount
          Bern | Ada      | 0.1
          Bern | Bob      | 0.2
          Chur | Ada      | 5.0
          Bern | Ada      | 0.6
          Bern | Eve      | NULL
          """,
        output: """
          city | orders | total | mean | customers | names         | last | p50  | spread
          Bern | 4      | 0.9   | 0.3  | 3         | Ada, Bob, Ada, Eve | Eve | 0.2 | 0.5
          Chur | 1      | 5.0   | 5.0  | 1         | Ada           | Ada  | 5.0  | 0.0
          """)
    ]
  }
}

extension Transform where Self == Aggregate {
  /// Draws rows together, one for each group.
  public static func aggregate(
    by groups: [String] = [], _ columns: KeyValuePairs<String, Aggregation>, orderBy: [String] = []
  ) -> Aggregate {
    var step = Aggregate()
    step.columns = NamedValues(columns)
    step.groups = groups
    step.order = orderBy
    return step
  }
}
