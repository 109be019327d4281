public import Catchment
internal import DuckDB

/// What every transform must keep, whatever it does.
///
/// A new transform gets its tests by an adapter that makes it for a column of whole numbers:
///
/// ```swift
/// @Test func `keeps the transform contract`() throws {
///   try TransformContract { column in Filter("\(SQL.identifier(column)) % 3 = 0") }.check()
/// }
/// ```
public struct TransformContract: Sendable {
  private let make: @Sendable (String) -> any Transform
  private let hasFixedColumns: Bool

  /// - Parameters:
  ///   - hasFixedColumns: false for a transform whose columns depend on the rows it is given.
  ///   - make: makes the transform, for a column of this name.
  public init(
    hasFixedColumns: Bool = true, _ make: @escaping @Sendable (String) -> any Transform
  ) {
    self.hasFixedColumns = hasFixedColumns
    self.make = make
  }

  /// Throws a `TestFailure` that names the broken promise.
  public func check() throws {
    try check("an empty input", rows: "SELECT 1::BIGINT AS n, 'a' AS text LIMIT 0")
    try check("one row", rows: "SELECT 1::BIGINT AS n, 'a' AS text")
    try check(
      "columns of nothing but NULL",
      rows: "SELECT NULL::BIGINT AS n, NULL::VARCHAR AS text FROM range(10)")
    try check("some NULLs", rows: Self.many(100))
    try check("more rows than a vector has", rows: Self.many(5_000))
    for name in HostileNames.all {
      try check("a column called \(name)", rows: Self.many(50), column: name)
    }
    if hasFixedColumns { try checkColumns() }
  }

  /// Numbers, some of them missing and some of them twice, and text.
  private static func many(_ count: Int) -> String {
    """
    SELECT CASE WHEN range % 7 = 0 THEN NULL ELSE range // 2 END AS n, 'text ' || range AS text
    FROM range(\(count))
    """
  }

  private func check(_ what: String, rows: String, column: String = "n") throws {
    let bench = try Workbench()
    let input = try bench.table("SELECT n AS \(SQL.identifier(column)), text FROM (\(rows))")
    let before = try (bench.count(input), bench.checksum(input))
    let transform = make(column)
    let first = try transform.apply(to: input, in: bench)
    try expect(first.counts.read == before.0, "\(what): not every row counts as read")
    try expect(
      try first.counts.passed == bench.count(first.rows),
      "\(what): \(first.counts.passed) rows are said to pass, and others do")
    try expect(first.counts.isConserved, "\(what) does not add up: \(first.counts)")
    let after = try (bench.count(input), bench.checksum(input))
    try expect(after == before, "\(what): the input was changed")
    let second = try transform.apply(to: input, in: bench)
    try expect(second.counts == first.counts, "\(what): a second time other rows are counted")
    try expect(
      try bench.checksum(second.rows) == bench.checksum(first.rows),
      "\(what): a second time it gives other rows")
    try checkRejects(what, first, bench)
  }

  private func checkRejects(_ what: String, _ step: Transformed, _ bench: Workbench) throws {
    let refused = try step.rejects.map(bench.count) ?? 0
    try expect(
      refused == step.counts.deadLettered,
      "\(what): \(step.counts.deadLettered) rows count as dead-lettered, and \(refused) are there")
    guard let rejects = step.rejects else { return }
    try expect(
      rejects.columns == Rejects.columns.map { .init($0, .varchar) },
      "\(what): dead letters have the columns \(rejects.columns)")
    let untold = try bench.query(
      """
      SELECT count(*) FROM \(rejects.sql)
      WHERE code IS NULL OR message IS NULL OR TRY_CAST(record AS JSON) IS NULL
      """)
    try expect(untold == [[.integer(0)]], "\(what): dead letters lack code, message or record")
  }

  /// The columns depend on the input's columns, never on its rows.
  private func checkColumns() throws {
    let bench = try Workbench()
    let full = try bench.table(Self.many(100))
    let empty = try bench.table("SELECT * FROM \(full.sql) LIMIT 0")
    let transform = make("n")
    let columns = try (
      transform.apply(to: full, in: bench).rows.columns,
      transform.apply(to: empty, in: bench).rows.columns
    )
    try expect(columns.0 == columns.1, "an empty input gives other columns: \(columns)")
  }

  private func expect(_ holds: Bool, _ message: @autoclosure () -> String) throws {
    if !holds { throw TestFailure("\(make("n").name): \(message())") }
  }
}

/// Names that are quoted wrongly somewhere, sooner or later.
enum HostileNames {
  static let all = [
    "two words", #"a "quoted" name"#, "it's", "select", "naïve 🙂", "semi;colon", "a--b", "a.b",
    "%s",
    "back\\slash",
  ]
}
