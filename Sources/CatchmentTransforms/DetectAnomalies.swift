public import Catchment
internal import DuckDB

/// Finds rows with numbers far from those of the others, and says why.
///
/// ```swift
/// .transform(.detectAnomalies(in: ["amount"], by: .robustZ, within: ["category"]))
/// ```
///
/// Medians and quartiles hold the numbers they are of in memory, 8 bytes each; a forest holds a megabyte at
/// most, for each group.
public struct DetectAnomalies: Transform, Configurable {
  /// How far is told.
  public enum Method: String, OptionWord, Hashable {
    case zScore = "z_score"
    case robustZ = "robust_z"
    case iqr
    case isolationForest = "isolation_forest"
    case combined
  }

  /// What becomes of the rows that stand out.
  public enum Action: String, OptionWord, Hashable {
    case flag, filter, only
  }

  public static let kind = "detect_anomalies"
  public static let summary = "Finds rows whose numbers are far from the others', and says why."
  public static var options: [StepOption<DetectAnomalies>] {
    [
      .optional("columns", \.columns, "The columns that are looked at; all of numbers without it."),
      .optional(
        "method", \.method,
        """
        How far is told: z_score, in standard deviations from the mean; robust_z, the same by median and \
        median deviation, which a few wild values do not move; iqr, beyond the quartiles by so many times \
        their distance; isolation_forest, rows that random splits of all columns together set apart \
        early; combined, where at least two of the four say so.
        """),
      .optional(
        "threshold", \.threshold,
        """
        What is too far: 3 for z_score, 3.5 for robust_z, 1.5 for iqr and a score of 0.6 for \
        isolation_forest without it. Of its scores 0.5 is usual and 1 the highest; in even data some \
        rows of a hundred are above 0.6, and hardly one above 0.8.
        """),
      .optional("seed", \.seed, "Another number gives isolation_forest other trees."),
      .optional("within", \.within, "Columns by which rows are compared with their like only."),
      .optional(
        "action", \.action,
        """
        What becomes of these rows: flag marks every row in two columns, filter leaves them out, only \
        leaves the others out and says the reason.
        """),
      .optional("flag", \.flagColumn, "What the column that marks them is called."),
      .optional("reason", \.reasonColumn, "What the column with the reason in words is called."),
    ]
  }

  var columns: [String] = []
  var method = Method.zScore
  var threshold: Double?
  var seed = 0
  var within: [String] = []
  var action = Action.flag
  var flagColumn = "is_anomaly"
  var reasonColumn = "anomaly_reason"

  public init() {}

  public func check() throws(OptionError) {
    if let threshold {
      if method == .combined {
        throw OptionError("combines four methods, each with its threshold")
      }
      if threshold <= 0 { throw OptionError("has a threshold that is not above 0") }
      if method == .isolationForest, threshold >= 1 {
        throw OptionError("has a threshold that is not below 1, the highest score")
      }
    }
  }

  public func apply(
    to input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    let looked = try numbers(of: input)
    let groups = within.isEmpty ? [] : try input.columns(named: within, for: name)
    try Rename.refuseDuplicates(
      in: input.columns.map(\.name) + [flagColumn, reasonColumn, Self.reason, Self.isolated],
      of: name)
    let judged = try judged(input, looked, groups, in: bench)
    let list = input.columnList
    let why = "\(Self.reason) AS \(SQL.identifier(reasonColumn))"
    switch action {
    case .flag:
      return try Transformed(
        each: judged,
        as: "\(list), \(Self.reason) IS NOT NULL AS \(SQL.identifier(flagColumn)), \(why)",
        in: bench)
    case .filter: return try chosen(list, "\(Self.reason) IS NULL", judged, in: bench)
    case .only:
      return try chosen("\(list), \(why)", "\(Self.reason) IS NOT NULL", judged, in: bench)
    }
  }

  private func chosen(
    _ list: String, _ condition: String, _ judged: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    let rows = try bench.view("SELECT \(list) FROM \(judged.sql) WHERE \(condition)", of: judged)
    let (read, passed) = (try bench.count(judged), try bench.count(rows))
    return Transformed(
      rows, counts: StepCounts(read: read, filtered: read - passed, passed: passed))
  }

  private func numbers(of input: Relation) throws(CatchmentError) -> [Relation.Column] {
    guard !columns.isEmpty else { return input.columns.filter(\.type.isNumber) }
    let named = try input.columns(named: columns, for: name)
    for column in named where !column.type.isNumber {
      throw CatchmentError(
        .configuration, "\(name): the column \"\(column.name)\" is \(column.type), and no number",
        hint: "cast it in a step before")
    }
    return named
  }

  // MARK: The judgement

  /// The column of the reasons while the step works.
  private static let reason = "_reason"

  /// The column of the forest's reasons, where it is one of several methods.
  private static let isolated = NumberTest.isolated

