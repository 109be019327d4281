public import Catchment
internal import DuckDB

/// Makes columns of the parts of nested values.
///
/// ```swift
/// .transform(.flatten(separator: "."))
/// ```
public struct Flatten: Transform, Configurable {
  public static let kind = "flatten"
  public static let summary = "Makes columns of the parts of nested values (STRUCT)."
  public static var options: [StepOption<Flatten>] {
    [
      .optional(
        "columns", \.columns, "The columns to flatten; all nested ones, when none is named."),
      .optional("separator", \.separator, "What stands between the names of a column and a part."),
      .optional("depth", \.depth, "How many levels are taken apart; all, when not said."),
    ]
  }

  var columns: [String] = []
  var separator = "_"
  var depth: Int?

  public init() {}

  /// Throws `configuration` when a column is not nested, or two would have the same name.
  ///
  /// Of JSON it is not known what parts it has: cast it to a `STRUCT` first.
  public func apply(
    to input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    let chosen = try input.columns(named: columns, for: name)
    if !columns.isEmpty, let plain = chosen.first(where: { $0.type.parts == nil }) {
      throw CatchmentError(
        .configuration, "\(name): the column \(plain.name) is \(plain.type) and has no parts",
        hint: "cast JSON to a STRUCT in a step before, or name other columns")
    }
    let leaves = input.columns.flatMap { column in
      let leaf = Leaf(
        name: column.name, sql: SQL.identifier(column.name), type: column.type)
      return chosen.contains(column) ? parts(of: leaf, down: depth ?? Int.max) : [leaf]
    }
    try Rename.refuseDuplicates(in: leaves.map(\.name), of: name)
    let list = leaves.map { "\($0.sql) AS \(SQL.identifier($0.name))" }
    return try Transformed(each: input, as: list.joined(separator: ", "), in: bench)
  }

  private struct Leaf {
    var name: String
    var sql: String
    var type: LogicalType
  }

  private func parts(of leaf: Leaf, down levels: Int) -> [Leaf] {
    guard levels > 0, let fields = leaf.type.parts else { return [leaf] }
    return fields.flatMap { field in
      parts(
        of: Leaf(
          name: leaf.name + separator + field.name,
          sql: "struct_extract(\(leaf.sql), \(SQL.literal(field.name)))", type: field.type),
        down: levels - 1)
    }
  }

  public static var examples: [StepExample] {
    [
      StepExample(
        "An address becomes columns.", .flatten(),
        input: """
          id | address: STRUCT(city VARCHAR, geo STRUCT(lat DOUBLE, lon DOUBLE))
          1  | {'city': Bern, 'geo': {'lat': 46.9, 'lon': 7.4}}
          2  | NULL
          """,
        output: """
          id | address_city | address_geo_lat | address_geo_lon
          1  | Bern         | 46.9            | 7.4
          2  | NULL         | NULL            | NULL
          """)
    ]
  }
}

extension LogicalType {
  /// The fields of a structure; nil for anything else.
  fileprivate var parts: [Field]? {
    if case .structure(let fields) = self { fields } else { nil }
  }
}

extension Transform where Self == Flatten {
  /// Makes columns of the parts of nested values.
  public static func flatten(
    _ columns: [String] = [], separator: String = "_", depth: Int? = nil
  ) -> Flatten {
    var step = Flatten()
    step.columns = columns
    step.separator = separator
    step.depth = depth
    return step
  }
}
