public import Catchment

/// Chooses columns and their order.
///
/// ```swift
/// .transform(.select(["id", "name"]))
/// .transform(.select(except: ["password"]))
/// ```
public struct Select: Transform, Configurable {
  public static let kind = "select"
  public static let summary = "Chooses columns, and their order."
  public static var options: [StepOption<Select>] {
    [
      .optional(
        "columns", \.columns, "The columns to keep, in the order in which they are wanted."),
      .optional("except", \.excluded, "The columns to leave out."),
    ]
  }

  var columns: [String] = []
  var excluded: [String] = []

  public init() {}

  public func check() throws(OptionError) {
    if columns.isEmpty == excluded.isEmpty {
      throw OptionError("needs either columns to keep or columns to leave out (except)")
    }
  }

  /// Throws `configuration` when a column is not there, is named twice, or when none is left.
  public func apply(
    to input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    let gone = try excluded.isEmpty ? [] : input.columns(named: excluded, for: name)
    let kept = try input.columns(named: columns, for: name).filter { !gone.contains($0) }
    guard !kept.isEmpty else {
      throw CatchmentError(
        .configuration, "\(name): no column is left", hint: "leave out fewer columns")
    }
    let names = kept.map(\.name)
    try Rename.refuseDuplicates(in: names, of: name)
    return try Transformed(each: input, as: SQL.identifiers(names), in: bench)
  }

  public static var examples: [StepExample] {
    let people: ExampleTable = """
      id | name | password
      1  | Ada  | 1234
      """
    return [
      StepExample(
        "Two columns are kept, in another order.", .select(["name", "id"]), input: people,
        output: """
          name | id
          Ada  | 1
          """),
      StepExample(
        "One column is left out.", .select(except: ["password"]), input: people,
        output: """
          id | name
          1  | Ada
          """),
    ]
  }
}

extension Transform where Self == Select {
  /// Keeps these columns, in this order.
  public static func select(_ columns: [String]) -> Select {
    var step = Select()
    step.columns = columns
    return step
  }

  /// Keeps all columns but these.
  public static func select(except columns: [String]) -> Select {
    var step = Select()
    step.excluded = columns
    return step
  }
}
