public import Catchment
internal import DuckDB

/// Holds rows to the columns and types that were agreed on, and says what happens when they differ.
///
/// ```swift
/// .transform(.contract(["id": "BIGINT", "amount": .init("DECIMAL(10,2)", values: .widen)]))
/// ```
public struct Contract: Transform, Configurable {
  /// What becomes of what is not as agreed.
  public enum Policy: String, OptionWord, Hashable {
    /// It is taken as it comes.
    case evolve
    /// The column gets a type that holds both.
    case widen
    /// The rows become dead letters.
    case quarantine
    /// It is left out: the column, or the value.
    case discard
    /// Nothing of the run is published.
    case freeze
  }

  public static let kind = "contract"
  public static let summary =
    "Holds rows to agreed columns and types: takes, widens, refuses or leaves out what differs."
  public static var options: [StepOption<Contract>] {
    [
      .required(
        "columns", \.columns,
        """
        The agreed type of each column, as SQL writes it, or a map such as \
        { type: BIGINT, values: widen } for one with a policy of its own.
        """),
      .optional(
        "values", \.values,
        """
        What becomes of values that do not fit their column's type: quarantine makes dead letters of \
        their rows, discard makes them NULL, widen gives the column a type that holds both it and what \
        was agreed, freeze publishes nothing.
        """),
      .optional(
        "new_columns", \.newColumns,
        """
        What becomes of columns that were not agreed on: evolve takes them, discard leaves them out, \
        quarantine also makes dead letters of rows with a value there, freeze publishes nothing.
        """),
      .optional(
        "missing_columns", \.missingColumns,
        """
        What becomes of agreed columns that are not there: evolve makes them NULL, freeze publishes \
        nothing.
        """),
    ]
  }

  var columns = NamedValues<Agreed>()
  var values = Policy.quarantine
  var newColumns = Policy.freeze
  var missingColumns = Policy.freeze

  public init() {}

  public var isGate: Bool {
    ([values, newColumns, missingColumns] + columns.members.compactMap(\.value.values))
      .contains(.freeze)
  }

  public func check() throws(OptionError) {
    let policies = [values] + columns.members.compactMap(\.value.values)
    if policies.contains(.evolve) { throw OptionError("cannot evolve values; widen their column") }
    if newColumns == .widen { throw OptionError("cannot widen columns that are new") }
    if ![.evolve, .freeze].contains(missingColumns) {
      throw OptionError("knows evolve and freeze for missing columns")
    }
  }

  /// Gives the agreed columns in their order, then those that are new.
  ///
  /// Throws `validation`, with all that differs, for what is frozen.
  public func apply(
    to input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    var terms = Terms()
    for member in columns.members { try agree(member, input, &terms, in: bench) }
    for column in input.columns where !terms.known.contains(column.name) {
      meet(column, &terms)
    }
    var failures = terms.failures
    failures += try frozen(terms.frozen, input, in: bench)
    guard failures.isEmpty else {
      throw CatchmentError(
        .validation, "the rows break their contract; nothing was published",
        hint: "correct the source, or agree on other columns, types or policies",
        cause: failures.joined(separator: "; "))
    }
    return try Transformed(
      each: input, as: terms.list.joined(separator: ", "), refusing: terms.rules, in: bench)
  }

  /// What the contract says of the columns that are there.
  private struct Terms {
    var list: [String] = []
    var known: Set<String> = []
    var rules: [Rejects.Rule] = []
    var failures: [String] = []
    var frozen: [(title: String, broken: String)] = []
  }

  private func agree(
    _ member: NamedValues<Agreed>.Member, _ input: Relation, _ terms: inout Terms,
    in bench: Workbench
  ) throws(CatchmentError) {
    let (type, name) = (member.value.type, SQL.identifier(member.name))
    guard let column = input.column(named: member.name) else {
      if missingColumns == .freeze { terms.failures.append("there is no \(member.name)") }
      return terms.list.append("NULL::\(type) AS \(name)")
    }
    terms.known.insert(column.name)
    let given = SQL.identifier(column.name)
    let cast = "TRY_CAST(\(given) AS \(type))"
    let misfit = "\(given) IS NOT NULL AND (\(try Cast.bends(column, cast, bench)))"
    var value = cast
    switch member.value.values ?? values {
    case .widen: value = "CAST(\(given) AS \(try Self.wider(column.type, type, in: bench)))"
    case .discard: value = "CASE WHEN NOT (\(misfit)) THEN \(cast) END"
    case .freeze: terms.frozen.append(("have no \(type) in \(column.name)", misfit))
    default:
      terms.rules.append(
        Rejects.Rule(misfit, code: "contract", column: column.name, "is no \(type)"))
    }
    terms.list.append("\(value) AS \(name)")
  }

