public import Catchment

/// Gives columns other names.
///
/// ```swift
/// .transform(.rename(["Total (CHF)": "total"]))
/// ```
public struct Rename: Transform, Configurable {
  public static let kind = "rename"
  public static let summary = "Gives columns other names."
  public static var options: [StepOption<Rename>] {
    [.required("columns", \.columns, "The new name of each column, by the name that it has.")]
  }

  var columns = NamedValues<String>()

  public init() {}

  /// - Parameter columns: the new names by the names that the columns have.
  public init(_ columns: KeyValuePairs<String, String>) { self.columns = NamedValues(columns) }

  /// Throws `configuration` when a column is not there, or two would have the same name.
  public func apply(
    to input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    var names: [String: String] = [:]
    for member in columns.members {
      names[try input.column(named: member.name, for: name).name] = member.value
    }
    let renamed = input.columns.map { names[$0.name] ?? $0.name }
    try Self.refuseDuplicates(in: renamed, of: name)
    let list = zip(input.columns, renamed).map { column, name in
      "\(SQL.identifier(column.name)) AS \(SQL.identifier(name))"
    }
    return try Transformed(each: input, as: list.joined(separator: ", "), in: bench)
  }

  /// The engine tells names apart without regard to case.
  static func refuseDuplicates(in names: [String], of step: String) throws(CatchmentError) {
    var seen: Set<String> = []
    for name in names where !seen.insert(name.lowercased()).inserted {
      throw CatchmentError(
        .configuration, "\(step): two columns would be called \"\(name)\"",
        hint: "give one of them another name")
    }
  }

  public static var examples: [StepExample] {
    [
      StepExample(
        "Two columns get names that SQL need not quote.",
        .rename(["Customer No.": "customer", "Total (CHF)": "total"]),
        input: """
          Customer No. | Total (CHF) | paid
          7            | 12.5        | true
          """,
        output: """
          customer | total | paid
          7        | 12.5  | true
          """)
    ]
  }
}

extension Transform where Self == Rename {
  /// Gives columns other names, each by the name that it has.
  public static func rename(_ columns: KeyValuePairs<String, String>) -> Rename {
    Rename(columns)
  }
}
