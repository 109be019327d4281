import DuckDB
import Testing

@Suite struct `An appender` {
  @Test func `writes across chunks, with what is not set NULL`() throws {
    let connection = try connect()
    try connection.execute(
      """
      CREATE TABLE t
        (id UUID, n BIGINT, s VARCHAR, l VARCHAR[], u UUID[], t TIMESTAMPTZ, b BOOLEAN)
      """)
    let appender = try Appender(connection, table: "t")
    for index in 0..<5000 {
      appender.setUUID(0, UUIDBytes(high: 7, low: UInt64(index)))
      if index % 3 == 0 { appender.set(1, Int64(index)) }
      if index % 5 != 0 { appender.setText(2, String(repeating: "x", count: index % 40)) }
      let texts = (0..<index % 7).map { "text \($0) of \(index)" }
      if index % 2 == 0 { appender.setTextList(3, texts) }
      appender.setUUIDList(4, [UUIDBytes(high: 1, low: 2), UUIDBytes(high: 3, low: UInt64(index))])
      appender.setTimestamp(5, Int64(index))
      appender.set(6, index % 2 == 0)
      try appender.endRow()
    }
    try appender.close()
    let checks = """
      SELECT count(*), count(DISTINCT id), count(n), sum(n)::BIGINT, count(s),
        sum(length(s))::BIGINT, count(l), sum(len(l))::BIGINT, max(l[7]), min(u[2]), max(u[2]),
        sum(epoch_us(t))::BIGINT, count(*) FILTER (b)
      FROM t
      """
    let expected: [Value] = [
      5000, 5000, 1667, .integer((0..<5000).filter { $0 % 3 == 0 }.sum), 4000,
      .integer((0..<5000).filter { $0 % 5 != 0 }.map { $0 % 40 }.sum), 2500,
      .integer((0..<5000).filter { $0 % 2 == 0 }.map { $0 % 7 }.sum), .null,
      .uuid(UUIDBytes(high: 3, low: 0)), .uuid(UUIDBytes(high: 3, low: 4999)),
      .integer((0..<5000).sum), 2500,
    ]
    #expect(try connection.query(checks).rows() == [expected])
  }

