import Catchment
import CatchmentConnectors
import CatchmentTesting
import DuckDB
import Foundation
import Testing

@Suite struct `A table in a DuckDB file` {
  @Test(arguments: DestinationContract.databaseModes)
  func `keeps the destination contract`(mode: LoadMode) async throws {
    try await DestinationContract(
      make: { folder, table, mode in .duckdb("\(folder)/out.duckdb", table: table, mode: mode) },
      rows: Self.rows, modes: [mode]
    ).check()
  }

  /// Every row of a table as text.
  @Sendable private static func rows(_ folder: String, _ table: String) throws -> [String] {
    let file = "\(folder)/out.duckdb"
    guard FileManager.default.fileExists(atPath: file) else { return [] }
    let connection = try Database(path: file).connect()
    let there = try connection.query(
      "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'main'")
    guard try there.scalar() != .integer(0) else { return [] }
    return try connection.query("FROM main.\(SQL.identifier(table))").rows()
      .map { $0.map(\.description).joined(separator: "|") }
  }

  // MARK: Files of other versions

  /// Loads a row into a file, which is made with the options of the engine, or by the load.
  private func storage(made options: String?, readableFrom: String? = nil) throws -> String? {
    let folder = try TemporaryDirectory()
    let file = "\(folder.path)/out.duckdb"
    if let options {
      try Database().connect().execute("ATTACH \(SQL.literal(file)) AS made (\(options))")
    }
    var settings: [Setting.Entry] = [.init("path", file.setting), .init("table", "t".setting)]
    if let readableFrom { settings.append(.init("readable_from", readableFrom.setting)) }
    do {
      let bench = try Workbench()
      let destination = try DuckDBDestination(Setting(.map(settings)), in: "a test")
      let session = try destination.open(for: "p", in: bench)
      defer { session.close() }
      let run = Run(id: "r", pipeline: "p", status: .running, token: 1, started: 0)
      _ = try session.load(Batch(rows: bench.table("SELECT 1 AS a"), units: []), of: run) {}
    }
    let connection = try Database(path: file).connect()
    return try connection.query(
      "SELECT tags['storage_version'] FROM duckdb_databases() WHERE path IS NOT NULL"
    ).rows().first?.first?.text
  }

  @Test func `keeps the version of a file that is there`() throws {
    #expect(try storage(made: "STORAGE_VERSION 'v1.5.0'") == "v1.5.0+")
    #expect(try storage(made: "STORAGE_VERSION 'v1.0.0'") == "v1.0.0+")
  }

  @Test func `is made for versions of the engine from the one that is named`() throws {
    #expect(try storage(made: nil) == "v1.4.0+")
    #expect(try storage(made: nil, readableFrom: "v1.0.0") == "v1.0.0+")
    for wrong in ["1.0.0", "v1", "v1.0.x"] {
      #expect(throws: CatchmentError.self) { try storage(made: nil, readableFrom: wrong) }
    }
  }

  // MARK: Rows that do not fit

  /// A destination with a table of the user's own, and rows to load into it.
  private func load(
    _ rows: String, into table: String, mode: LoadMode = .append
  ) throws -> RecordCounts {
    let folder = try TemporaryDirectory()
    try Database(path: "\(folder.path)/out.duckdb").connect().execute(table)
    let bench = try Workbench()
    let session = try DuckDBDestination("\(folder.path)/out.duckdb", table: "t", mode: mode)
      .open(for: "p", in: bench)
    defer { session.close() }
    let run = Run(id: "r", pipeline: "p", status: .running, token: 1, started: 0)
    return try session.load(Batch(rows: bench.table(rows), units: []), of: run) {}
  }

  @Test(arguments: [
    (
      "SELECT 1 AS a, 2 AS c", "the rows have other columns than the table; nothing was loaded",
      "the table has no c; the rows have no b"
    ),
    (
      "SELECT 1.5 AS a, 'x' AS b",
      "1 values of the column a do not fit the table; nothing was loaded",
      "the column is INTEGER, the values are DECIMAL(2,1)"
    ),
    (
      "SELECT 3000000000 AS a, 'x' AS b",
      "1 values of the column a do not fit the table; nothing was loaded",
      "the column is INTEGER, the values are BIGINT"
    ),
  ])
  func `refuses rows that it would have to bend`(
    rows: String, message: String, cause: String
  ) throws {
    let error = #expect(throws: CatchmentError.self) {
      try load(rows, into: "CREATE TABLE t (a INTEGER, b VARCHAR)")
    }
    #expect(error?.code.exitCode == 4)
    #expect(error?.message == message)
    #expect(error?.cause == cause)
  }

  @Test func `takes rows whose values fit, in any order of columns`() throws {
    let counts = try load(
      "SELECT 'x' AS b, 3::BIGINT AS a UNION ALL SELECT NULL, NULL",
      into: "CREATE TABLE t (a INTEGER, b VARCHAR)")
    #expect(counts.loaded == 2)
  }

  @Test(arguments: [
    ("SELECT 1 AS a, 2 AS b UNION ALL SELECT 1, 3", "2 rows share their key with another (a)"),
    ("SELECT NULL::INTEGER AS a, 2 AS b", "1 rows have no value in the key (a)"),
    ("SELECT 5 AS a, 2 AS b", "2 rows of the table share their key with another (a)"),
  ])
  func `refuses to merge by a key that is none`(rows: String, message: String) throws {
    let table =
      rows.contains("5")
      ? "CREATE TABLE t AS SELECT 5 AS a, range::INTEGER AS b FROM range(2)"
      : "CREATE TABLE t (a INTEGER, b INTEGER)"
    let error = #expect(throws: CatchmentError.self) {
      try load(rows, into: table, mode: .merge(key: ["a"]))
    }
    #expect(error?.code == .validation)
    #expect(error?.message == "\(message); nothing was loaded")
  }

  // MARK: A way back

  @Test func `refuses to roll back rows that someone changed`() throws {
    let folder = try TemporaryDirectory()
    let file = "\(folder.path)/out.duckdb"
    let bench = try Workbench()
    let destination = DuckDBDestination(file, table: "t")
    let session = try destination.open(for: "p", in: bench)
    let run = Run(id: "r", pipeline: "p", status: .running, token: 1, started: 0)
    try session.begin(run)
    _ = try session.load(
      Batch(rows: bench.table("SELECT range AS a FROM range(5)"), units: []), of: run
    ) {}
    session.close()
    try Database(path: file).connect().execute("UPDATE t SET a = 99 WHERE a = 3")
    let again = try destination.open(for: "p", in: Workbench())
    let error = #expect(throws: CatchmentError.self) { try again.rollBack("r", cascade: false) }
    #expect(
      error?.description == """
        some of the 5 rows that the run loaded are no longer as they were; nothing was changed
          try: undo what was changed in the table t since, then roll back
        """)
    again.close()
    #expect(try Self.rows(folder.path, "t").count == 5)
  }
}
