import DuckDB
import Testing

@Suite struct `An error` {
  struct Sample: Sendable {
    var sql: String
    var code: DuckDBError.Code
    var message: String
    var position: DuckDBError.Position?
  }

  private static let noFrom = """
    Binder Error: Referenced column "wrong" was not found because the FROM clause is missing
    """

  static let samples = [
    Sample(
      sql: "SELEC 1", code: .syntax, message: #"Parser Error: syntax error at or near "SELEC""#,
      position: .init(line: 1, column: 1)),
    Sample(
      sql: "SELECT 1,\n  2 +\n  wrong", code: .binder,
      message: noFrom,
      position: .init(line: 3, column: 3)),
    Sample(
      sql: "SELECT '\(String(repeating: "é", count: 200))', wrong", code: .binder,
      message: noFrom,
      position: .init(line: 1, column: 212)),
    Sample(
      sql: "SELECT 'x'::INT", code: .conversion,
      message: "Conversion Error: Could not convert string 'x' to INT32",
      position: .init(line: 1, column: 11)),
    Sample(
      sql: "SELECT 200::TINYINT + 200", code: .conversion,
      message: """
        Conversion Error: Type INT32 with value 200 can't be cast because the value is out of range \
        for the destination type INT8
        """,
      position: .init(line: 1, column: 11)),
    Sample(
      sql: "CREATE TABLE t (a INT PRIMARY KEY); INSERT INTO t VALUES (1), (1)", code: .constraint,
      message: "Constraint Error: PRIMARY KEY or UNIQUE constraint violation: duplicate key \"1\""),
    Sample(
      sql: "FROM absent_table", code: .catalog,
      message: """
        Catalog Error: Table with name absent_table does not exist!
        Did you mean "duckdb_tables"?
        """,
      position: .init(line: 1, column: 6)),
  ]

  @Test(arguments: samples)
  func `keeps DuckDB's words and says where`(sample: Sample) throws {
    let error = try #require(failure { try connect().execute(sample.sql) })
    #expect(error.code == sample.code)
    #expect(error.message == sample.message)
    #expect(error.position == sample.position)
    #expect(error.sql == sample.sql)
  }

  @Test func `prints without the statement`() throws {
    let error = failure { try connect().execute("SELECT 'secret', wrong") }
    #expect(error?.description.contains("secret") == false)
    #expect(error?.description.hasSuffix("(line 1, column 18)") == true)
  }
}