  private func judged(
    _ input: Relation, _ looked: [Relation.Column], _ groups: [Relation.Column],
    in bench: Workbench
  ) throws(CatchmentError) -> Relation {
    let isForest = method == .isolationForest
    guard !looked.isEmpty, isForest || method == .combined else {
      return try bench.table(judgement(input, looked, groups))
    }
    let isolation = Isolation(
      columns: looked, groups: groups, threshold: isForest ? threshold ?? 0.6 : 0.6, seed: seed,
      step: name)
    let column = isForest ? Self.reason : Self.isolated
    let rows = try isolation.judged(input, as: column, in: bench)
    return isForest ? rows : try bench.table(judgement(rows, looked, groups))
  }

  /// The rows with why they stand out; NULL when they do not.
  private func judgement(
    _ input: Relation, _ looked: [Relation.Column], _ groups: [Relation.Column]
  ) -> String {
    let tests = looked.enumerated().map { NumberTest($0.element.name, place: $0.offset) }
    let keys = groups.enumerated().map { "\(SQL.identifier($0.element.name)) AS _g\($0.offset)" }
    let sums = tests.flatMap { $0.aggregates(method) }
    let reasons = tests.map { $0.reason(method, threshold) }
    let matches = groups.enumerated().map {
      "input.\(SQL.identifier($0.element.name)) IS NOT DISTINCT FROM s._g\($0.offset)"
    }
    guard !tests.isEmpty else {
      return "SELECT *, NULL::VARCHAR AS \(Self.reason) FROM \(input.sql)"
    }
    var reason = "nullif(concat_ws('; ', \(reasons.joined(separator: ", "))), '')"
    if method == .combined { reason += " || coalesce('; ' || input.\(Self.isolated), '')" }
    return """
      SELECT input.*, \(reason) AS \(Self.reason)
      FROM \(input.sql) AS input JOIN (
        SELECT \((keys + sums).joined(separator: ", ")) FROM \(input.sql)
        \(groups.isEmpty ? "" : "GROUP BY ALL")) AS s
      ON \(matches.isEmpty ? "true" : matches.joined(separator: " AND "))
      """
  }

  public static var examples: [StepExample] {
    let orders: ExampleTable = """
      id | shop  | amount
      1  | Bern  | 10
      2  | Bern  | 12
      3  | Bern  | 11
      4  | Bern  | 13
      5  | Bern  | 90
      6  | Basel | 88
      7  | Basel | 90
      8  | Basel | 92
      """
    return [
      StepExample(
        "What is far from the rest of its shop is marked, with the reason.",
        .detectAnomalies(in: ["amount"], by: .robustZ, within: ["shop"]), input: orders,
        output: """
          id | shop  | amount | is_anomaly | anomaly_reason
          1  | Bern  | 10     | false      | NULL
          2  | Bern  | 12     | false      | NULL
          3  | Bern  | 11     | false      | NULL
          4  | Bern  | 13     | false      | NULL
          5  | Bern  | 90     | true       | amount is 90: 52.61 median deviations above the median of 12
          6  | Basel | 88     | false      | NULL
          7  | Basel | 90     | false      | NULL
          8  | Basel | 92     | false      | NULL
          """),
      StepExample(
        "Only what lies beyond the quartiles.",
        .detectAnomalies(in: ["amount"], by: .iqr, within: ["shop"], action: .only), input: orders,
        output: """
          id | shop | amount | anomaly_reason
          5  | Bern | 90     | amount is 90: above 16, which is beyond the quartiles of 11 and 13
          """),
      StepExample(
        "A row that splits at random set apart early, and by which columns.",
        .detectAnomalies(in: ["pages", "price"], by: .isolationForest, action: .only),
        input: """
          book | pages | price
          a    | 310   | 19
          b    | 295   | 21
          c    | 305   | 18
          d    | 320   | 22
          e    | 300   | 20
          f    | 315   | 21
          g    | 290   | 19
          h    | 24    | 95
          """,
        output: """
          book | pages | price | anomaly_reason
          h    | 24    | 95    | set apart by price of 95 (54 %) and pages of 24 (46 %): alone after 1.09 splits where 3.436 are usual, score 0.8026
          """),
    ]
  }
}

extension Transform where Self == DetectAnomalies {
  /// Finds rows whose numbers are far from those of the others, or of their like.
  public static func detectAnomalies(
    in columns: [String] = [], by method: DetectAnomalies.Method = .zScore,
    threshold: Double? = nil, seed: Int = 0, within: [String] = [],
    action: DetectAnomalies.Action = .flag
  ) -> DetectAnomalies {
    var step = DetectAnomalies()
    step.columns = columns
    step.method = method
    step.threshold = threshold
    step.seed = seed
    step.within = within
    step.action = action
    return step
  }
}
