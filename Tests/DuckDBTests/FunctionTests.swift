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

  /// Chunks of 2,048 that were made before: texts of every length about the one that lies in the slot.
  private static let handingOn = TableFunction("made") { _ in
    PromisedRows([.init("n", .integer), .init("s", .varchar)]) {
      let builder = ChunkBuilder([.integer, .varchar])
      let text = Array(("abcdefghijklmnopqrst" + String(repeating: "~", count: 12)).utf8)
      let chunks = (0..<2).map { number in
        builder.restart()
        var numbers = builder.column(0, of: Int32.self, rows: 2048)
        var texts = builder.textColumn(1, rows: 2048)
        for row in 0..<2048 {
          row % 5 == 3 ? numbers.setNull(row) : numbers.set(row, Int32(number * 2048 + row))
          text.withUnsafeBytes {
            texts.set(row, UnsafeRawBufferPointer(rebasing: $0[..<(row % 20)]))
          }
          if row % 7 == 0 { texts.setNull(row) }
        }
        return builder.finish(rowCount: 2048 - number)
      }
      var rest = chunks[...]
      return { rows in if let chunk = rest.popFirst() { try rows.show(chunk) } }
    }
  }

  @Test func `hands on chunks that were made column by column`() throws {
    let connection = try Database().connect()
    try connection.register(Self.handingOn)
    let sums = try connection.query(
      """
      SELECT count(*), count(n), sum(n)::BIGINT, count(s),
        bool_and(s = left('abcdefghijklmnopqrst', length(s))) FROM made()
      """
    ).rows()
    let numbers = (0..<4095).filter { $0 % 2048 % 5 != 3 }
    let texts = (0..<4095).count { $0 % 2048 % 7 != 0 }
    #expect(
      sums == [
        [
          .integer(4095), .integer(Int64(numbers.count)), .integer(Int64(numbers.reduce(0, +))),
          .integer(Int64(texts)), .boolean(true),
        ]
      ])
    let part = try connection.query("SELECT s FROM made() WHERE n = 2067").rows()
    #expect(part == [[.text("abcdefghijklmnopqrs")]])
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
