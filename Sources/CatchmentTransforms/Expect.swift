public import Catchment
internal import DuckDB

/// Lets all rows pass, or none and nothing of the run: a gate before the destination.
///
/// ```swift
/// .transform(.expect(unique: ["id"], notNull: ["id", "name"], values: ["age": .range(min: 0, max: 120)]))
/// ```
public struct Expect: Transform, Configurable {
  public static let kind = "expect"
  public static let summary =
    "Ends the run before anything is published when the rows are not as they are expected."
  public static var options: [StepOption<Expect>] {
    [
      .optional("unique", \.unique, "Columns that no two rows have alike, all together."),
      .optional("not_null", \.notNull, "Columns that have a value in every row."),
      .optional(
        "values", \.values,
        """
        What values of a column must be: email, url, uuid, phone, date or not_blank; \
        { min: 0, max: 120 }, { pattern: "[A-Z]{2}" } (the whole value), { in: [a, b] }.
        """),
      .optional(
        "conditions", \.conditions,
        "Conditions in SQL that hold of every row, such as ended >= started; NULL does not count."),
      .optional("least_rows", \.leastRows, "How many rows there are at least."),
      .optional("most_rows", \.mostRows, "How many rows there are at most."),
      .optional(
        "fresh", \.fresh,
        "How old the newest value of a column may be, such as { updated_at: 2 days }."),
    ]
  }

  var unique: [String] = []
  var notNull: [String] = []
  var values = NamedValues<ValueRule>()
  var conditions: [String] = []
  var leastRows: Int?
  var mostRows: Int?
  var fresh = NamedValues<String>()

  public init() {}

  public var isGate: Bool { true }

  public func check() throws(OptionError) {
    let isNothing =
      unique.isEmpty && notNull.isEmpty && values.members.isEmpty && conditions.isEmpty
      && leastRows == nil && mostRows == nil && fresh.members.isEmpty
    if isNothing { throw OptionError("expects nothing; say what, such as unique: id") }
  }

  /// Throws `validation`, with everything that is not as expected.
  public func apply(
    to input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    let rows = try bench.count(input)
    var failures = try Self.broken(rules(of: input), by: input, in: bench)
    failures += try repeated(in: input, bench)
    failures += try stale(in: input, bench)
    if let leastRows, rows < leastRows {
      failures.append("there are \(rows) rows, and should be \(leastRows) at least")
    }
    if let mostRows, rows > mostRows {
      failures.append("there are \(rows) rows, and should be \(mostRows) at most")
    }
    guard failures.isEmpty else {
      throw CatchmentError(
        .validation, "the rows are not as they are expected; nothing was published",
        hint: "correct the source, refuse such rows in a step before, or expect something else",
        cause: failures.joined(separator: "; "))
    }
    return Transformed(input, counts: StepCounts(read: rows, passed: rows))
  }

  // MARK: Rows

  private typealias Rule = (title: String, broken: String)

  private func rules(of input: Relation) throws(CatchmentError) -> [Rule] {
    var rules: [Rule] = []
    for column in notNull.isEmpty ? [] : try input.columns(named: notNull, for: name) {
      rules.append(("have no \(column.name)", "\(SQL.identifier(column.name)) IS NULL"))
    }
    for member in values.members {
      let column = try input.column(named: member.name, for: name)
      let holds = member.value.sql(of: SQL.identifier(column.name))
      rules.append(("have no fitting \(column.name)", "NOT (\(holds))"))
    }
    // On lines of its own: a condition may end in a comment.
    for condition in conditions {
      rules.append(("break the condition \(condition)", "NOT (\n\(condition)\n)"))
    }
    return rules
  }

  /// All rules in one look at the rows.
  private static func broken(
    _ rules: [Rule], by input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> [String] {
    guard !rules.isEmpty else { return [] }
    let counts = rules.map { "count(*) FILTER (WHERE \($0.broken))" }.joined(separator: ", ")
    let row = try bench.query("SELECT \(counts) FROM \(input.sql) AS input").first ?? []
    return zip(rules, row).compactMap { rule, count in
      count == .integer(0) ? nil : "\(count) rows \(rule.title)"
    }
  }

  private func repeated(in input: Relation, _ bench: Workbench) throws(CatchmentError) -> [String] {
    guard !unique.isEmpty else { return [] }
    let columns = SQL.identifiers(try input.columns(named: unique, for: name).map(\.name))
    let count = try bench.query(
      """
      SELECT count(*) FROM
        (SELECT 1 FROM \(input.sql) GROUP BY \(columns) HAVING count(*) > 1)
      """)
    let several = count.first?.first ?? .null
    guard several != .integer(0) else { return [] }
    return ["\(several) values of \(unique.joined(separator: ", ")) stand in several rows"]
  }

  private func stale(in input: Relation, _ bench: Workbench) throws(CatchmentError) -> [String] {
    var failures: [String] = []
    for member in fresh.members {
      let column = try input.column(named: member.name, for: name)
      let newest = "max(\(SQL.identifier(column.name)))::TIMESTAMP WITH TIME ZONE"
      let age = "CAST(\(SQL.literal(member.value)) AS INTERVAL)"
      let row =
        try bench.query(
          """
          SELECT coalesce(\(newest) < now() - \(age), true),
            max(\(SQL.identifier(column.name)))::VARCHAR FROM \(input.sql)
          """
        ).first ?? []
      guard row.first != .boolean(false) else { continue }
      failures.append(
        "the newest \(column.name) is \(row.last?.text ?? "missing"), more than \(member.value) ago"
      )
    }
    return failures
  }

  public static var examples: [StepExample] {
    [
      StepExample(
        "Rows that are as they should be pass. Were there another of id 1, nothing would be published.",
        .expect(
          unique: ["id"], notNull: ["id"], values: ["age": .range(min: 0, max: 120)], leastRows: 1),
        input: """
          id | age
          1  | 36
          2  | NULL
          """,
        output: """
          id | age
          1  | 36
          2  | NULL
          """)
    ]
  }
}

extension Transform where Self == Expect {
  /// Ends the run before anything is published when the rows are not as they are expected.
  public static func expect(
    unique: [String] = [], notNull: [String] = [], values: KeyValuePairs<String, ValueRule> = [:],
    conditions: [String] = [], leastRows: Int? = nil, mostRows: Int? = nil,
    fresh: KeyValuePairs<String, String> = [:]
  ) -> Expect {
    var step = Expect()
    step.unique = unique
    step.notNull = notNull
    step.values = NamedValues(values)
    step.conditions = conditions
    step.leastRows = leastRows
    step.mostRows = mostRows
    step.fresh = NamedValues(fresh)
    return step
  }
}
