public import Catchment
internal import DuckDB

/// Says of each row how good it is, from 0 to 1, and lets pass or marks those that are good enough.
///
/// ```swift
/// .transform(.qualityScore(minimum: 0.7))
/// ```
public struct QualityScore: Transform, Configurable {
  /// What becomes of a row whose score is too low.
  public enum Action: String, OptionWord, Hashable {
    case filter, flag, reject
  }

  public static let kind = "quality_score"
  public static let summary =
    "Scores rows by completeness, validity and consistency, and filters or flags the poor ones."
  public static var options: [StepOption<QualityScore>] {
    [
      .optional("minimum", \.minimum, "The least score that is good enough, from 0 to 1."),
      .optional(
        "action", \.action,
        """
        What becomes of a row below the minimum: filter leaves it out, flag marks it in a column, \
        reject makes a dead letter of it.
        """),
      .optional(
        "columns", \.columns, "The columns that should have a value; all, when none is named."),
      .optional(
        "rules", \.rules,
        """
        What values of a column must be: email, url, uuid, phone, date or not_blank; { min: 0, max: 120 }, \
        { pattern: "[A-Z]{2}" } (the whole value), { in: [a, b] }.
        """),
      .optional(
        "consistency", \.consistency,
        "Conditions in SQL that hold of a good row, such as ended >= started; NULL does not count."),
      .optional("weights", \.weights, "How much each of the three counts."),
      .optional("score", \.scoreColumn, "What the column with the score is called."),
      .optional("flag", \.flagColumn, "What the column of action: flag is called."),
    ]
  }

  var minimum: Double?
  var action = Action.filter
  var columns: [String] = []
  var rules = NamedValues<ValueRule>()
  var consistency: [String] = []
  var weights = Weights()
  var scoreColumn = "quality_score"
  var flagColumn = "is_good"

  public init() {}

  public func check() throws(OptionError) {
    if let minimum, !(0...1).contains(minimum) {
      throw OptionError("has a minimum that is not from 0 to 1")
    }
    if minimum == nil, action != .filter {
      throw OptionError("has an action, which needs a minimum")
    }
  }

  /// Adds a column with the score, rounded to four places.
  ///
  /// A part that says nothing of a row (no rules, no values to judge) does not count.
  public func apply(
    to input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    let parts = try partsOfScore(input)
    let scored = try bench.table(
      """
      SELECT *, \(Self.weighted(parts.map(\.weight))) AS _score FROM (
        SELECT input.*, \(parts.map { "\($0.sql) AS \($0.column)" }.joined(separator: ", "))
        FROM \(input.sql) AS input)
      """)
    let list = "\(input.columnList), _score AS \(SQL.identifier(scoreColumn))"
    var result = try judged(scored, input, list, in: bench)
    result.measures = try measures(scored, parts.map(\.column), in: bench)
    return result
  }

  // MARK: The score

  private struct Part {
    var column: String
    var sql: String
    var weight: (column: String, value: Double)
  }

  private func partsOfScore(_ input: Relation) throws(CatchmentError) -> [Part] {
    try Rename.refuseDuplicates(
      in: input.columns.map(\.name) + Self.ownColumns + [scoreColumn]
        + (action == .flag ? [flagColumn] : []), of: name)
    let present = try input.columns(named: columns, for: name).map {
      "\(SQL.identifier($0.name)) IS NOT NULL"
    }
    var valid: [String] = []
    for member in rules.members {
      let column = try input.column(named: member.name, for: name)
      valid.append(member.value.sql(of: SQL.identifier(column.name)))
    }
    // On lines of their own: a condition may end in a comment.
    let consistent = consistency.map { "(\n\($0)\n)" }
    let sources = [
      (present, weights.completeness), (valid, weights.validity),
      (consistent, weights.consistency),
    ]
    return zip(Self.ownColumns, sources).map { column, source in
      Part(column: column, sql: Self.share(source.0), weight: (column, source.1))
    }
  }

  private static let ownColumns = ["_completeness", "_validity", "_consistency"]

  /// How many of the conditions that are not NULL hold; NULL of none.
  private static func share(_ conditions: [String]) -> String {
    guard !conditions.isEmpty else { return "NULL::DOUBLE" }
    let held = conditions.map { "coalesce((\($0))::INTEGER, 0)" }.joined(separator: " + ")
    let known = conditions.map { "((\($0)) IS NOT NULL)::INTEGER" }.joined(separator: " + ")
    return "(\(held))::DOUBLE / nullif(\(known), 0)"
  }

  private static func weighted(_ parts: [(column: String, value: Double)]) -> String {
    let sum = parts.map { "coalesce(\($0.column) * \($0.value), 0)" }.joined(separator: " + ")
    let weights = parts.map { "CASE WHEN \($0.column) IS NULL THEN 0 ELSE \($0.value) END" }
      .joined(separator: " + ")
    return "round((\(sum)) / nullif((\(weights))::DOUBLE, 0), 4)"
  }

