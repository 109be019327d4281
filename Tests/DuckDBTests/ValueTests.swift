import DuckDB
import Testing

@Suite struct `A value` {
  /// Types at their limits, as SQL writes them.
  static let samples: [String] = [
    "true", "(-128)::TINYINT", "(-32768)::SMALLINT", "2147483647", "9223372036854775807",
    "(-9223372036854775808)::BIGINT", "255::UTINYINT", "65535::USMALLINT", "4294967295::UINTEGER",
    "18446744073709551615::UBIGINT", "170141183460469231731687303715884105727::HUGEINT",
    "(-170141183460469231731687303715884105728)::HUGEINT",
    "340282366920938463463374607431768211455::UHUGEINT", "0.1::FLOAT", "1e308::DOUBLE",
    "'-inf'::DOUBLE", "1.0::DOUBLE", "-12.50::DECIMAL(4,2)", "0.000000001::DECIMAL(18,9)",
    "-0.05::DECIMAL(9,2)", "99999999999999999999999999999999999.999::DECIMAL(38,3)", "''",
    "'twelve bytes'", "'thirteen byte'", "'héllo 🙂'", "'a' || chr(0) || 'b'",
    "'\\x00ab\\x27\\xFF'::BLOB", "'01890a5d-ac96-774b-bcce-b302099a8057'::UUID",
    "'ffffffff-ffff-ffff-ffff-ffffffffffff'::UUID", "DATE '2024-02-29'", "DATE '1582-10-15'",
    "DATE '0044-03-15 (BC)'", "'infinity'::DATE", "'-infinity'::DATE", "TIME '23:59:59.999999'",
    "TIMETZ '12:34:56.5+05:30'", "TIMETZ '12:34:56-08'", "TIMESTAMP '1969-12-31 23:59:59.999999'",
    "TIMESTAMP '9999-12-31 23:59:59.5'", "'infinity'::TIMESTAMP", "TIMESTAMP '0001-01-01 (BC)'",
    "TIMESTAMP_NS '2024-02-29 12:00:00.123456789'", "TIMESTAMP_S '2024-02-29 12:00:00'",
    "TIMESTAMP_MS '2024-02-29 12:00:00.123'", "INTERVAL '14 months 3 days 04:05:06.5'",
    "INTERVAL '-1 day'", "INTERVAL '0 day'", "'b'::ENUM('a', 'b')", "'0101'::BIT", "[1, 2, NULL]",
    "[]::INTEGER[]", "['it''s', 'plain', '', 'a,b', 'null']", "[[1], [], NULL]",
    "[1, 2, 3]::INTEGER[3]", "{'a': 1, 'b': 'x y', 'c': NULL}", "MAP {'k': 1, 'l': 2}",
    "[{'a': [1, 2]}]", "union_value(n := 5)", "NULL",
  ]

  @Test(arguments: samples)
  func `reads and prints as DuckDB does`(sql: String) throws {
    let connection = try connect()
    let value = try connection.query("SELECT \(sql)").scalar()
    let text = try connection.query("SELECT (\(sql))::VARCHAR").scalar()
    #expect(value?.description == text?.description)
  }

  @Test(arguments: samples)
  func `goes through the appender unchanged`(sql: String) throws {
    guard !sql.contains("BIT"), !sql.contains("union"), !sql.contains("TIMESTAMP_S"),
      !sql.contains("TIMESTAMP_MS")
    else { return }
    let connection = try connect()
    try connection.execute("CREATE TABLE t AS SELECT (\(sql)) AS v LIMIT 0")
    let value = try #require(try connection.query("SELECT \(sql)").scalar())
    let appender = try Appender(connection, table: "t")
    appender.set(0, value)
    try appender.endRow()
    try appender.endRow()
    try appender.close()
    #expect(try connection.query("SELECT v FROM t").rows() == [[value], [.null]])
    #expect(
      try connection.query("SELECT count(*) FROM t WHERE v = (\(sql))").scalar()
        == (value.isNull ? 0 : 1))
  }

  @Test(arguments: samples)
  func `can be bound to a parameter`(sql: String) throws {
    guard !sql.contains("ENUM"), !sql.contains("BIT"), !sql.contains("TIMESTAMP_") else { return }
    let connection = try connect()
    let value = try #require(try connection.query("SELECT \(sql)").scalar())
    let back = try connection.query("SELECT ?", value).scalar()
    #expect(back?.description == value.description)
  }

  @Test func `is a UUID in the order of its text`() throws {
    let uuid = try #require(UUIDBytes("01890A5DAC96774BBCCEB302099A8057"))
    #expect("\(uuid)" == "01890a5d-ac96-774b-bcce-b302099a8057")
    #expect(UUIDBytes(hugeInteger: uuid.hugeInteger.high, uuid.hugeInteger.low) == uuid)
    #expect(UUIDBytes("01890a5d-ac96-774b-bcce-b302099a805") == nil)
    #expect(UUIDBytes("g1890a5d-ac96-774b-bcce-b302099a8057") == nil)
  }

  @Test func `of nested type names itself in SQL`() throws {
    let connection = try connect()
    let sql = "SELECT {'a': [1.5::DECIMAL(3,1)], 'b': MAP {'x': [1, 2]::INTEGER[2]}} AS v"
    let type = try connection.query(sql).columnTypes[0]
    #expect("\(type)" == #"STRUCT("a" DECIMAL(3,1)[], "b" MAP(VARCHAR, INTEGER[2]))"#)
    try connection.execute("CREATE TABLE t (v \(type))")
  }
}
