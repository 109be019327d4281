public import Catchment
internal import DuckDB

/// Does something about missing values: leaves rows or columns out, or fills the gaps.
///
/// ```swift
/// .transform(.dropNulls(.anyField, in: ["id", "amount"]))
/// .transform(.dropNulls(.fill(.mean), in: ["amount"]))
/// ```
public struct DropNulls: Transform, Configurable {
  /// What is done.
  public enum Strategy: String, OptionWord, Hashable {
    case drop
    case dropAll = "drop_all"
    case removeFields = "remove_fields"
    case fill
  }

  /// What gaps are filled with.
  public enum Filling: String, OptionWord, Hashable {
    case value, mean, median, mode, previous
  }

  public static let kind = "drop_nulls"
  public static let summary = "Leaves out rows or columns without values, or fills the gaps."
  public static var options: [StepOption<DropNulls>] {
    [
      .optional(
        "strategy", \.strategy,
        """
        drop leaves out rows in which one of the columns is NULL, drop_all those in which all are, \
        remove_fields the columns that hold nothing at all, fill puts something in the gaps.
        """),
      .optional("columns", \.columns, "The columns that are looked at; all, when none is named."),
      .optional(
        "with", \.filling,
        """
        What fill puts in: a value, the column's mean, median or most frequent value (mode), or the \
        value of the row before (previous).
        """),
      .optional("value", \.value, "What fill puts in with: value."),
    ]
  }

  var strategy = Strategy.drop
  var columns: [String] = []
  var filling = Filling.value
  var value: Scalar?

  /// Leaves out rows in which any value is missing.
  public init() {}

  public func check() throws(OptionError) {
    guard strategy == .fill, filling == .value, value == nil else { return }
    throw OptionError("needs a value to fill with, such as value: 0, or with: mean")
  }

  public func apply(
    to input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    let columns = try input.columns(named: self.columns, for: name)
    let present = columns.map { "\(SQL.identifier($0.name)) IS NOT NULL" }
    switch strategy {
    case .drop:
      return try Transformed(
        passing: input, where: present.joined(separator: " AND "), in: bench)
    case .dropAll:
      return try Transformed(passing: input, where: present.joined(separator: " OR "), in: bench)
    case .removeFields: return try removeFields(columns, of: input, in: bench)
    case .fill:
      return try Gaps(columns, of: input, isChosen: !self.columns.isEmpty, in: bench)
        .filled(with: filling, value)
    }
  }

  /// Of no rows, and of rows that are nothing but NULL, every column stays.
  private func removeFields(
    _ columns: [Relation.Column], of input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    let counts = columns.map { "count(\(SQL.identifier($0.name)))" }.joined(separator: ", ")
    let row = try bench.query("SELECT count(*), \(counts) FROM \(input.sql)").first ?? []
    let empty = zip(columns, row.dropFirst()).filter { $0.1 == .integer(0) }.map(\.0)
    let kept = input.columns.filter { !empty.contains($0) }
    let isKnown = row.first != .integer(0) && !kept.isEmpty
    return try Transformed(
      each: input, as: isKnown ? SQL.identifiers(kept.map(\.name)) : input.columnList, in: bench)
  }
}

extension Transform where Self == DropNulls {
  /// Leaves out rows or columns without values, or fills the gaps.
  ///
  /// - Parameter columns: those that are looked at; all, when none is named.
  public static func dropNulls(
    _ rule: DropNulls.Rule, in columns: [String] = []
  ) -> DropNulls {
    var step = DropNulls()
    step.columns = columns
    switch rule {
    case .anyField: step.strategy = .drop
    case .allFields: step.strategy = .dropAll
    case .emptyColumns: step.strategy = .removeFields
    case .fill(let filling): (step.strategy, step.filling) = (.fill, filling)
    case .fillWith(let value): (step.strategy, step.value) = (.fill, value)
    }
    return step
  }
}

extension DropNulls {
  /// What is done about missing values.
  public enum Rule: Sendable, Hashable {
    /// A row goes when any of the columns is NULL.
    case anyField
    /// A row goes when all of the columns are NULL.
    case allFields
    /// A column goes when it is NULL in every row.
    case emptyColumns
    /// Gaps are filled with what the other rows tell.
    case fill(Filling)
    /// Gaps are filled with a value.
    case fillWith(Scalar)
  }

  public static var examples: [StepExample] {
    let people: ExampleTable = """
      id | city  | amount
      1  | Bern  | 10
      2  | NULL  | 20
      3  | NULL  | NULL
      4  | Basel | NULL
      """
    return [
      StepExample(
        "Rows in which anything is missing go.", .dropNulls(.anyField), input: people,
        output: """
          id | city | amount
          1  | Bern | 10
          """),
      StepExample(
        "Rows go that have neither of two columns.",
        .dropNulls(.allFields, in: ["city", "amount"]), input: people,
        output: """
          id | city  | amount
          1  | Bern  | 10
          2  | NULL  | 20
          4  | Basel | NULL
          """),
      StepExample(
        "A gap is filled with the mean of its column, in the column's type.",
        .dropNulls(.fill(.mean), in: ["amount"]), input: people,
        output: """
          id | city  | amount
          1  | Bern  | 10
          2  | NULL  | 20
          3  | NULL  | 15
          4  | Basel | 15
          """),
      StepExample(
        "A gap is filled with the value of the row before.",
        .dropNulls(.fill(.previous), in: ["city"]), input: people,
        output: """
          id | city  | amount
          1  | Bern  | 10
          2  | Bern  | 20
          3  | Bern  | NULL
          4  | Basel | NULL
          """),
      StepExample(
        "A gap is filled with a value.", .dropNulls(.fillWith("unknown"), in: ["city"]),
        input: people,
        output: """
          id | city    | amount
          1  | Bern    | 10
          2  | unknown | 20
          3  | unknown | NULL
          4  | Basel   | NULL
          """),
      StepExample(
        "A column without any value goes. The columns then depend on the rows.",
        .dropNulls(.emptyColumns),
        input: """
          id | fax  | amount
          1  | NULL | 10
          2  | NULL | NULL
          """,
        output: """
          id | amount
          1  | 10
          2  | NULL
          """),
    ]
  }
}
