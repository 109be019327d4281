public import Catchment
internal import DuckDB

/// Gives columns other types; a row with a value that does not fit becomes a dead letter.
///
/// ```swift
/// .transform(.cast(["amount": "DECIMAL(10,2)", "born": .init("DATE", formats: ["%d.%m.%Y"])]))
/// ```
public struct Cast: Transform, Configurable {
  public static let kind = "cast"
  public static let summary =
    "Gives columns other types; rows whose values do not fit become dead letters."
  public static var options: [StepOption<Cast>] {
    [
      .required(
        "columns", \.columns,
        """
        A type for each column, as SQL writes it (INTEGER, DECIMAL(10,2), DATE, BOOLEAN, JSON, …), \
        or a map of the type and the formats that dates and times are written in, such as \
        { type: DATE, formats: ["%d.%m.%Y"] }. A number with more digits after the point than the \
        type has does not fit; with { type: DECIMAL(10,2), round: true } it is rounded.
        """)
    ]
  }

  var columns = NamedValues<Target>()

  public init() {}

  /// - Parameter columns: a type for each column.
  public init(_ columns: KeyValuePairs<String, Target>) { self.columns = NamedValues(columns) }

  /// Throws `configuration` when a column or a type is not there.
  ///
  /// A number with more digits after the point than its type has does not fit, unless it may be
  /// rounded.
  public func apply(
    to input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    var expressions: [String: String] = [:]
    var rules: [Rejects.Rule] = []
    for member in columns.members {
      let column = try input.column(named: member.name, for: name)
      let cast = member.value.sql(for: column)
      let name = SQL.identifier(column.name)
      expressions[column.name] = cast
      let misfit =
        member.value.rounds ? "\(cast) IS NULL" : try Self.bends(column, cast, bench)
      rules.append(
        Rejects.Rule(
          "\(name) IS NOT NULL AND (\(misfit))", code: "cast", column: column.name,
          "is no \(member.value.description)"))
    }
    return try Transformed(
      each: input, as: input.list(replacing: expressions), refusing: rules, in: bench)
  }

  /// SQL that is true when the cast gives nothing, or something else.
  static func bends(
    _ column: Relation.Column, _ cast: String, _ bench: Workbench
  ) throws(CatchmentError) -> String {
    let name = SQL.identifier(column.name)
    let target = try bench.view(
      "SELECT \(cast) AS \(name) FROM (SELECT NULL::\(column.type) AS \(name))")
    guard let type = target.columns.first?.type, !column.type.isInteger,
      column.type == .varchar || column.type.isNumber
    else { return "\(cast) IS NULL" }
    if case .decimal(_, let scale) = type {
      return "\(cast) IS NULL OR \(loss(of: column, cast, scale: Int(scale)))"
    }
    guard type.isInteger else { return "\(cast) IS NULL" }
    // Up to 38 digits, of which 9 may come after the point.
    let exact = "TRY_CAST(\(name) AS DECIMAL(38,9))"
    return "\(cast) IS NULL OR \(exact) <> TRY_CAST(\(cast) AS DECIMAL(38,9))"
  }

  /// SQL that is true when a number loses digits behind the point.
  private static func loss(
    of column: Relation.Column, _ cast: String, scale: Int
  ) -> String {
    let name = SQL.identifier(column.name)
    guard column.type == .varchar else {
      // Of a binary fraction the nearest decimal is meant.
      let isBinary = column.type == .double || column.type == .float
      return isBinary ? "\(cast)::\(column.type) <> \(name)" : "\(cast) <> \(name)"
    }
    let hasPower = "regexp_matches(\(name), '[eE]')"
    return """
      CASE WHEN \(hasPower) THEN \(cast)::DOUBLE <> TRY_CAST(\(name) AS DOUBLE)
        ELSE regexp_matches(\(name), '\\.[0-9]{\(scale)}[0-9]*[1-9]') END
      """
  }

  /// What a column is made.
  public struct Target: OptionValue, Hashable, ExpressibleByStringLiteral {
    /// As SQL writes it.
    public var type: String
    /// How dates and times are written, by `strftime`; the first that fits is taken.
    public var formats: [String]
    /// Whether a number with more digits after the point than the type has is rounded.
    public var rounds: Bool

