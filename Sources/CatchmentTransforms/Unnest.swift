public import Catchment
internal import DuckDB

/// Makes a row of each element of a list.
///
/// ```swift
/// .transform(.unnest("items", as: "item"))
/// ```
public struct Unnest: Transform, Configurable {
  /// What becomes of a row whose list has no elements, or is NULL.
  public enum Empty: String, OptionWord, Hashable {
    case keep, drop
  }

  public static let kind = "unnest"
  public static let summary = "Makes a row of each element of a list, or of a JSON array."
  public static var options: [StepOption<Unnest>] {
    [
      .required("column", \.column, "The column that holds the list."),
      .optional(
        "as", \.newName, "What the element's column is called; as the list's, when not said."),
      .optional("position", \.position, "A column to add for the place in the list, from 1."),
      .optional(
        "empty", \.empty,
        """
        What becomes of a row whose list has no elements: keep leaves NULL in their place, drop \
        leaves the row out.
        """),
    ]
  }

  var column = ""
  var newName = ""
  var position = ""
  var empty = Empty.keep

  public init() {}

  /// Text that is no JSON array makes a dead letter of its row.
  ///
  /// Throws `configuration` when the column is not there or holds no lists.
  public func apply(
    to input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    let column = try input.column(named: self.column, for: name)
    let identifier = SQL.identifier(column.name)
    let lists = try list(column)
    var rules: [Rejects.Rule] = []
    if lists != identifier {
      rules = [
        Rejects.Rule(
          "\(identifier) IS NOT NULL AND \(lists) IS NULL", code: "not_a_list",
          column: column.name, "is no JSON array")
      ]
    }
    let listed = try Transformed(
      each: input, as: input.list(replacing: [column.name: lists]), refusing: rules, in: bench)
    return try unnested(column, listed, in: bench)
  }

  private func list(_ column: Relation.Column) throws(CatchmentError) -> String {
    let name = SQL.identifier(column.name)
    switch column.type {
    case .list: return name
    case .array(let element, _): return "\(name)::\(element)[]"
    case .varchar, .json: return "TRY_CAST(\(name) AS JSON[])"
    default:
      throw CatchmentError(
        .configuration,
        "\(self.name): the column \(column.name) is \(column.type) and holds no lists",
        hint: "name a column of lists or JSON arrays")
    }
  }

  private func unnested(
    _ column: Relation.Column, _ listed: Transformed, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    let input = listed.rows
    let identifier = SQL.identifier(column.name)
    let isEmpty = "coalesce(len(\(identifier)), 0) = 0"
    let lists =
      empty == .keep ? "CASE WHEN \(isEmpty) THEN [NULL] ELSE \(identifier) END" : identifier
    let newName = self.newName.isEmpty ? column.name : self.newName
    var names = input.columns.map { $0.name == column.name ? newName : $0.name }
    var list = input.columns.map { other in
      other.name == column.name
        ? "unnest(\(lists)) AS \(SQL.identifier(newName))" : SQL.identifier(other.name)
    }
    if !position.isEmpty {
      names.append(position)
      let places =
        empty == .keep
        ? "CASE WHEN \(isEmpty) THEN [NULL] ELSE range(1, len(\(identifier)) + 1) END"
        : "range(1, len(\(identifier)) + 1)"
      list.append("unnest(\(places)) AS \(SQL.identifier(position))")
    }
    try Rename.refuseDuplicates(in: names, of: name)
    let rows = try bench.table("SELECT \(list.joined(separator: ", ")) FROM \(input.sql)")
    return try counted(rows, isEmpty, listed, in: bench)
  }

  /// A list of three makes two rows, and one of none is filtered.
  private func counted(
    _ rows: Relation, _ isEmpty: String, _ listed: Transformed, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    var counts = listed.counts
    if empty == .drop {
      let gone = try bench.query("SELECT count(*) FROM \(listed.rows.sql) WHERE \(isEmpty)")
      counts.filtered = Int(gone.first?.first?.int64 ?? 0)
    }
    let from = counts.passed - counts.filtered
    counts.passed = try bench.count(rows)
    counts.made = counts.passed - from
    return Transformed(rows, counts: counts, rejects: listed.rejects)
  }

  public static var examples: [StepExample] {
    [
      StepExample(
        "Each tag gets a row of its own.", .unnest("tags", as: "tag", position: "place"),
        input: """
          id | tags: VARCHAR[]
          1  | [red, blue]
          2  | []
          3  | NULL
          """,
        output: """
          id | tag  | place: BIGINT
          1  | red  | 1
          1  | blue | 2
          2  | NULL | NULL
          3  | NULL | NULL
          """),
      StepExample(
        "Lists may be JSON. Rows without elements are left out, and what is no array is refused.",
        .unnest("items", empty: .drop),
        input: """
          id | items
          1  | [1, {"a": 2}]
          2  | []
          3  | none
          """,
        output: """
          id | items: JSON
          1  | 1
          1  | {"a":2}
          """,
        rejects: """
          code       | column | value | message
          not_a_list | items  | none  | "none" is no JSON array
          """),
    ]
  }
}

extension Transform where Self == Unnest {
  /// Makes a row of each element of a list.
  public static func unnest(
    _ column: String, as newName: String = "", position: String = "", empty: Unnest.Empty = .keep
  ) -> Unnest {
    var step = Unnest()
    step.column = column
    step.newName = newName
    step.position = position
    step.empty = empty
    return step
  }
}