  @Test func `keeps NULLs in lists longer than a vector`() throws {
    let connection = try connect()
    try connection.execute("CREATE TABLE t (l STRUCT(a INTEGER, b VARCHAR[])[])")
    let appender = try Appender(connection, table: "t")
    for row in 0..<3 {
      let items = (0..<3000).map { index -> Value in
        if index % 3 == row { return .null }
        let texts: Value = index % 2 == 0 ? .null : .list([.text("item \(index)"), .null])
        return .structure([.init("a", .integer(Int64(index))), .init("b", texts)])
      }
      appender.set(0, .list(items))
      try appender.endRow()
    }
    try appender.close()
    let sql =
      "SELECT count(*), count(x.l), sum(x.l.a)::BIGINT, sum(len(x.l.b))::BIGINT, "
      + "count(x.l.b[1]), count(x.l.b[2]) FROM (SELECT unnest(l) AS l FROM t) x"
    let kept = (0..<3).flatMap { row in (0..<3000).filter { $0 % 3 != row } }
    let odd = Int64(kept.filter { $0 % 2 == 1 }.count)
    #expect(
      try connection.query(sql).rows()
        == [[9000, 6000, .integer(kept.sum), .integer(2 * odd), .integer(odd), 0]])
  }

  @Test func `takes texts over 16 MB, and NULs within`() throws {
    let connection = try connect()
    try connection.execute("CREATE TABLE t (s VARCHAR, b BLOB)")
    let long = String(repeating: "0123456789abcdef", count: 1_100_000)
    let appender = try Appender(connection, table: "t")
    appender.setText(0, long)
    appender.set(1, .blob([0, 1, 0]))
    try appender.endRow()
    appender.setText(0, "a\0b")
    appender.set(1, .blob([]))
    try appender.endRow()
    try appender.close()
    #expect(
      try connection.query("SELECT s, b FROM t").rows()
        == [[.text(long), .blob([0, 1, 0])], ["a\0b", .blob([])]])
    #expect(try connection.query("SELECT length(?)", .text(long)).scalar() == 17_600_000)
  }

  @Test func `writes some columns, the others take their defaults`() throws {
    let connection = try connect()
    try connection.execute("ATTACH ':memory:' AS other; CREATE SCHEMA other.s")
    try connection.execute("CREATE TABLE other.s.t (a INTEGER DEFAULT 7, b SMALLINT, c DOUBLE)")
    let appender = try Appender(
      connection, catalog: "other", schema: "s", table: "t", columns: ["c", "b"])
    appender.set(0, 1.5)
    appender.set(1, 3)
    try appender.endRow()
    try appender.close()
    #expect(try connection.query("FROM other.s.t").rows() == [[7, 3, 1.5]])
  }

  @Test func `refuses what does not fit and drops only that row`() throws {
    let connection = try connect()
    try connection.execute("CREATE TABLE t (a TINYINT, b VARCHAR)")
    let appender = try Appender(connection, table: "t")
    appender.setText(1, "lost")
    appender.set(0, 128)
    let tooBig = failure { try appender.endRow() }
    #expect(tooBig?.code == .conversion)
    #expect(tooBig?.message == "The number does not fit a column of type TINYINT.")
    appender.set(1, 1)
    let wrongType = failure { try appender.endRow() }
    #expect(wrongType?.message == "A column of type VARCHAR does not take a number.")
    appender.setNull(2)
    #expect(failure { try appender.endRow() }?.message == "There is no column 2.")
    appender.set(0, 127)
    try appender.endRow()
    try appender.close()
    #expect(try connection.query("FROM t").rows() == [[127, .null]])
  }

  @Test func `overwrites within a row, NULL and back`() throws {
    let connection = try connect()
    try connection.execute("CREATE TABLE t (a BIGINT, b BIGINT)")
    let appender = try Appender(connection, table: "t")
    appender.setNull(0)
    appender.set(0, 1)
    appender.set(1, 2)
    appender.setNull(1)
    try appender.endRow()
    try appender.close()
    #expect(try connection.query("FROM t").rows() == [[1, .null]])
  }

  @Test func `drops what was not flushed when it goes without close`() throws {
    let connection = try connect()
    try connection.execute("CREATE TABLE t (a BIGINT)")
    do {
      let appender = try Appender(connection, table: "t")
      for index in 0..<3000 {
        appender.set(0, index)
        try appender.endRow()
      }
    }
    #expect(try connection.query("SELECT count(*) FROM t").scalar() == 0)
  }

  @Test func `drops its rows when the connection closes first`() throws {
    let connection = try connect()
    let other = try connection.database.connect()
    try connection.execute("CREATE TABLE t (a BIGINT)")
    do {
      let appender = try Appender(connection, table: "t")
      appender.set(0, 1)
      try appender.endRow()
      connection.close()
      #expect(failure { try appender.close() }?.message == "The connection is closed.")
    }
    #expect(try other.query("SELECT count(*) FROM t").scalar() == 0)
  }

  @Test func `says which rule a row breaks`() throws {
    let connection = try connect()
    try connection.execute("CREATE TABLE t (a BIGINT NOT NULL)")
    let appender = try Appender(connection, table: "t")
    try appender.endRow()
    let error = failure { try appender.close() }
    #expect(error?.code == .constraint)
    #expect(error?.message.contains("NOT NULL constraint failed: t.a") == true)
    #expect(failure { _ = try Appender(connection, table: "absent") }?.code == .catalog)
  }

  @Test func `throws after close`() throws {
    let connection = try connect()
    try connection.execute("CREATE TABLE t (a BIGINT)")
    let appender = try Appender(connection, table: "t")
    try appender.close()
    try appender.close()
    appender.set(0, 1)
    #expect(failure { try appender.endRow() }?.code == .misuse)
    #expect(failure { try appender.flush() }?.message == "The appender is closed.")
  }
}

extension Sequence where Element: BinaryInteger {
  var sum: Int64 { reduce(0) { $0 + Int64($1) } }
}