    public init(_ type: String, formats: [String] = [], rounds: Bool = false) {
      self.type = type
      self.formats = formats
      self.rounds = rounds
    }

    public init(stringLiteral type: String) { self.init(type) }

    public init(_ setting: Setting) throws(OptionError) {
      guard setting.entries != nil else {
        self.init(try String(setting))
        return
      }
      let members = try setting.members(["type", "formats", "round"])
      guard let type = members["type"] else {
        throw OptionError("needs a type", at: setting.place)
      }
      self.init(
        try String(type),
        formats: try members["formats"].map { (given) throws(OptionError) in
          try [String](given)
        } ?? [],
        rounds: try members["round"].map { (given) throws(OptionError) in try Bool(given) } ?? false
      )
    }

    public var setting: Setting {
      guard !formats.isEmpty || rounds else { return type.setting }
      var entries = [Setting.Entry("type", type.setting)]
      if !formats.isEmpty { entries.append(.init("formats", formats.setting)) }
      if rounds { entries.append(.init("round", true.setting)) }
      return Setting(.map(entries))
    }

    public static var schema: Setting {
      let map = Setting.map([
        "type": "object".setting, "required": ["type"].setting,
        "properties": .map([
          "type": String.schema, "formats": [String].schema, "round": Bool.schema,
        ]),
        "additionalProperties": false.setting,
      ])
      return .map(["anyOf": Setting(.list([String.schema, map]))])
    }

    func sql(for column: Relation.Column) -> String {
      let name = SQL.identifier(column.name)
      guard !formats.isEmpty else { return "TRY_CAST(\(name) AS \(type))" }
      let list = formats.map(SQL.literal).joined(separator: ", ")
      return "TRY_CAST(try_strptime(\(name)::VARCHAR, [\(list)]) AS \(type))"
    }

    var description: String {
      formats.isEmpty ? type : "\(type) of the format \(formats.joined(separator: " or "))"
    }
  }

  public static var examples: [StepExample] {
    [
      StepExample(
        "Text becomes numbers and dates. What is neither is kept as a dead letter.",
        .cast([
          "amount": "DECIMAL(10,2)", "rooms": "INTEGER",
          "born": .init("DATE", formats: ["%d.%m.%Y", "%Y-%m-%d"]),
        ]),
        input: """
          id | amount: VARCHAR | rooms: VARCHAR | born
          1  | 12.50           | 3              | 7.4.1984
          2  | many            | 2              | 1990-12-31
          3  | 7               | 2.5            | NULL
          4  | 7               | NULL           | 31.4.1999
          5  | NULL            | 1              | NULL
          """,
        output: """
          id | amount: DECIMAL(10,2) | rooms: INTEGER | born: DATE
          1  | 12.50                 | 3              | 1984-04-07
          5  | NULL                  | 1              | NULL
          """,
        rejects: """
          code | column | value: VARCHAR | message
          cast | amount | many           | "many" is no DECIMAL(10,2)
          cast | rooms  | 2.5            | "2.5" is no INTEGER
          cast | born   | 31.4.1999      | "31.4.1999" is no DATE of the format %d.%m.%Y or %Y-%m-%d
          """),
      StepExample(
        "Digits behind the point are not lost, unless rounding is asked for.",
        .cast(["price": "DECIMAL(10,2)", "rate": .init("DECIMAL(10,2)", rounds: true)]),
        input: """
          id | price: VARCHAR | rate: VARCHAR
          1  | 1.500          | 0.125
          2  | 1.505          | 0.5
          3  | 15e-1          | 2
          """,
        output: """
          id | price: DECIMAL(10,2) | rate: DECIMAL(10,2)
          1  | 1.50                 | 0.13
          3  | 1.50                 | 2.00
          """,
        rejects: """
          code | column | value: VARCHAR | message
          cast | price  | 1.505          | "1.505" is no DECIMAL(10,2)
          """),
    ]
  }
}

extension Transform where Self == Cast {
  /// Gives columns other types; rows whose values do not fit become dead letters.
  public static func cast(_ columns: KeyValuePairs<String, Cast.Target>) -> Cast { Cast(columns) }
}
