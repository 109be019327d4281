import DuckDB
import Synchronization
import Testing

/// Numbers from 0, dealt out to threads a vector at a time.
private let numbers = TableFunction(
  "numbers", parameters: [.bigint], namedParameters: ["fail_at": .bigint]
) { arguments in
  let end = arguments[0].int64 ?? 0
  let failAt = arguments["fail_at"]?.int64 ?? -1
  let columns: [LogicalType.Field] = [
    .init("n", .bigint), .init("s", .varchar), .init("l", .list(.varchar)),
  ]
  return PromisedRows(columns, rowCount: Int(end), threads: 4) {
    let next = Shared()
    return {
      { rows in
        let start = next.take(2048)
        for number in start..<max(start, min(end, start + 2048)) {
          if number == failAt { throw Broken(at: number) }
          rows.set(0, number)
          if rows.isWanted(1) { rows.setText(1, "number \(number) in words") }
          if rows.isWanted(2), number % 2 == 0 { rows.setTextList(2, ["\(number)", "x"]) }
          try rows.endRow()
        }
      }
    }
  }
}

private final class Shared: Sendable {
  private let next = Mutex<Int64>(0)
  func take(_ count: Int64) -> Int64 {
    next.withLock { next in
      defer { next += count }
      return next
    }
  }
}

private struct Broken: Error, CustomStringConvertible {
  var at: Int64
  var description: String { "broken at \(at)" }
}

@Suite struct `A table function` {
  @Test func `delivers two million rows in parallel`() throws {
    let connection = try connect()
    try connection.register(numbers)
    let sql = "SELECT count(*), sum(n)::BIGINT, max(n) FROM numbers(2000000)"
    #expect(try connection.query(sql).rows() == [[2_000_000, 1_999_999_000_000, 1_999_999]])
    let text = "FROM numbers(20000) WHERE s = 'number ' || n || ' in words'"
    #expect(try connection.query("SELECT count(DISTINCT n) \(text)").scalar() == 20_000)
  }

  @Test func `is read in part, and again by the same statement`() throws {
    let connection = try connect()
    try connection.register(numbers)
    #expect(try connection.query("SELECT count(*) FROM numbers(5000)").scalar() == 5000)
    let statement = try connection.prepare("SELECT max(l[1]::INT), count(l) FROM numbers(5000)")
    for _ in 0..<2 { #expect(try statement.execute().rows() == [[4998, 2500]]) }
    let last = "SELECT s FROM numbers(3) ORDER BY n DESC"
    #expect(try connection.query(last).scalar() == "number 2 in words")
  }

  @Test func `fails the query with what it threw`() throws {
    let connection = try connect()
    try connection.register(numbers)
    let filling = failure { try connection.execute("FROM numbers(9000, fail_at := 5000)") }
    #expect(filling?.message == "Invalid Input Error: broken at 5000")
    try connection.register(TableFunction("unbound") { _ in throw Broken(at: 1) })
    let binding = failure { try connection.execute("FROM unbound()") }
    #expect(binding?.message == "Binder Error: broken at 1")
    try connection.register(
      TableFunction("unopened") { _ in PromisedRows([.init("a", .integer)]) { throw Broken(at: 2) }
      })
    let opening = failure { try connection.execute("FROM unopened()") }
    #expect(opening?.message == "Invalid Input Error: broken at 2")
    #expect(try connection.query("SELECT 1").scalar() == 1)
  }
}

@Suite struct `A scalar function` {
  @Test func `works on vectors, over NULLs and constants`() throws {
    let connection = try connect()
    try connection.register(
      ScalarFunction("shout", parameters: [.varchar], returns: .varchar) { input, output in
        let texts = input.column(0)
        for row in 0..<input.rowCount {
          if !texts.isNull(at: row) { output.setText(0, texts.string(at: row).uppercased()) }
          try output.endRow()
        }
      })
    #expect(try connection.query("SELECT shout('hé'), shout(NULL)").rows() == [["HÉ", .null]])
    let sql = """
      SELECT count(*), count(out), count(*) FILTER (out IS NOT DISTINCT FROM upper(word)) FROM (
        SELECT CASE WHEN range % 3 > 0 THEN 'word ' || range END AS word, shout(word) AS out
        FROM range(10000))
      """
    #expect(try connection.query(sql).rows() == [[10000, 6666, 10000]])
  }

  @Test func `fails the query with what it threw`() throws {
    let connection = try connect()
    try connection.register(
      ScalarFunction("broken", parameters: [.bigint], returns: .bigint) { _, _ in
        throw Broken(at: 3)
      })
    let error = failure { try connection.execute("SELECT broken(range) FROM range(10)") }
    #expect(error?.message == "Invalid Input Error: broken at 3")
    try connection.register(
      ScalarFunction("short", parameters: [.bigint], returns: .bigint) { _, _ in })
    let short = failure { try connection.execute("SELECT short(range) FROM range(10)") }
    #expect(short?.message == "Invalid Input Error: The function short wrote 0 rows for 10.")
  }
}
