public import Catchment

/// Adds columns that are computed from others, or computes some anew.
///
/// ```swift
/// .transform(.derive(["gross": "round(net * 1.19, 2)", "is_large": "gross > 1000"]))
/// ```
public struct Derive: Transform, Configurable {
  public static let kind = "derive"
  public static let summary = "Adds columns that are computed by SQL expressions."
  public static var options: [StepOption<Derive>] {
    [
      .required(
        "columns", \.columns,
        """
        An SQL expression for each name, which may use the columns and those derived before it. A \
        column that is there is computed anew, in its place.
        """)
    ]
  }

  var columns = NamedValues<String>()

  public init() {}

  /// - Parameter columns: an SQL expression for each name.
  public init(_ columns: KeyValuePairs<String, String>) { self.columns = NamedValues(columns) }

  /// Throws `configuration` when an expression is no SQL, `failed` when it cannot be computed for
  /// some row.
  public func apply(
    to input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    var names = input.columns.map(\.name)
    var query = input.sql
    for member in columns.members {
      let known = names.firstIndex { $0.lowercased() == member.name.lowercased() }
      // On lines of its own: the expression may end in a comment.
      let computed = "(\n\(member.value)\n) AS \(SQL.identifier(member.name))"
      let list = names.enumerated().map { $0 == known ? computed : SQL.identifier($1) }
      if known == nil { names.append(member.name) }
      let all = names.count > list.count ? list + [computed] : list
      query = "(SELECT \(all.joined(separator: ", ")) FROM \(query) AS input)"
    }
    return try Transformed(of: input, as: "SELECT * FROM \(query) AS input", in: bench)
  }

  public static var examples: [StepExample] {
    [
      StepExample(
        "One column is added, and one is computed from it; a third is computed anew.",
        .derive([
          "gross": "round(net * 1.2, 2)", "is_large": "gross > 100", "city": "upper(city)",
        ]),
        input: """
          city | net
          Bern | 100.0
          Chur | 10.0
          """,
        output: """
          city | net   | gross | is_large: BOOLEAN
          BERN | 100.0 | 120.0 | true
          CHUR | 10.0  | 12.0  | false
          """)
    ]
  }
}

extension Transform where Self == Derive {
  /// Adds columns that are computed by SQL expressions.
  public static func derive(_ columns: KeyValuePairs<String, String>) -> Derive {
    Derive(columns)
  }
}
