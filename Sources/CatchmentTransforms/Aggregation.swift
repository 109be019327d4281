public import Catchment
internal import DuckDB

/// One value of many: a sum, a count, a list.
public enum Aggregation: OptionValue, Hashable {
  /// How many rows there are.
  case count
  /// What a function makes of a column.
  case function(Function, String)
  /// The texts of a column, one after another.
  case concat(String, separator: String)
  /// The value below which a share of a column's values lies, from 0 to 1.
  case percentile(String, Double)
  /// An expression of the user's own that draws rows together.
  case sql(String)

  /// What can be made of a column.
  public enum Function: String, OptionWord, Hashable {
    case sum, avg, min, max, count
    case countDistinct = "count_distinct"
    case first, last, list

    /// Whether the order of the rows matters.
    var isOrdered: Bool { self == .first || self == .last || self == .list }
  }

  static let summary = """
    What each new column is: count (rows), { sum: column }, and so with avg, min, max, count (values \
    that are there), count_distinct, first, last, list; { concat: column, separator: ", " }, \
    { percentile: column, at: 0.95 }, { sql: "max(a) - min(a)" }.
    """

  public static func sum(_ column: String) -> Aggregation { .function(.sum, column) }
  public static func avg(_ column: String) -> Aggregation { .function(.avg, column) }
  public static func min(_ column: String) -> Aggregation { .function(.min, column) }
  public static func max(_ column: String) -> Aggregation { .function(.max, column) }
  public static func count(_ column: String) -> Aggregation { .function(.count, column) }
  public static func countDistinct(_ column: String) -> Aggregation {
    .function(.countDistinct, column)
  }
  public static func first(_ column: String) -> Aggregation { .function(.first, column) }
  public static func last(_ column: String) -> Aggregation { .function(.last, column) }
  public static func list(_ column: String) -> Aggregation { .function(.list, column) }

  // MARK: Settings

  public init(_ setting: Setting) throws(OptionError) {
    if let text = setting.text {
      guard text == "count" else {
        throw OptionError(
          "must be count or a map such as { sum: amount }, not \"\(text)\"", at: setting.place)
      }
      self = .count
      return
    }
    let functions = Function.allCases.map(\.rawValue)
    let members = try setting.members(
      functions + ["concat", "separator", "percentile", "at", "sql"])
    if let column = members["concat"] {
      let separator = try members["separator"].map { (given) throws(OptionError) in
        try String(given)
      }
      self = .concat(try String(column), separator: separator ?? ",")
    } else if let column = members["percentile"] {
      self = .percentile(try String(column), try Self.share(members["at"], at: setting.place))
    } else if let query = members["sql"] {
      self = .sql(try String(query))
    } else if let name = functions.first(where: { members[$0] != nil }),
      let function = Function(rawValue: name), let column = members[name]
    {
      self = .function(function, try String(column))
    } else {
      throw OptionError("needs a function such as sum", at: setting.place)
    }
  }

  private static func share(
    _ setting: Setting?, at place: Setting.Place?
  ) throws(OptionError) -> Double {
    guard let setting else { throw OptionError("needs a share, such as at: 0.95", at: place) }
    let share = try Double(setting)
    guard (0...1).contains(share) else {
      throw OptionError("must be at a share from 0 to 1", at: setting.place)
    }
    return share
  }

  public var setting: Setting {
    switch self {
    case .count: "count".setting
    case .function(let function, let column):
      Setting(.map([.init(function.rawValue, column.setting)]))
    case .concat(let column, let separator):
      .map(["concat": column.setting, "separator": separator.setting])
    case .percentile(let column, let share):
      .map(["percentile": column.setting, "at": share.setting])
    case .sql(let query): .map(["sql": query.setting])
    }
  }

  public static var schema: Setting {
    let names = Function.allCases.map(\.rawValue) + ["concat", "separator", "percentile", "sql"]
    let members = names.map { Setting.Entry($0, String.schema) } + [.init("at", Double.schema)]
    let map = Setting.map([
      "type": "object".setting, "properties": Setting(.map(members)),
      "additionalProperties": false.setting,
    ])
    return .map(["anyOf": Setting(.list([.map(["const": "count".setting]), map]))])
  }
}

/// Aggregations as SQL, over the rows of a relation.
struct Aggregations {
  let names: [String]
  private let members: [NamedValues<Aggregation>.Member]
  private let order: [String]
  private let step: String

  init(
    _ columns: NamedValues<Aggregation>, _ order: [String], step: String
  ) throws(CatchmentError) {
    members = columns.members
    names = members.map(\.name)
    self.order = order
    self.step = step
  }

  /// Whether the rows must be held, so that they have an order of their own.
  var isOrdered: Bool {
    order.isEmpty
      && members.contains { member in
        switch member.value {
        case .function(let function, _): function.isOrdered
        case .concat: true
        default: false
        }
      }
  }

  func sql(over input: Relation) throws(CatchmentError) -> [String] {
    var list: [String] = []
    for member in members {
      list.append("\(try sql(member.value, input)) AS \(SQL.identifier(member.name))")
    }
    return list
  }

  private func sql(
    _ aggregation: Aggregation, _ input: Relation
  ) throws(CatchmentError) -> String {
    switch aggregation {
    case .count: return "count(*)"
    case .sql(let query): return "(\n\(query)\n)"
    case .percentile(let column, let share):
      return "quantile_cont(\(try name(column, input)), \(share))"
    case .concat(let column, let separator):
      let text = "\(try name(column, input))::VARCHAR"
      return "string_agg(\(text), \(SQL.literal(separator)) ORDER BY \(try ordering(input)))"
    case .function(let function, let column):
      return try sql(function, input.column(named: column, for: step), input)
    }
  }

  private func sql(
    _ function: Aggregation.Function, _ column: Relation.Column, _ input: Relation
  ) throws(CatchmentError) -> String {
    let name = SQL.identifier(column.name)
    switch function {
    case .sum where column.type.isInteger && column.type != .hugeint:
      // Of 128 bits otherwise, which few destinations have.
      return "sum(\(name))::BIGINT"
    case .sum: return column.type.isFloating ? Self.exact("sum", name) : "sum(\(name))"
    case .avg: return column.type.isFloating ? Self.exact("avg", name) : "avg(\(name))"
    case .countDistinct: return "count(DISTINCT \(name))"
    case .first, .last, .list:
      return "\(function.rawValue)(\(name) ORDER BY \(try ordering(input)))"
    case .min, .max, .count: return "\(function.rawValue)(\(name))"
    }
  }

  /// The same sum whatever the order, of which several threads have none.
  ///
  /// As decimals of nine places, fractions add up exactly. What does not fit there is added up with compensation.
  private static func exact(_ function: String, _ name: String) -> String {
    let decimal = "TRY_CAST(\(name) AS DECIMAL(38,9))"
    let fits = "bool_and(\(decimal)::DOUBLE IS NOT DISTINCT FROM \(name)::DOUBLE)"
    let sum = "sum(\(decimal))::DOUBLE"
    let exact = function == "sum" ? sum : "\(sum) / nullif(count(\(name)), 0)"
    return "CASE WHEN \(fits) THEN \(exact) ELSE f\(function)(\(name)) END"
  }

  private func name(_ column: String, _ input: Relation) throws(CatchmentError) -> String {
    SQL.identifier(try input.column(named: column, for: step).name)
  }

  private func ordering(_ input: Relation) throws(CatchmentError) -> String {
    guard !order.isEmpty else { return "rowid" }
    return SQL.identifiers(try input.columns(named: order, for: step).map(\.name))
  }
}
