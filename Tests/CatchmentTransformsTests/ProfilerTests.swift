import Catchment
import CatchmentTesting
import CatchmentTransforms
import DuckDB
import Testing

@Suite struct `A profile` {
  private let bench: Workbench

  init() throws { bench = try Workbench() }

  private func profile(_ query: String) throws -> TableProfile {
    try Profiler(sample: .all).profile(bench.table(query), in: bench)
  }

  @Test func `counts every value in one bin`() throws {
    let profile = try profile(
      """
      SELECT range AS n, 'a' || range % 7 AS text, DATE '2026-01-01' + range::INTEGER AS day,
        CASE WHEN range % 10 > 0 THEN range / 3 END AS part FROM range(1000)
      """)
    #expect(profile.columns.map { $0.bins.map(\.count).reduce(0, +) } == [1000, 1000, 1000, 900])
    #expect(profile.columns.map(\.bins.count) == [24, 1, 24, 24])
    #expect(
      profile.columns[0].bins.first?.low == "0.0" && profile.columns[0].bins.last?.high == "999.0")
    #expect(profile.columns[2].bins.first?.low.hasPrefix("2026-01-01") == true)
    #expect(profile.columns[1].measure == .lengths)
    #expect(
      profile.columns[0].mean == 499.5 && profile.columns[0].quartiles == [249.75, 499.5, 749.25])
  }

  @Test func `lists what is frequent, the most frequent first`() throws {
    let profile = try profile("SELECT unnest(['b', 'a', 'b', NULL, 'c', 'a', 'b']) AS v")
    let frequent = profile.columns[0].frequent
    #expect(frequent.map(\.value) == ["b", "a", "c"] && frequent.map(\.count) == [3, 2, 1])
  }

  @Test func `knows text by what it is`() throws {
    let profile = try profile("SELECT range::VARCHAR AS n FROM range(100)")
    #expect(profile.schema.columns[0].type == "BIGINT" && profile.columns[0].mean == 49.5)
  }

  @Test func `says how numbers go together, and how many rows are double`() throws {
    let profile = try profile(
      """
      SELECT range % 50 AS a, -2 * (range % 50) AS b, 'x' AS c, 1 AS constant FROM range(100)
      """)
    #expect(profile.duplicates == 50)
    #expect(profile.correlations.count == 1)
    #expect(abs((profile.correlations.first?.coefficient ?? 0) + 1) < 1e-9)
  }

  @Test func `shows no value of what is sensitive`() throws {
    let profile = try profile(
      """
      SELECT 4111111111111111 AS card, 'ada@example.org' AS mail,
        unnest(['note', 'text', 'more', 'words', 'ada@example.org', 'x', 'y', 'z', 'note', 'note',
          'text', 'text']) AS remark FROM range(3)
      """)
    let shown = "\(profile)"
    #expect(!shown.contains("4111111111111111") && !shown.contains("ada@"))
  }

  @Test(arguments: [
    "SELECT 1 AS n LIMIT 0", "SELECT NULL AS n", "SELECT 'nan'::DOUBLE AS n",
    "SELECT unnest([-1.7e308, 1.7e308]) AS n", "SELECT [1] AS list, {'a': 1} AS part",
    "SELECT TIME '12:00' AS t, INTERVAL 1 DAY AS i, '\\x00'::BLOB AS b, uuid() AS u",
    "SELECT 1 AS \"a \"\"b\"\" <c>\"",
    "SELECT 170141183460469231731687303715884105727::HUGEINT AS n",
    "SELECT TIMESTAMPTZ '2026-01-02 00:00:00+00' AS t, TRUE AS b",
  ])
  func `is made of anything`(query: String) throws {
    let profile = try profile(query)
    #expect(profile.columns.count == profile.schema.columns.count)
  }
}
