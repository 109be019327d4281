import Catchment
import CatchmentTesting
import CatchmentTransforms
import DuckDB
import Testing

@Suite struct `Exact de-duplication` {
  private let bench: Workbench

  init() throws { bench = try Workbench() }

  private func apply(_ step: Deduplicate, to query: String) throws -> Transformed {
    try step.apply(to: bench.table(query), in: bench)
  }

  private func values(_ result: Transformed) throws -> [[String]] {
    try bench.query("FROM \(result.rows.sql)").map { $0.map(\.description) }
  }

  @Test(arguments: ["keep_first", "keep_last", "keep_best_quality", "merge"])
  func `keeps the contract, whichever row stays`(word: String) throws {
    let strategy = try #require(Deduplicate.Strategy(rawValue: word))
    try TransformContract { .deduplicate(by: [$0], strategy, cluster: "its cluster") }.check()
    try TransformContract { _ in .deduplicate(strategy) }.check()
    guard strategy != .merge else { return }
    try TransformContract { .deduplicate(by: [$0], strategy, cluster: "c", action: .flag) }.check()
  }

  @Test func `keeps the contract when columns say the order or the score`() throws {
    try TransformContract { .deduplicate(by: ["text"], .keepLast, orderedBy: [$0]) }.check()
    try TransformContract { .deduplicate(by: ["text"], .merge, orderedBy: [$0]) }.check()
    try TransformContract { .deduplicate(by: ["text"], .keepBestQuality, score: $0) }.check()
  }

  @Test(arguments: [Deduplicate.Strategy.keepFirst, .keepLast])
  func `keeps many rows in their order`(strategy: Deduplicate.Strategy) throws {
    let query = "SELECT i % 60_000 AS n, 'text ' || i % 60_000 AS t, i FROM range(100_000) r(i)"
    let result = try apply(.deduplicate(by: ["n", "t"], strategy), to: query)
    #expect(result.counts.filtered == 40_000)
    let places = try values(result).map { try #require(Int($0[2])) }
    #expect(places == Array(strategy == .keepFirst ? 0..<60_000 : 40_000..<100_000))
  }

  @Test func `takes NULL for NULL in whole rows, and for nothing in a key`() throws {
    let rows = "SELECT * FROM (VALUES (1, NULL), (1, NULL), (NULL, NULL), (NULL, NULL)) v(a, b)"
    #expect(try values(apply(.deduplicate(), to: rows)) == [["1", "NULL"], ["NULL", "NULL"]])
    #expect(try apply(.deduplicate(by: ["a"]), to: rows).counts.filtered == 1)
    #expect(try apply(.deduplicate(by: ["a", "b"]), to: rows).counts.filtered == 0)
  }

  @Test func `tells texts apart by every byte`() throws {
    let rows = """
      SELECT unnest(['é', 'e\u{301}', 'É', ' é', '', 'é']) AS t
      """
    #expect(try apply(.deduplicate(by: ["t"]), to: rows).counts.passed == 5)
  }

  @Test func `tells the largest numbers apart`() throws {
    let rows = """
      SELECT unnest([170141183460469231731687303715884105727::HUGEINT,
        170141183460469231731687303715884105726::HUGEINT,
        170141183460469231731687303715884105727::HUGEINT]) AS n
      """
    #expect(try apply(.deduplicate(by: ["n"]), to: rows).counts.passed == 2)
  }

  @Test func `finds duplicates in nested values`() throws {
    let rows = "SELECT unnest([[1, NULL], [1, NULL], [NULL, 1]]) AS l, {'a': 1} AS s"
    #expect(try apply(.deduplicate(.merge, cluster: "c"), to: rows).counts.passed == 2)
  }

  @Test func `takes rows without an order only when no other is there`() throws {
    let rows = """
      SELECT * FROM (VALUES (1, 'a', NULL), (2, 'a', 5), (3, 'a', 7), (4, 'a', NULL), (5, 'b', NULL))
        v(id, k, seen)
      """
    let first = try apply(.deduplicate(by: ["k"], orderedBy: ["seen"]), to: rows)
    #expect(try values(first).map { $0[0] } == ["2", "5"])
    let last = try apply(.deduplicate(by: ["k"], .keepLast, orderedBy: ["seen"]), to: rows)
    #expect(try values(last).map { $0[0] } == ["3", "5"])
    let merged = try apply(.deduplicate(by: ["k"], .merge, orderedBy: ["seen"]), to: rows)
    #expect(try values(merged) == [["2", "a", "5"], ["5", "b", "NULL"]])
  }

  @Test func `takes the best score, and none that is no number`() throws {
    let rows = """
      SELECT * FROM (VALUES (1, NULL), (2, 'nan'::DOUBLE), (3, 0.5), (4, 0.9), (5, 0.9)) v(id, s), (SELECT 1 AS k)
      """
    let best = try apply(.deduplicate(by: ["k"], .keepBestQuality, score: "s"), to: rows)
    #expect(try values(best).map { $0[0] } == ["4"])
    let error = #expect(throws: CatchmentError.self) {
      try apply(.deduplicate(.keepBestQuality, score: "t"), to: "SELECT 'a' AS t")
    }
    #expect(error?.message == "deduplicate: the column t is VARCHAR and no score")
  }

  @Test func `gives clusters the same ids whatever the order and the other rows`() throws {
    let rows = "SELECT range % 3 AS k, range AS n FROM range(9)"
    func ids(_ query: String) throws -> [[Value]] {
      let result = try apply(.deduplicate(by: ["k"], cluster: "c"), to: query)
      return try bench.query("SELECT k, c FROM \(result.rows.sql) ORDER BY k")
    }
    #expect(try ids(rows) == ids("\(rows) ORDER BY n DESC"))
    #expect(try ids("\(rows) LIMIT 3") == ids(rows))
    #expect(Set(try ids(rows).map { $0[1].description }).count == 3)
  }

  @Test func `leaves rows in the order in which they came`() throws {
    let rows = "SELECT (range * 7919) % 60000 AS n FROM range(120000)"
    let result = try apply(.deduplicate(), to: rows)
    let held = try bench.hold(result.rows)
    let inOrder = try bench.query(
      "SELECT count(*), bool_and(n = (rowid * 7919) % 60000) FROM \(held.sql)")
    #expect(inOrder == [[.integer(60_000), .boolean(true)]])
  }

  @Test(arguments: [
    (["strategy": "merge", "action": "flag"], "merges rows, of which none is left to flag"),
    (["score": "s"], "has a score, which needs strategy: keep_best_quality"),
    (
      ["strategy": "keep_best_quality", "order_by": "s"],
      "has an order_by, which keep_best_quality does not use"
    ),
  ])
  func `refuses options that contradict each other`(
    options: [String: String], message: String
  ) throws {
    let setting = Setting(.map(options.map { Setting.Entry($0.key, $0.value.setting) }))
    let error = #expect(throws: CatchmentError.self) { try Deduplicate(setting, in: "a.yaml") }
    #expect(error?.message == "deduplicate \(message)")
  }
}