  // MARK: The judgement

  private func judged(
    _ scored: Relation, _ input: Relation, _ list: String, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    guard let minimum else { return try Transformed(each: scored, as: list, in: bench) }
    let isGood = "coalesce(_score >= \(minimum), false)"
    switch action {
    case .flag:
      return try Transformed(
        each: scored, as: "\(list), \(isGood) AS \(SQL.identifier(flagColumn))", in: bench)
    case .reject:
      let rule = Rejects.Rule(
        "NOT \(isGood)", code: "quality", column: scoreColumn, value: "_score",
        "is a score below \(minimum)")
      return try Transformed(
        each: scored, as: list, refusing: [rule], recording: input, in: bench)
    case .filter:
      let good = try bench.view(
        "SELECT \(list) FROM \(scored.sql) WHERE \(isGood)", of: scored)
      let (read, passed) = (try bench.count(scored), try bench.count(good))
      return Transformed(
        good, counts: StepCounts(read: read, filtered: read - passed, passed: passed))
    }
  }

  /// Of all rows, before any is left out.
  private func measures(
    _ scored: Relation, _ parts: [String], in bench: Workbench
  ) throws(CatchmentError) -> [StepMeasure] {
    let columns = parts + ["_score"]
    let sums = columns.map { "coalesce(sum(\($0)), 0)::DOUBLE, count(\($0))" }
    let row =
      try bench.query("SELECT \(sums.joined(separator: ", ")) FROM \(scored.sql)").first ?? []
    return columns.enumerated().compactMap { place, column in
      guard row.count > place * 2 + 1, case .double(let sum) = row[place * 2] else { return nil }
      let count = Int(row[place * 2 + 1].int64 ?? 0)
      return count > 0 ? StepMeasure(String(column.dropFirst()), sum: sum, of: count) : nil
    }
  }

  /// How much completeness, validity and consistency count.
  public struct Weights: OptionValue, Hashable {
    public var completeness: Double
    public var validity: Double
    public var consistency: Double

    public init(completeness: Double = 0.4, validity: Double = 0.4, consistency: Double = 0.2) {
      self.completeness = completeness
      self.validity = validity
      self.consistency = consistency
    }

    public init(_ setting: Setting) throws(OptionError) {
      self.init()
      let members = try setting.members(["completeness", "validity", "consistency"])
      if let given = members["completeness"] { completeness = try Double(given) }
      if let given = members["validity"] { validity = try Double(given) }
      if let given = members["consistency"] { consistency = try Double(given) }
      let all = [completeness, validity, consistency]
      if all.contains(where: { $0 < 0 }) || all.allSatisfy({ $0 == 0 }) {
        throw OptionError("must not be negative, nor all 0", at: setting.place)
      }
    }

    public var setting: Setting {
      .map([
        "completeness": completeness.setting, "validity": validity.setting,
        "consistency": consistency.setting,
      ])
    }

    public static var schema: Setting {
      .map([
        "type": "object".setting,
        "properties": .map([
          "completeness": Double.schema, "validity": Double.schema, "consistency": Double.schema,
        ]),
        "additionalProperties": false.setting,
      ])
    }
  }
}

extension Transform where Self == QualityScore {
  /// Scores rows, and lets those pass that are good enough.
  public static func qualityScore(
    minimum: Double? = nil, action: QualityScore.Action = .filter, columns: [String] = [],
    rules: KeyValuePairs<String, ValueRule> = [:], consistency: [String] = [],
    weights: QualityScore.Weights = .init()
  ) -> QualityScore {
    var step = QualityScore()
    step.minimum = minimum
    step.action = action
    step.columns = columns
    step.rules = NamedValues(rules)
    step.consistency = consistency
    step.weights = weights
    return step
  }
}

extension QualityScore {
  public static var examples: [StepExample] {
    let people: ExampleTable = """
      name | mail            | age  | born | died
      Ada  | ada@example.org | 36   | 1815 | 1852
      Bob  | bob             | 200  | 1900 | 1850
      NULL | NULL            | NULL | NULL | NULL
      """
    return [
      StepExample(
        "Rows that are good enough pass, with their score.",
        .qualityScore(
          minimum: 0.7, rules: ["mail": .email, "age": .range(min: 0, max: 120)],
          consistency: ["died >= born"]), input: people,
        output: """
          name | mail            | age | born | died | quality_score
          Ada  | ada@example.org | 36  | 1815 | 1852 | 1.0
          """),
      StepExample(
        "Rows are marked, and all pass. Without rules, completeness is all.",
        .qualityScore(minimum: 0.7, action: .flag, columns: ["name", "age"]), input: people,
        output: """
          name | mail            | age  | born | died | quality_score | is_good
          Ada  | ada@example.org | 36   | 1815 | 1852 | 1.0           | true
          Bob  | bob             | 200  | 1900 | 1850 | 1.0           | true
          NULL | NULL            | NULL | NULL | NULL | 0.0           | false
          """),
    ]
  }
}
