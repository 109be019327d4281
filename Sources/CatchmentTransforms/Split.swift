public import Catchment

/// Takes texts apart, into columns or into rows.
///
/// ```swift
/// .transform(.split("name", by: " ", into: ["first", "last"]))
/// .transform(.split("tags", by: ";"))
/// ```
public struct Split: Transform, Configurable {
  public static let kind = "split"
  public static let summary = "Takes texts apart, into columns or into rows."
  public static var options: [StepOption<Split>] {
    [
      .required("column", \.column, "The column that holds the text."),
      .required("by", \.separator, "What stands between the parts."),
      .optional(
        "into", \.names,
        """
        The columns that the parts become; the last has whatever is left. Without any, each part gets \
        a row of its own.
        """),
      .optional("keep", \.keepsColumn, "Whether the column stays beside the new ones."),
    ]
  }

  var column = ""
  var separator = ""
  var names: [String] = []
  var keepsColumn = false

  public init() {}

  public func check() throws(OptionError) {
    if separator.isEmpty { throw OptionError("needs something to split by, such as by: \";\"") }
    if keepsColumn, names.isEmpty { throw OptionError("keeps a column only beside others (into)") }
  }

  /// Spaces around a part are no part of it, and a part of nothing is NULL.
  public func apply(
    to input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    let column = try input.text(named: self.column, for: name)
    return try names.isEmpty
      ? rows(column, of: input, in: bench) : columns(column, of: input, in: bench)
  }

  private func columns(
    _ column: Relation.Column, of input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    let parts = "string_split(\(SQL.identifier(column.name)), \(SQL.literal(separator)))"
    let last = names.count
    let values = names.enumerated().map { place, name in
      let part =
        place + 1 == last
        ? "array_to_string(\(parts)[\(last):], \(SQL.literal(separator)))"
        : "\(parts)[\(place + 1)]"
      return "nullif(trim(\(part)), '') AS \(SQL.identifier(name))"
    }
    var list: [String] = []
    var all: [String] = []
    for other in input.columns {
      if other != column || keepsColumn {
        list.append(SQL.identifier(other.name))
        all.append(other.name)
      }
      if other == column {
        list += values
        all += names
      }
    }
    try Rename.refuseDuplicates(in: all, of: name)
    return try Transformed(each: input, as: list.joined(separator: ", "), in: bench)
  }

  /// A missing text stays one row.
  private func rows(
    _ column: Relation.Column, of input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    let identifier = SQL.identifier(column.name)
    let parts = "string_split(\(identifier), \(SQL.literal(separator)))"
    let row = "nullif(trim(unnest(coalesce(\(parts), [NULL]))), '')"
    return try Transformed(
      of: input, as: "SELECT \(input.list(replacing: [column.name: row])) FROM \(input.sql)",
      in: bench)
  }

  public static var examples: [StepExample] {
    [
      StepExample(
        "A name becomes two columns; what does not fit stays in the last.",
        .split("name", by: " ", into: ["first", "last"]),
        input: """
          id | name
          1  | Ada Lovelace
          2  | Ludwig van Beethoven
          3  | Plato
          """,
        output: """
          id | first  | last
          1  | Ada    | Lovelace
          2  | Ludwig | van Beethoven
          3  | Plato  | NULL
          """),
      StepExample(
        "Each part becomes a row.", .split("tags", by: ";"),
        input: """
          id | tags
          1  | red; blue
          2  | NULL
          """,
        output: """
          id | tags
          1  | red
          1  | blue
          2  | NULL
          """),
    ]
  }
}

extension Transform where Self == Split {
  /// Takes texts apart: into these columns, or into rows when none is named.
  public static func split(
    _ column: String, by separator: String, into names: [String] = [], keep: Bool = false
  ) -> Split {
    var step = Split()
    step.column = column
    step.separator = separator
    step.names = names
    step.keepsColumn = keep
    return step
  }
}
