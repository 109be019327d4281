/// A step from a relation to a relation.
///
/// What SQL can say is SQL over the input:
///
/// ```swift
/// public struct Limit: Transform {
///   let rows: Int
///   public var name: String { "limit" }
///   public func apply(
///     to input: Relation, in bench: Workbench
///   ) throws(CatchmentError) -> Transformed {
///     try Transformed(of: input, as: "SELECT * FROM \(input.sql) LIMIT \(rows)", in: bench)
///   }
/// }
/// ```
///
/// It leaves its input as it was, gives the same rows for the same input, and accounts for every row
/// (`TransformContract` in `CatchmentTesting` checks all three).
public protocol Transform: Sendable {
  /// What reports call it: `filter`.
  var name: String { get }
  /// Whether it may keep everything from being published, and not only some rows: no unit is then
  /// loaded before all have passed.
  var isGate: Bool { get }

  /// Throws `configuration` when it does not fit the input: a column that is not there, wrong SQL.
  func apply(to input: Relation, in bench: Workbench) throws(CatchmentError) -> Transformed
}

extension Transform {
  public var isGate: Bool { false }
}

extension Transform where Self: Configurable {
  /// As a file calls it.
  public var name: String { Self.kind }
}

/// What came of a step.
public struct Transformed: Sendable {
  /// What the next step is given.
  public var rows: Relation
  /// What became of the rows of the input; must be conserved.
  public var counts: StepCounts
  /// The rows that could not be taken, with the columns of `Rejects`; nil for none.
  public var rejects: Relation?
  /// What the step found out about its rows, for the report.
  public var measures: [StepMeasure]

  public init(
    _ rows: Relation, counts: StepCounts, rejects: Relation? = nil, measures: [StepMeasure] = []
  ) {
    self.rows = rows
    self.counts = counts
    self.rejects = rejects
    self.measures = measures
  }

  /// A step that is one query: rows it leaves out are filtered, rows it makes are counted as made.
  ///
  /// The result is held, so that what is counted is what is loaded, even if the query is random.
  public init(
    of input: Relation, as sql: String, in bench: Workbench
  ) throws(CatchmentError) {
    let rows = try bench.table(sql)
    let (before, after) = (try bench.count(input), try bench.count(rows))
    self.init(
      rows,
      counts: StepCounts(
        read: before, made: max(after - before, 0), filtered: max(before - after, 0),
        passed: after))
  }

  /// A step that lets rows pass as they are, or not.
  ///
  /// They are looked at again when they are read, so the condition must say the same each time.
  public init(
    passing input: Relation, where condition: String, in bench: Workbench
  ) throws(CatchmentError) {
    let rows = try bench.view(
      "SELECT * FROM \(input.sql) AS input WHERE \(condition)", of: input)
    let (read, passed) = (try bench.count(input), try bench.count(rows))
    self.init(rows, counts: StepCounts(read: read, filtered: read - passed, passed: passed))
  }

  /// A step that gives one row for each that it is given, and refuses those that break a rule.
  ///
  /// The rows are computed when they are read, so `columns` must give the same each time and cannot
  /// fail: `TRY_CAST` and not `CAST`. Dead letters have the row as `recorded` has its columns, when
  /// the step has added some of its own.
  public init(
    each input: Relation, as columns: String, refusing rules: [Rejects.Rule] = [],
    recording recorded: Relation? = nil, in bench: Workbench
  ) throws(CatchmentError) {
    let read = try bench.count(input)
    let rejects =
      try rules.isEmpty
      ? nil : Rejects.table(input, breaking: rules, recording: recorded ?? input, in: bench)
    let refused = try rejects.map(bench.count) ?? 0
    let condition = refused > 0 ? " WHERE NOT (\(Rejects.condition(rules)))" : ""
    self.init(
      try bench.view("SELECT \(columns) FROM \(input.sql) AS input\(condition)"),
      counts: StepCounts(read: read, deadLettered: refused, passed: read - refused),
      rejects: refused > 0 ? rejects : nil)
  }
}

/// Something a step found out about its rows: a sum over them, and how many they were.
///
/// Over several units both add up.
public struct StepMeasure: Sendable, Hashable {
  /// As reports name it: `completeness`.
  public var name: String
  public var sum: Double
  public var count: Int

  public init(_ name: String, sum: Double, of count: Int) {
    self.name = name
    self.sum = sum
    self.count = count
  }

  /// Nil of no rows.
  public var mean: Double? { count > 0 ? sum / Double(count) : nil }
}

/// What a step did with rows: `read + made = passed + filtered + deadLettered`.
public struct StepCounts: Sendable, Hashable {
  /// Rows of the input.
  public var read: Int
  /// Rows beyond those it was given: one row taken apart into several, for instance.
  public var made: Int
  /// Left out on purpose, or drawn together with others.
  public var filtered: Int
  /// Could not be taken.
  public var deadLettered: Int
  /// Given to the next step.
  public var passed: Int

  public init(read: Int, made: Int = 0, filtered: Int = 0, deadLettered: Int = 0, passed: Int) {
    self.read = read
    self.made = made
    self.filtered = filtered
    self.deadLettered = deadLettered
    self.passed = passed
  }

  /// Whether every row that was read or made is accounted for.
  public var isConserved: Bool { read + made == passed + filtered + deadLettered }
}
