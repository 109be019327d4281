import Catchment
import CatchmentTesting
import CatchmentTransforms
import DuckDB
import Testing

@Suite struct `Rows that a forest sets apart` {
  /// Three numbers a row in a round cloud; in one row of fifty, one of the three is beyond it by up to
  /// its width.
  ///
  /// Made of hashes, so always the same.
  private static let planted = """
    SELECT id, id % 50 = 0 AS planted, value_(id, 0) AS x, value_(id, 1) AS y, value_(id, 2) AS z
    FROM (SELECT range + 1 AS id FROM range(5000))
    """

  private static let numbers = """
    CREATE TEMP MACRO even(id, n) AS
      md5_number_lower(id || '/' || n)::DOUBLE / 18446744073709551616;
    CREATE TEMP MACRO round_(id, n) AS
      even(id, n) + even(id, n + 10) + even(id, n + 20) + even(id, n + 30) - 2;
    CREATE TEMP MACRO wide(id, n) AS
      if(even(id, n + 50) < 0.5, -1, 1) * (2 + 4 * even(id, n + 40));
    CREATE TEMP MACRO value_(id, n) AS
      if(id % 50 = 0 AND id // 50 % 3 = n, wide(id, n), round_(id, n));
    """

  private static func bench(threads: Int = 2) throws -> Workbench {
    let bench = try Workbench(threads: threads)
    try bench.execute(numbers)
    return bench
  }

  private func flagged(_ step: DetectAnomalies, in bench: Workbench) throws -> [[Value]] {
    let result = try step.apply(to: bench.table(Self.planted), in: bench)
    return try bench.query("SELECT id, anomaly_reason FROM \(result.rows.sql) ORDER BY id")
  }

  @Test func `are most of those that were planted, and few others`() throws {
    let bench = try Self.bench()
    let step = DetectAnomalies.detectAnomalies(
      in: ["x", "y", "z"], by: .isolationForest, action: .only)
    let result = try step.apply(to: bench.table(Self.planted), in: bench)
    let counts = try bench.query(
      "SELECT count(*) FILTER (planted), count(*) FROM \(result.rows.sql)")
    let (right, all) = (Double(counts[0][0].int64 ?? 0), Double(counts[0][1].int64 ?? 0))
    let (precision, recall) = (right / all, right / 100)
    #expect(precision >= 0.95 && recall >= 0.8, "precision \(precision), recall \(recall)")
  }

  @Test(arguments: [1, 2, 5])
  func `are the same whatever the number of threads`(threads: Int) throws {
    let step = DetectAnomalies.detectAnomalies(
      in: ["x", "y", "z"], by: .isolationForest, seed: 7, action: .only)
    let rows = try flagged(step, in: Self.bench(threads: threads))
    let others = try flagged(step, in: Self.bench(threads: 3))
    #expect(rows == others)
    #expect(rows.count > 50)
  }

  @Test func `depend on the seed in their reasons`() throws {
    let bench = try Self.bench()
    let one = try flagged(.detectAnomalies(by: .isolationForest, seed: 1, action: .only), in: bench)
    let two = try flagged(.detectAnomalies(by: .isolationForest, seed: 2, action: .only), in: bench)
    #expect(one != two)
  }

  @Test func `say which column it was`() throws {
    let bench = try Workbench()
    let rows = try bench.table(
      """
      SELECT range AS id, range % 20 AS calm, CASE WHEN range = 500 THEN 9000 ELSE range % 13 END AS wild
      FROM range(1000)
      """)
    let step = DetectAnomalies.detectAnomalies(
      in: ["calm", "wild"], by: .isolationForest, threshold: 0.7, action: .only)
    let found = try bench.query("FROM \(step.apply(to: rows, in: bench).rows.sql)")
    #expect(found.count == 1)
    let reason = try #require(found.first?.last?.text)
    #expect(reason.hasPrefix("set apart by wild of 9000 ("), "\(reason)")
  }

  @Test func `are not those without a value`() throws {
    let bench = try Workbench()
    let rows = try bench.table(
      """
      SELECT range AS id, CASE WHEN range % 40 = 0 THEN NULL WHEN range % 41 = 0 THEN 'nan'::DOUBLE
        ELSE range % 100 END AS x FROM range(2000) UNION ALL VALUES (9999, 4000)
      """)
    let step = DetectAnomalies.detectAnomalies(
      in: ["x"], by: .isolationForest, threshold: 0.75, action: .only)
    let found = try bench.query("SELECT id FROM \(step.apply(to: rows, in: bench).rows.sql)")
    #expect(found == [[.integer(9999)]])
  }

  @Test func `are compared with their like`() throws {
    let bench = try Workbench()
    let rows = try bench.table(
      """
      SELECT range AS id, range % 2 AS side, CASE WHEN range = 501 THEN 10 WHEN range % 2 = 0
        THEN range % 20 ELSE 1000 + range % 20 END AS x FROM range(1000)
      """)
    func found(_ within: [String]) throws -> [[Value]] {
      let step = DetectAnomalies.detectAnomalies(
        in: ["x"], by: .isolationForest, threshold: 0.7, within: within, action: .only)
      return try bench.query("SELECT id FROM \(step.apply(to: rows, in: bench).rows.sql)")
    }
    #expect(try found(["side"]) == [[.integer(501)]])
    #expect(try found([]).isEmpty)
  }

  @Test func `are told in any number of groups, but those of a few rows`() throws {
    let bench = try Workbench()
    let rows = try bench.table(
      """
      SELECT range // 10 AS shop, CASE WHEN range % 1000 = 5 THEN 5000 ELSE range % 10 END AS x
      FROM range(3000) UNION ALL SELECT 1000000 + range // 3, range * 1000000 FROM range(6)
      """)
    let step = DetectAnomalies.detectAnomalies(
      in: ["x"], by: .isolationForest, threshold: 0.75, within: ["shop"], action: .only)
    let found = try bench.query("SELECT shop FROM \(step.apply(to: rows, in: bench).rows.sql)")
    #expect(found.compactMap { $0[0].int64 }.sorted() == [0, 100, 200])
  }

  @Test func `have a score below 1`() {
    #expect(throws: OptionError.self) {
      try DetectAnomalies.detectAnomalies(by: .isolationForest, threshold: 3).check()
    }
  }
}
