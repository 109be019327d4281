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

  /// Throws `configuration` when it does not fit the input: a column that is not there, wrong SQL.
  func apply(to input: Relation, in bench: Workbench) throws(CatchmentError) -> Transformed
}

/// What came of a step.
public struct Transformed: Sendable {
  /// What the next step is given.
  public var rows: Relation
  /// What became of the rows of the input; must be conserved.
  public var counts: StepCounts

  public init(_ rows: Relation, counts: StepCounts) {
    self.rows = rows
    self.counts = counts
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
