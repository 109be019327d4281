import Catchment
import CatchmentTesting
import CatchmentTransforms
import DuckDB
import Testing

@Suite struct `Numbers that stand out` {
  private typealias Method = DetectAnomalies.Method

  @Test(arguments: [Method.zScore, .robustZ, .iqr, .isolationForest, .combined])
  func `keep the contract`(method: DetectAnomalies.Method) throws {
    for action in [DetectAnomalies.Action.flag, .filter, .only] {
      try TransformContract { _ in .detectAnomalies(by: method, action: action) }.check()
      try TransformContract { .detectAnomalies(by: method, within: [$0], action: action) }.check()
    }
  }

  /// The ids of the rows that are found.
  private func found(_ step: some Transform, in query: String) throws -> [String] {
    let bench = try Workbench()
    let result = try step.apply(to: bench.table(query), in: bench)
    return try bench.query("SELECT id::VARCHAR FROM \(result.rows.sql)").map { $0[0].text ?? "" }
  }

  /// A thousand numbers from 0 to 99, one wild, one without a value, one that is none.
  private static let numbers = """
    SELECT range AS id, range % 100 AS x FROM range(1000)
    UNION ALL VALUES (5000, 900), (5001, NULL)
    """

  @Test(arguments: [Method.zScore, .robustZ, .iqr, .combined])
  func `are found by every method`(method: DetectAnomalies.Method) throws {
    #expect(
      try found(.detectAnomalies(in: ["x"], by: method, action: .only), in: Self.numbers) == [
        "5000"
      ])
  }

  @Test func `are found by a forest when they are far enough`() throws {
    let step = DetectAnomalies.detectAnomalies(
      in: ["x"], by: .isolationForest, threshold: 0.75, action: .only)
    #expect(try found(step, in: Self.numbers) == ["5000"])
  }

  @Test func `are left out, and nothing else`() throws {
    let rest = try found(
      .detectAnomalies(in: ["x"], by: .iqr, action: .filter), in: Self.numbers)
    #expect(rest.count == 1001 && !rest.contains("5000") && rest.contains("5001"))
  }

  @Test func `are found beside numbers that are infinite or none`() throws {
    let rows = """
      SELECT range AS id, (range % 10)::DOUBLE AS x FROM range(100)
      UNION ALL VALUES (500, 'nan'::DOUBLE), (501, 'inf'::DOUBLE), (502, 800)
      """
    let ids = try found(.detectAnomalies(in: ["x"], by: .iqr, action: .only), in: rows)
    #expect(ids.contains("502") && !ids.contains("5"))
  }

  @Test func `are looked for in numbers alone`() throws {
    let bench = try Workbench()
    let rows = try bench.table("SELECT 'a' AS name, 1 AS n")
    let error = #expect(throws: CatchmentError.self) {
      try (.detectAnomalies(in: ["name"]) as DetectAnomalies).apply(to: rows, in: bench)
    }
    #expect(error?.message == "detect_anomalies: the column \"name\" is VARCHAR, and no number")
  }
}
