import DuckDB
import Testing

@Suite struct `Smoke` {
  @Test func `works`() throws {
    let database = try Database()
    let connection = try database.connect()
    try connection.execute("CREATE TABLE t (a UUID, b BIGINT, c VARCHAR, d VARCHAR[], e TIMESTAMP)")
    let appender = try Appender(connection, table: "t")
    for index in 0..<5000 {
      appender.setUUID(0, UUIDBytes(high: 1, low: UInt64(index)))
      if index % 3 == 0 { appender.set(1, Int64(index)) }
      appender.setText(2, "text number \(index) and more")
      appender.setTextList(3, ["a", "b\(index)"])
      try appender.endRow()
    }
    try appender.close()
    let result = try connection.query("SELECT count(*), count(b), sum(b)::BIGINT, last(d), max(a), $1 FROM t", .list([1, 2]))
    print(try result.rows())
    do { try connection.execute("SELECT\n 1 + foo FROM t") } catch { print(error, error.code) }
  }
}
