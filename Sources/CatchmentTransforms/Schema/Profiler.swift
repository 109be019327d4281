public import Catchment
internal import DuckDB

/// Looks at the values of a relation, column by column.
///
/// ```swift
/// let profile = try Profiler().profile(rows, in: bench)
/// ```
///
/// The engine counts and spills; what is kept is a few numbers for each column.
public struct Profiler: Sendable {
  private static let bins = 24
  private static let mostFrequent = 8
  /// Every pair of them is compared.
  private static let mostCompared = 30
  public var sample: SampleSize

  public init(sample: SampleSize = .standard) { self.sample = sample }

  public func profile(
    _ input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> TableProfile {
    let rows = try sample.chosen(from: input, in: bench)
    var schema = try SchemaInference(sample: .all).infer(rows, in: bench)
    schema.rows = try bench.count(input)
    let typed = try typed(rows, schema, in: bench)
    var columns: [ColumnProfile] = []
    for (place, column) in schema.columns.enumerated() {
      columns.append(try profile(column, typed.columns[place], typed, in: bench))
    }
    return TableProfile(
      schema: schema, columns: columns, duplicates: try duplicates(rows, in: bench),
      correlations: try correlations(schema, typed, in: bench))
  }

  /// The rows with columns called `c0`, `c1` and so on, of the types that were found.
  private func typed(
    _ rows: Relation, _ schema: InferredSchema, in bench: Workbench
  ) throws(CatchmentError) -> Relation {
    let list = zip(schema.columns, rows.columns).enumerated().map { place, pair in
      let (inferred, column) = pair
      let name = SQL.identifier(column.name)
      let isText = inferred.type == "VARCHAR" && column.type == .varchar
      let value = isText ? "nullif(trim(\(name)), '')" : inferred.target.sql(for: column)
      return "\(inferred.isDeclared ? name : value) AS c\(place)"
    }
    return try bench.table("SELECT \(list.joined(separator: ", ")) FROM \(rows.sql)")
  }

  private func duplicates(_ rows: Relation, in bench: Workbench) throws(CatchmentError) -> Int {
    let found = try bench.query(
      """
      SELECT (SELECT count(*) FROM \(rows.sql))
        - (SELECT count(*) FROM (SELECT DISTINCT \(rows.columnList) FROM \(rows.sql)))
      """)
    return Int(found.first?.first?.int64 ?? 0)
  }

  // MARK: A column

  private func profile(
    _ inferred: InferredColumn, _ column: Relation.Column, _ typed: Relation, in bench: Workbench
  ) throws(CatchmentError) -> ColumnProfile {
    var profile = ColumnProfile()
    let isHidden = inferred.isSensitive
    if !isHidden { profile.frequent = try frequent(column, typed, in: bench) }
    if column.type.isNumber, !isHidden {
      try measure(&profile, column, typed, in: bench)
      profile.bins = try bins(of: "\(column.name)::DOUBLE", typed, in: bench) { "\($0)" }
    } else if column.type.isTemporal, !isHidden {
      profile.bins = try bins(of: "epoch(\(column.name)::TIMESTAMP)::DOUBLE", typed, in: bench) {
        "to_timestamp(\($0)) AT TIME ZONE 'UTC'"
      }
    } else if column.type == .varchar {
      profile.measure = .lengths
      profile.bins = try bins(of: "length(\(column.name))::DOUBLE", typed, in: bench) { "\($0)" }
    }
    return profile
  }

  private func frequent(
    _ column: Relation.Column, _ typed: Relation, in bench: Workbench
  ) throws(CatchmentError) -> [ColumnProfile.Frequency] {
    let rows = try bench.query(
      """
      SELECT \(column.name)::VARCHAR AS v, count(*) AS n FROM \(typed.sql) WHERE v IS NOT NULL
      GROUP BY v ORDER BY n DESC, v LIMIT \(Self.mostFrequent)
      """)
    return rows.map { row in
      .init(
        value: String((row[0].text ?? "").maskedIfSensitive.prefix(80)),
        count: Int(row[1].int64 ?? 0))
    }
  }

  private func measure(
    _ profile: inout ColumnProfile, _ column: Relation.Column, _ typed: Relation,
    in bench: Workbench
  ) throws(CatchmentError) {
    let number = Self.moderate(column.name)
    let rows = try bench.query(
      """
      SELECT avg(x), stddev_samp(x), quantile_cont(x, [0.25, 0.5, 0.75])
      FROM (SELECT \(number) AS x FROM \(typed.sql))
      """)
    guard let row = rows.first else { return }
    (profile.mean, profile.deviation) = (row[0].double, row[1].double)
    if case .list(let quartiles) = row[2] { profile.quartiles = quartiles.compactMap(\.double) }
  }

  /// A number whose square is one, too; others have no mean.
  private static func moderate(_ column: String) -> String {
    "CASE WHEN abs(\(column)::DOUBLE) < 1e150 THEN \(column)::DOUBLE END"
  }

  /// Of equal width, from the least to the greatest.
  ///
  /// - Parameter shown: SQL for a number as people see it.
  private func bins(
    of number: String, _ typed: Relation, in bench: Workbench, shown: (String) -> String
  ) throws(CatchmentError) -> [ColumnProfile.Bin] {
    let rows = try bench.query(
      """
      WITH numbers AS (SELECT x FROM (SELECT \(number) AS x FROM \(typed.sql)) WHERE isfinite(x)),
        ends AS (SELECT min(x) AS low, max(x) AS high, (max(x) - min(x)) / \(Self.bins) AS width
          FROM numbers),
        counts AS (
          SELECT CASE WHEN width > 0 AND isfinite(width)
            THEN least(floor((x - low) / width), \(Self.bins - 1))::INTEGER ELSE 0 END AS bin,
            count(*) AS n FROM numbers, ends GROUP BY bin)
      SELECT (\(shown("low + range * width")))::VARCHAR,
        (\(shown("if(range = \(Self.bins - 1), high, low + (range + 1) * width)")))::VARCHAR,
        coalesce(n, 0)
      FROM range(\(Self.bins)) CROSS JOIN ends LEFT JOIN counts ON bin = range
      WHERE low IS NOT NULL AND (range = 0 OR width > 0 AND isfinite(width)) ORDER BY range
      """)
    return rows.map { row in
      .init(low: row[0].text ?? "", high: row[1].text ?? "", count: Int(row[2].int64 ?? 0))
    }
  }

  // MARK: Pairs

  private func correlations(
    _ schema: InferredSchema, _ typed: Relation, in bench: Workbench
  ) throws(CatchmentError) -> [TableProfile.Correlation] {
    let numbers = typed.columns.indices.filter { place in
      typed.columns[place].type.isNumber && !schema.columns[place].isSensitive
    }.prefix(Self.mostCompared)
    let pairs = numbers.flatMap { first in numbers.filter { $0 > first }.map { (first, $0) } }
    guard !pairs.isEmpty else { return [] }
    let terms = pairs.map { "corr(f\($0), f\($1))" }
    let finite = numbers.map {
      "\(Self.moderate("c\($0)")) AS f\($0)"
    }
    let found = try bench.query(
      """
      SELECT \(terms.joined(separator: ", "))
      FROM (SELECT \(finite.joined(separator: ", ")) FROM \(typed.sql))
      """)
    return zip(pairs, found.first ?? []).compactMap { pair, value in
      guard let coefficient = value.double, coefficient.isFinite else { return nil }
      return .init(first: pair.0, second: pair.1, coefficient: coefficient)
    }
  }
}
