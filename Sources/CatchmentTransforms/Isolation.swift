internal import Catchment
internal import DuckDB
internal import Foundation

/// Rows that a forest isolates early, with the reason in words.
struct Isolation {
  /// Trees draw their rows from so many, chosen by a hash of their place and the seed.
  private static let pool = 4096
  /// So many groups, each with a forest of up to a megabyte, are judged at a time.
  private static let batch = 128
  /// Fewer rows have nothing that is usual.
  private static let fewestRows = 8
  /// What a column must have had in it to be named.
  private static let leastShare = 0.2

  let columns: [Relation.Column]
  let groups: [Relation.Column]
  let threshold: Double
  let seed: Int
  let step: String

  /// The rows with a column of the reasons, NULL for those that do not stand out.
  func judged(
    _ input: Relation, as reason: String, in bench: Workbench
  ) throws(CatchmentError) -> Relation {
    let held = try bench.hold(input)
    let places = try self.places(of: held, in: bench)
    let rows = "\(held.sql) AS input LEFT JOIN \(places.sql) AS places ON \(matches)"
    let judged = try bench.table(
      "SELECT input.*, NULL::VARCHAR AS \(reason) FROM \(rows) WHERE place IS NULL")
    let shelf = Shelf<[IsolationForest]>()
    defer { shelf.clear() }
    let function = "isolation_\(UUID().uuidString.replacing("-", with: ""))"
    try register(function, shelf, in: bench)
    let count = try bench.count(places)
    for first in stride(from: 0, to: count, by: Self.batch) {
      shelf.put(try forests(first..<min(first + Self.batch, count), rows, in: bench))
      try bench.execute(
        """
        INSERT INTO \(judged.sql) SELECT input.*, \(function)(place - \(first), \(values))
        FROM \(rows) WHERE place >= \(first) AND place < \(first + Self.batch)
        """)
    }
    return judged
  }

  private var values: String {
    columns.map { "input.\(SQL.identifier($0.name))::DOUBLE" }.joined(separator: ", ")
  }

  /// The same with names that cannot be the same as another's.
  private var named: String {
    columns.indices.map { "input.\(SQL.identifier(columns[$0].name))::DOUBLE AS v\($0)" }
      .joined(separator: ", ")
  }

  private var matches: String {
    let terms = groups.enumerated().map {
      "input.\(SQL.identifier($1.name)) IS NOT DISTINCT FROM places.g\($0)"
    }
    return terms.isEmpty ? "true" : terms.joined(separator: " AND ")
  }

  /// A number from 0 for each group that has rows enough.
  private func places(
    of held: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Relation {
    let keys = groups.enumerated().map { "\(SQL.identifier($1.name)) AS g\($0)" }
    let names = ["0"] + groups.indices.map { "g\($0)" }
    let list = (["count(*) AS size"] + keys).joined(separator: ", ")
    return try bench.table(
      """
      SELECT row_number() OVER (ORDER BY \(names.joined(separator: ", "))) - 1 AS place, *
      FROM (SELECT \(list) FROM \(held.sql) GROUP BY ALL) WHERE size >= \(Self.fewestRows)
      """)
  }

  // MARK: Growing

  private func forests(
    _ places: Range<Int>, _ rows: String, in bench: Workbench
  ) throws(CatchmentError) -> [IsolationForest] {
    let made = bench.made
    let order = "md5_number_lower('\(seed)/' || input.rowid), input.rowid"
    let ordered = try bench.table(
      """
      SELECT place, \(named) FROM \(rows) WHERE place >= \(places.lowerBound)
        AND place < \(places.upperBound)
      QUALIFY row_number() OVER (PARTITION BY place ORDER BY \(order)) <= \(Self.pool)
      ORDER BY place, \(order)
      """)
    var forests: [IsolationForest] = []
    for place in places {
      let pool = try bench.query(
        "SELECT * EXCLUDE (place) FROM \(ordered.sql) WHERE place = \(place) ORDER BY rowid")
      forests.append(
        IsolationForest(
          growingOn: pool.map { row in row.map { $0.double ?? .nan } }, columns: columns.count,
          seed: seed))
    }
    try bench.release(after: made)
    return forests
  }

  // MARK: Judging

  private func register(
    _ function: String, _ shelf: Shelf<[IsolationForest]>, in bench: Workbench
  ) throws(CatchmentError) {
    let judge = Judge(names: columns.map(\.name), threshold: threshold)
    do throws(DuckDBError) {
      try bench.connection.register(
        ScalarFunction(
          function, parameters: [.bigint], variadic: .double, returns: .varchar, handlesNulls: true
        ) { input, output in
          let forests = shelf.held ?? []
          let (places, numbers) = (input.column(0), (1..<input.columnCount).map(input.column))
          for row in 0..<input.rowCount {
            let values = numbers.map { $0.isNull(at: row) ? .nan : $0.double(at: row) }
            let reason = judge.reason(for: values, by: forests[Int(places.int64(at: row))])
            if let reason { output.setText(0, reason) }
            try output.endRow()
          }
        })
    } catch {
      throw CatchmentError(.failed, "\(step) could not begin", cause: error.description)
    }
  }

  /// Says why a row stands out.
  private struct Judge: Sendable {
    let names: [String]
    let threshold: Double

    func reason(for values: [Double], by forest: IsolationForest) -> String? {
      let verdict = forest.verdict(on: values)
      guard verdict.score > threshold else { return nil }
      let order = names.indices.sorted { verdict.shares[$0] > verdict.shares[$1] }
      let named = order.enumerated().filter { place, column in
        place == 0 || verdict.shares[column] >= Isolation.leastShare
      }
      let words = named.map { _, column in
        let share = Int((verdict.shares[column] * 100).rounded())
        return "\(names[column]) of \(Self.text(values[column])) (\(share) %)"
      }
      return
        "set apart by \(words.joined(separator: " and ")): alone after \(Self.text(verdict.depth))"
        + " splits where \(Self.text(forest.usualDepth)) are usual, score \(Self.text(verdict.score))"
    }

    /// To four digits.
    private static func text(_ number: Double) -> String {
      number.isFinite ? String(format: "%.4g", number) : "nothing"
    }
  }
}
