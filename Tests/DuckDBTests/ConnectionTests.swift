import DuckDB
import Testing

@Suite struct `A connection` {
  @Test func `runs several statements and gives the last result`() throws {
    let connection = try connect()
    try connection.execute("CREATE TABLE t (a INT); INSERT INTO t VALUES (1), (2)")
    #expect(try connection.query("UPDATE t SET a = a + 1; SELECT sum(a)::INT FROM t").scalar() == 5)
    #expect(try connection.query("DELETE FROM t").rowsChanged == 2)
  }

  @Test func `takes blank text for nothing to do`() throws {
    let connection = try connect()
    try connection.execute(" \n")
    try connection.execute("-- only a comment")
    #expect(failure { _ = try connection.query("") }?.code == .misuse)
    #expect(failure { _ = try connection.query("SELECT 1\0; DROP TABLE t") }?.code == .misuse)
  }

  @Test func `rolls back when the body throws`() throws {
    let connection = try connect()
    try connection.execute("CREATE TABLE t (a INT)")
    #expect(throws: DuckDBError.self) {
      try connection.transaction {
        try connection.execute("INSERT INTO t VALUES (1)")
        try connection.execute("SELECT * FROM absent")
      }
    }
    #expect(try connection.query("SELECT count(*) FROM t").scalar() == 0)
    try connection.transaction { try connection.execute("INSERT INTO t VALUES (1)") }
    #expect(try connection.query("SELECT count(*) FROM t").scalar() == 1)
  }

  @Test func `reports a conflict between two transactions`() throws {
    let first = try connect()
    let second = try first.database.connect()
    try first.execute("CREATE TABLE t AS SELECT 1 AS a; BEGIN; UPDATE t SET a = 2")
    try second.execute("BEGIN")
    #expect(failure { try second.execute("UPDATE t SET a = 3") }?.code == .conflict)
  }

  @Test func `throws after close, as do its children`() throws {
    let connection = try connect()
    let statement = try connection.prepare("SELECT 1")
    let result = try connection.query("SELECT 1")
    connection.close()
    connection.close()
    let closed = "The connection is closed."
    #expect(failure { try connection.execute("SELECT 1") }?.message == closed)
    #expect(failure { _ = try connection.prepare("SELECT 1") }?.message == closed)
    #expect(failure { try statement.execute() }?.message == closed)
    #expect(failure { _ = try result.next() }?.message == closed)
    #expect(failure { _ = try Appender(connection, table: "t") }?.message == closed)
    connection.interrupter.interrupt()
    #expect(connection.progress == nil)
  }

  @Test func `outlives its database object`() throws {
    var database: Database? = try Database()
    let connection = try #require(try database?.connect())
    database?.close()
    #expect(failure { _ = try database?.connect() }?.message == "The database is closed.")
    database = nil
    #expect(try connection.query("SELECT 1").scalar() == 1)
  }

  @Test func `binds by position and by name`() throws {
    let connection = try connect()
    let statement = try connection.prepare("SELECT $a + $b, $a")
    try statement.bind("b", 2)
    try statement.bind("a", 40)
    #expect(try statement.execute().rows() == [[42, 40]])
    let absent = failure { try statement.bind("c", 1) }
    #expect(absent?.message == "The statement has no parameter named c.")
    let error = failure { _ = try connection.query("SELECT ?", 1, 2) }
    #expect(error?.message == "The statement takes 1 parameters, not 2.")
  }

  @Test(arguments: [
    ("SELECT 1", Statement.Kind.select), ("FROM range(1)", .select), ("SHOW TABLES", .select),
    ("DESCRIBE SELECT 1", .select), ("CREATE TABLE t (a INT)", .create),
    ("COPY (SELECT 1) TO 'x.csv'", .copy), ("EXPLAIN SELECT 1", .explain), ("BEGIN", .transaction),
    ("ATTACH 'x' AS y", .attach), ("SET threads = 1", .set), ("LOAD json", .load),
  ])
  func `tells what a statement does`(sql: String, kind: Statement.Kind) throws {
    let statement = try connect().prepare(sql)
    #expect(statement.kind == kind)
    #expect(statement.kind.readsOnly == (kind == .select))
  }

  @Test func `splits a text into statements`() throws {
    let connection = try connect()
    let list = try connection.statements(in: "CREATE TABLE t (a INT); FROM t;")
    #expect(list.count == 2)
    for index in 0..<list.count { try list.prepare(index).execute() }
    #expect(failure { _ = try connection.statements(in: "SELEC") }?.code == .syntax)
    #expect(try connection.statements(in: "").count == 0)
  }

  @Test func `names the tables of a query`() throws {
    let connection = try connect()
    #expect(try connection.tableNames(in: "SELECT * FROM a, b").sorted() == ["a", "b"])
    #expect(try connection.tableNames(in: "FROM s.b", qualified: true) == ["s.b"])
    #expect(failure { _ = try connection.tableNames(in: "SELEC") }?.code == .binder)
  }

  @Test func `streams rows without holding them`() throws {
    let connection = try connect()
    do {
      let result = try connection.stream("SELECT range AS n FROM range(100000000)")
      let chunk = try #require(try result.next())
      #expect(chunk.column(0).int64(at: 5) == 5)
      #expect(result.columnNames == ["n"])
    }
    do {
      let failing = try connection.stream("SELECT (900000 - range)::UINTEGER FROM range(900001)")
      #expect(try failing.next()?.rowCount == 2048)
    }
    let broken = try connection.stream("SELECT (90000000 - range)::UINTEGER FROM range(100000000)")
    #expect(try broken.next() != nil)
    #expect(failure { while try broken.next() != nil {} }?.code == .conversion)
  }

  @Test func `runs nothing else while rows are streamed`() throws {
    let connection = try connect()
    let result = try connection.stream("SELECT range AS n FROM range(10000)")
    #expect(try result.next() != nil)
    #expect(failure { try connection.execute("SELECT 1") }?.code == .misuse)
    var rows = 2048
    while let chunk = try result.next() { rows += chunk.rowCount }
    #expect(rows == 10_000)
    try connection.execute("SELECT 1")
  }

  /// The times are taken off the task pool, which other tests may be keeping busy.
  @Test func `stops its query within a second of cancelling`() async throws {
    let database = try Database(options: .init(threads: 2))
    let task = Task {
      try await database.withConnection { connection in
        let error = failure { try connection.execute("SELECT count(*) FROM range(100000000000)") }
        return (error?.code, ContinuousClock.now)
      }
    }
    try await Task.sleep(for: .milliseconds(50))
    let start = ContinuousClock.now
    task.cancel()
    let (code, end) = try await task.value
    #expect(code == .interrupted)
    #expect(end - start < .seconds(1))
  }

  @Test func `runs a query without blocking, until it is cancelled`() async throws {
    let database = try Database(options: .init(threads: 2))
    #expect(try await database.connect().run("SELECT 42").scalar() == 42)
    let task = Task {
      try await database.connect().run("SELECT count(*) FROM range(100000000000)").rowsChanged
    }
    task.cancel()
    let result = await task.result
    #expect(failure { _ = try result.get() }?.code == .interrupted)
  }

  @Test func `does blocking work on a thread of its own`() async throws {
    let database = try Database()
    let sum = try await database.withConnection { connection in
      try connection.query("SELECT sum(range)::BIGINT FROM range(1001)").scalar()?.int64
    }
    #expect(sum == 500_500)
  }
}
