import Catchment
import CatchmentConnectors
import CatchmentTesting
import DuckDB
import Foundation
import GRDB
import Testing

@Suite struct `A table in a SQLite file` {
  @Test(arguments: DestinationContract.databaseModes)
  func `keeps the destination contract`(mode: LoadMode) async throws {
    try await DestinationContract(
      make: { folder, table, mode in .sqlite("\(folder)/out.db", table: table, mode: mode) },
      rows: Self.rows, modes: [mode]
    ).check()
  }

  /// Every row of a table as text.
  @Sendable private static func rows(_ folder: String, _ table: String) throws -> [String] {
    let file = "\(folder)/out.db"
    guard FileManager.default.fileExists(atPath: file) else { return [] }
    return try DatabaseQueue(path: file).read { database in
      guard try database.tableExists(table) else { return [] }
      return try Row.fetchAll(database, sql: "SELECT * FROM \(SQL.identifier(table))")
        .map { $0.databaseValues.map(\.description).joined(separator: "|") }
    }
  }

  /// Loads a query's rows into a file with a table of the user's own.
  private func load(
    _ rows: String, into table: String? = nil, mode: LoadMode = .append
  ) throws -> (folder: TemporaryDirectory, counts: RecordCounts) {
    let folder = try TemporaryDirectory()
    if let table {
      try DatabaseQueue(path: "\(folder.path)/out.db").write { try $0.execute(sql: table) }
    }
    let bench = try Workbench()
    let session = try SQLiteDestination("\(folder.path)/out.db", table: "t", mode: mode)
      .open(for: "p", in: bench)
    defer { session.close() }
    let run = Run(id: "r", pipeline: "p", status: .running, token: 1, started: 0)
    let counts = try session.load(Batch(rows: bench.table(rows), units: []), of: run) {}
    return (folder, counts)
  }

  @Test func `keeps values of every type as they are`() throws {
    let (folder, _) = try load(
      """
      SELECT true AS flag, 9223372036854775807 AS big, 1.5::DECIMAL(9,2) AS price, 0.1 AS tenth,
        'naïve' AS text, '\\xC3\\x00'::BLOB AS bytes, DATE '2026-03-01' AS day,
        TIMESTAMP '2026-03-01 10:00:00' AS time, TIMESTAMPTZ '2026-03-01 10:00:00+02' AS moment,
        [1, 2] AS list, {'a': 1} AS part, sum(1) AS total, NULL::INTEGER AS nothing, '' AS empty
      """)
    let kept = try DatabaseQueue(path: "\(folder.path)/out.db").read { database in
      let names = try database.columns(in: "t").map { "quote(\(SQL.identifier($0.name)))" }
      let row = try Row.fetchOne(database, sql: "SELECT \(names.joined(separator: ", ")) FROM t")
      return row.map { Array($0.databaseValues).map { $0.storage.value as? String } }
    }
    #expect(
      kept == [
        "1", "9223372036854775807", "1.5", "0.1", "'naïve'", "X'C300'", "'2026-03-01'",
        "'2026-03-01 10:00:00'", "'2026-03-01T08:00:00.000000Z'", "'[1,2]'", #"'{"a":1}'"#, "1",
        "NULL", "''",
      ])
  }

  @Test(arguments: [
    ("SELECT 1 AS a, 2 AS c", "CREATE TABLE t (a INTEGER, b TEXT)"),
    ("SELECT '007' AS a", "CREATE TABLE t (a INTEGER)"),
    ("SELECT 1.5 AS a", "CREATE TABLE t (a INTEGER)"),
    ("SELECT 18446744073709551615 AS a", "CREATE TABLE t (a INTEGER)"),
    ("SELECT unnest([1, 1]) AS a", "CREATE TABLE t (a INTEGER PRIMARY KEY)"),
    ("SELECT NULL::TEXT AS a", "CREATE TABLE t (a TEXT NOT NULL)"),
  ])
  func `refuses rows that the table cannot hold`(rows: String, table: String) throws {
    let error = #expect(throws: CatchmentError.self) { try load(rows, into: table) }
    #expect(error?.code.exitCode == 4, "\(error as Any)")
  }

  @Test func `adds to a table whose ids are its own, and takes them back`() throws {
    let folder = try TemporaryDirectory()
    let file = "\(folder.path)/out.db"
    try DatabaseQueue(path: file).write {
      try $0.execute(
        sql: "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO t VALUES (2, 'mine')")
    }
    let bench = try Workbench()
    let session = try SQLiteDestination(file, table: "t").open(for: "p", in: bench)
    defer { session.close() }
    let run = Run(id: "r", pipeline: "p", status: .running, token: 1, started: 0)
    try session.begin(run)
    let rows = try bench.table("SELECT unnest([1, 3]) AS id, 'yours' AS name")
    _ = try session.load(Batch(rows: rows, units: []), of: run) {}
    #expect(try Self.rows(folder.path, "t") == [#"1|"yours""#, #"2|"mine""#, #"3|"yours""#])
    _ = try session.rollBack("r", cascade: false)
    #expect(try Self.rows(folder.path, "t") == [#"2|"mine""#])
  }

  @Test func `refuses to roll back rows that someone changed`() throws {
    let folder = try TemporaryDirectory()
    let bench = try Workbench()
    let session = try SQLiteDestination("\(folder.path)/out.db", table: "t")
      .open(for: "p", in: bench)
    let run = Run(id: "r", pipeline: "p", status: .running, token: 1, started: 0)
    try session.begin(run)
    _ = try session.load(
      Batch(rows: bench.table("SELECT range AS a FROM range(5)"), units: []), of: run
    ) {}
    try DatabaseQueue(path: "\(folder.path)/out.db").write {
      try $0.execute(sql: "UPDATE t SET a = 99 WHERE a = 3")
    }
    let error = #expect(throws: CatchmentError.self) { try session.rollBack("r", cascade: false) }
    #expect(
      error?.message
        == "some of the 5 rows that the run loaded are no longer as they were; nothing was changed")
    session.close()
    #expect(try Self.rows(folder.path, "t").count == 5)
  }
}