  private func meet(_ column: Relation.Column, _ terms: inout Terms) {
    let name = SQL.identifier(column.name)
    switch newColumns {
    case .freeze: terms.failures.append("\(column.name) was not agreed on")
    case .quarantine:
      terms.rules.append(
        Rejects.Rule(
          "\(name) IS NOT NULL", code: "contract", column: column.name,
          "is in a column that was not agreed on"))
    case .discard: break
    default: terms.list.append(name)
    }
  }

  private func frozen(
    _ rules: [(title: String, broken: String)], _ input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> [String] {
    guard !rules.isEmpty else { return [] }
    let counts = rules.map { "count(*) FILTER (WHERE \($0.broken))" }.joined(separator: ", ")
    let row = try bench.query("SELECT \(counts) FROM \(input.sql)").first ?? []
    return zip(rules, row).compactMap { rule, count in
      count == .integer(0) ? nil : "\(count) rows \(rule.title)"
    }
  }

  /// The type that holds both, as the engine finds it for the elements of a list; text, where it finds
  /// none.
  private static func wider(
    _ given: LogicalType, _ agreed: String, in bench: Workbench
  ) throws(CatchmentError) -> String {
    do throws(CatchmentError) {
      let both = try bench.view("SELECT [NULL::\(given), NULL::\(agreed)] AS v")
      guard case .list(let element) = both.columns.first?.type else { return agreed }
      return element.description
    } catch  where error.code == .configuration {
      return "VARCHAR"
    }
  }

  /// What was agreed of a column.
  public struct Agreed: OptionValue, Hashable, ExpressibleByStringLiteral {
    /// As SQL writes it.
    public var type: String
    /// What becomes of values that do not fit; as for all columns, when nothing is said.
    public var values: Policy?

    public init(_ type: String, values: Policy? = nil) {
      self.type = type
      self.values = values
    }

    public init(stringLiteral type: String) { self.init(type) }

    public init(_ setting: Setting) throws(OptionError) {
      guard setting.entries != nil else {
        self.init(try String(setting))
        return
      }
      let members = try setting.members(["type", "values"])
      guard let type = members["type"] else {
        throw OptionError("needs a type", at: setting.place)
      }
      self.init(try String(type), values: try Policy?(members["values"] ?? Setting(.null)))
    }

    public var setting: Setting {
      guard let values else { return type.setting }
      return .map(["type": type.setting, "values": values.setting])
    }

    public static var schema: Setting {
      let map = Setting.map([
        "type": "object".setting, "required": ["type"].setting,
        "properties": .map(["type": String.schema, "values": Policy.schema]),
        "additionalProperties": false.setting,
      ])
      return .map(["anyOf": Setting(.list([String.schema, map]))])
    }
  }

  public static var examples: [StepExample] {
    [
      StepExample(
        """
        A value that is no number is refused, a column takes fractions, and what was not agreed on is \
        left out.
        """,
        .contract(
          ["id": "BIGINT", "amount": .init("BIGINT", values: .widen), "city": "VARCHAR"],
          newColumns: .discard, missingColumns: .evolve),
        input: """
          id: VARCHAR | amount | comment
          1           | 2.5    | new
          x           | 3.0    | NULL
          """,
        output: """
          id: BIGINT | amount: DOUBLE | city: VARCHAR
          1          | 2.5            | NULL
          """,
        rejects: """
          code     | column | value | message
          contract | id     | x     | "x" is no BIGINT
          """)
    ]
  }
}

extension Transform where Self == Contract {
  /// Holds rows to the columns and types that were agreed on.
  public static func contract(
    _ columns: KeyValuePairs<String, Contract.Agreed>, values: Contract.Policy = .quarantine,
    newColumns: Contract.Policy = .freeze, missingColumns: Contract.Policy = .freeze
  ) -> Contract {
    var step = Contract()
    step.columns = NamedValues(columns)
    step.values = values
    step.newColumns = newColumns
    step.missingColumns = missingColumns
    return step
  }
}
