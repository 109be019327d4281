import Catchment
import CatchmentConnectors
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Foundation
import GRDB
import Testing

/// What a source makes of a table: it is written into a file, and read from there.
private struct Reading {
  let bench: Workbench
  let digest: String
  let extracted: Extracted

  init(_ source: some SnapshotSource) throws {
    bench = try Workbench()
    let files = try TemporaryDirectory()
    let unit = try #require(try source.discover().units.first)
    digest = try source.write(unit, to: "\(files.path)/kept", in: bench)
    extracted = try source.read(unit, keptAt: "\(files.path)/kept", in: bench)
  }

  var types: [String] { extracted.rows.columns.map { "\($0.name) \($0.type)" } }

  var rows: [String] {
    get throws {
      try bench.query("FROM \(extracted.rows.sql)").map { row in
        row.map(\.description).joined(separator: "|")
      }
    }
  }

  var letters: [String] {
    extracted.deadLetters.map { "\($0.column ?? "?"): \($0.message) in \($0.record)" }
  }
}

@Suite struct `A table of a SQLite file as a source` {
  private let files: TemporaryDirectory
  private var path: String { "\(files.path)/in.db" }

  init() throws { files = try TemporaryDirectory() }

  private func make(_ sql: String) throws {
    try DatabaseQueue(path: path).write { try $0.execute(sql: sql) }
  }

  @Test func `gives values of the types that it declares`() throws {
    try make(
      """
      CREATE TABLE t (id INTEGER PRIMARY KEY, price DECIMAL(10,2), rate REAL, name TEXT, raw BLOB,
        day DATE, at DATETIME, flag BOOLEAN, code UUID, facts JSON, anything, seconds TIMESTAMP);
      INSERT INTO t VALUES (9007199254740993, 12.5, 1, 'Zoë', x'00ff', '2026-03-01',
        '2026-03-01T10:00:00Z', 1, '6f9619ff-8b86-d011-b42d-00c04fc964ff', '{"a":[1]}', 7, 1772359200);
      INSERT INTO t (id) VALUES (2)
      """)
    let reading = try Reading(SQLiteSource(path, table: "t"))
    #expect(
      reading.types == [
        "id BIGINT", "price DECIMAL(10,2)", "rate DOUBLE", "name VARCHAR", "raw BLOB", "day DATE",
        "at TIMESTAMP", "flag BOOLEAN", "code UUID", "facts JSON", "anything BIGINT",
        "seconds BIGINT",
      ])
    #expect(reading.letters == [])
    let rows = try reading.rows
    #expect(rows.first == "2" + String(repeating: "|NULL", count: 11))
    let last = rows.last ?? ""
    #expect(last.hasPrefix("9007199254740993|12.50|1.0|Zoë|"))
    #expect(last.hasSuffix(#"|{"a":[1]}|7|1772359200"#))
  }

  @Test func `gives dead letters for values that are of no such type, and all the others`() throws {
    try make(
      """
      CREATE TABLE t (id INTEGER, price DECIMAL(10,2), day DATE, flag BOOLEAN, name TEXT);
      INSERT INTO t VALUES (1, 0.5, '2026-03-01', 0, 'a'), ('two', 1, NULL, 0, 'b'),
        (3, 0.125, NULL, 0, 'c'), (4, 1, '2026-03-01 10:00:00', 0, 'd'), (5, 1, NULL, 2, 'e'),
        (6, 1, NULL, 1, CAST(x'ff61' AS TEXT)), (1.5, 1, NULL, 0, 'g'), (8, NULL, NULL, 1, 'h')
      """)
    let reading = try Reading(SQLiteSource(path, table: "t"))
    #expect(try reading.rows == ["1|0.50|2026-03-01|false|a", "8|NULL|NULL|true|h"])
    let faults = reading.extracted.deadLetters.map {
      "\($0.code) \($0.column ?? "") \($0.value ?? "")"
    }
    #expect(
      faults == [
        "cast id two", "cast price 0.125", "cast day 2026-03-01 10:00:00", "cast flag 2",
        "cast name \\xFFa", "cast id 1.5",
      ])
    #expect(reading.letters.first?.contains("\"two\" is no BIGINT in {\"id\":\"two\"") == true)
  }

  @Test func `keeps numbers that a fraction cannot be without a loss`() throws {
    try make(
      """
      CREATE TABLE t (v);
      INSERT INTO t VALUES (0.1), (9007199254740993)
      """)
    let reading = try Reading(SQLiteSource(path, table: "t"))
    #expect(try reading.rows == ["0.1", "9007199254740993"])
  }

  @Test func `may have any names`() throws {
    let table = #"a "b"; DROP TABLE t; --"#
    try make(
      """
      CREATE TABLE \(SQL.identifier(table)) ("SELECT" INTEGER, "x""y'" TEXT, "" TEXT);
      INSERT INTO \(SQL.identifier(table)) VALUES (1, 'one', 'none')
      """)
    let reading = try Reading(SQLiteSource(path, table: table))
    #expect(reading.types == ["SELECT BIGINT", "x\"y' VARCHAR", "column_3 VARCHAR"])
    #expect(try reading.rows == ["1|one|none"])
  }

  @Test func `may be a query, in which names stand twice`() throws {
    try make("CREATE TABLE t (id INTEGER); INSERT INTO t VALUES (1), (2), (3)")
    let query = "SELECT a.id, b.id AS ID, a.id * 1.5 AS sum FROM t a JOIN t b USING (id) -- all;\n;"
    let reading = try Reading(SQLiteSource(path, query: query))
    #expect(reading.types == ["id BIGINT", "ID:1 BIGINT", "sum DOUBLE"])
    #expect(try reading.rows == ["1|1|1.5", "2|2|3.0", "3|3|4.5"])
  }

  @Test func `is told when it is not there`() throws {
    try make("CREATE TABLE t (id INTEGER)")
    let table = #expect(throws: CatchmentError.self) {
      try Reading(SQLiteSource(path, table: "u"))
    }
    #expect(table?.code == .configuration)
    #expect(table?.message.hasSuffix("in.db: the table \"u\" cannot be read") == true)
    let file = #expect(throws: CatchmentError.self) {
      try Reading(SQLiteSource("\(path).other", table: "t"))
    }
    #expect(file?.code.exitCode == 6)
    try files.write("no database at all, but long enough to be looked at", to: "bad.db")
    let bad = #expect(throws: CatchmentError.self) {
      try Reading(SQLiteSource("\(files.path)/bad.db", table: "t"))
    }
    #expect(bad?.code.exitCode == 6)
  }

  @Test func `is loaded once, and again when it changed`() async throws {
    let home = try TemporaryDirectory()
    let output = "\(files.path)/out.duckdb"
    func run() async throws -> PipelineReport {
      try await Pipeline("p").extract(.sqlite(path, table: "t"))
        .load(.duckdb(output, table: "t", mode: .merge(key: ["id"]))).run(in: Home(home.path))
    }
    try make("CREATE TABLE t (id INTEGER, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b')")
    #expect(try await run().run.records.loaded == 2)
    #expect(try await run().unitsSkipped == 1)
    // The file changes, and the rows do not.
    try make("CREATE TABLE other (id INTEGER)")
    let touched = try await run()
    #expect(touched.unitsSkipped == 0 && touched.run.records.read == 0)
    try make("UPDATE t SET v = 'c' WHERE id = 2; INSERT INTO t VALUES ('x', 'd'), (4, 'e')")
    let changed = try await run()
    #expect(changed.run.records.updated == 1 && changed.run.records.loaded == 1)
    #expect(changed.run.records.deadLettered == 1 && changed.run.isConserved)
    let letters = try Database(path: output, options: .init(readOnly: true)).connect().query(
      "SELECT column_name, column_value, line FROM catchment.pipeline_dead_letters"
    ).rows()
    #expect(letters == [["id", "x", .null]])
  }
}

@Suite struct `A table of a DuckDB file as a source` {
  private let files: TemporaryDirectory
  private var path: String { "\(files.path)/in.duckdb" }

  init() throws { files = try TemporaryDirectory() }

  private func make(_ sql: String) throws {
    try Database(path: path).connect().execute(sql)
  }

  @Test func `gives values as they are, also those that the kept file has no type for`() throws {
    try make(
      """
      CREATE TABLE t AS SELECT 170141183460469231731687303715884105727::HUGEINT AS big,
        INTERVAL '1 month 2 microseconds' AS span, 'a'::ENUM ('a', 'b') AS word,
        {'x': [1::HUGEINT, NULL]} AS part, TIMESTAMPTZ '2026-03-01 10:00:00+00' AS moment,
        '101'::BIT AS bits, '{"a": 1}'::JSON AS facts, uuid() AS id,
        NULL::INTEGER AS nothing
      """)
    let reading = try Reading(DuckDBSource(path, table: "t"))
    #expect(
      reading.types == [
        "big HUGEINT", "span INTERVAL", "word VARCHAR", #"part STRUCT("x" HUGEINT[])"#,
        "moment TIMESTAMP WITH TIME ZONE", "bits BIT", "facts JSON", "id UUID", "nothing INTEGER",
      ])
    #expect(reading.letters == [])
    let same = try reading.bench.query(
      """
      SELECT big = 170141183460469231731687303715884105727, span = INTERVAL '1 month 2 microseconds',
        part.x[1] = 1 AND part.x[2] IS NULL, moment = TIMESTAMPTZ '2026-03-01 10:00:00+00'
      FROM \(reading.extracted.rows.sql)
      """)
    #expect(same == [[true, true, true, true]])
  }

  @Test func `is only read, whatever it is called`() throws {
    let table = #"a "b"; DROP"#
    try make(
      """
      CREATE SCHEMA s; CREATE TABLE s.\(SQL.identifier(table)) AS SELECT range AS "x""y" FROM range(3)
      """)
    let before = try Data(contentsOf: URL(filePath: path))
    let setting = Setting.map([
      "path": path.setting, "table": table.setting, "schema": "s".setting,
    ])
    let reading = try Reading(try DuckDBSource(setting, in: "p.yaml"))
    #expect(try reading.rows == ["0", "1", "2"] && reading.types == ["x\"y BIGINT"])
    let query = try Reading(
      DuckDBSource(path, query: "SELECT count(*) AS n FROM s.\(SQL.identifier(table));"))
    #expect(try query.rows == ["3"])
    #expect(try Data(contentsOf: URL(filePath: path)) == before)
    let error = #expect(throws: CatchmentError.self) {
      try Reading(DuckDBSource(path, table: "none"))
    }
    #expect(error?.code == .configuration)
  }

  @Test func `may be in the file that is loaded into`() async throws {
    let home = try TemporaryDirectory()
    try make("CREATE TABLE t AS SELECT range AS n FROM range(3)")
    let report = try await Pipeline("p").extract(.duckdb(path, query: "SELECT n * 2 AS n FROM t"))
      .load(.duckdb(path, table: "doubled")).run(in: Home(home.path))
    #expect(report.run.records.loaded == 3)
    #expect(
      try Database(path: path).connect().query("SELECT sum(n)::BIGINT FROM doubled").scalar() == 6)
  }
}

@Suite(.enabled(if: PostgreSQLServer.isThere, "no server: set CATCHMENT_POSTGRESQL"))
struct `A table of a PostgreSQL database as a source` {
  private let server = PostgreSQLServer()

  init() throws { try server.rows("CREATE SCHEMA \"\(server.schema)\"") }

  private func read(_ table: String) throws -> Reading {
    try Reading(PostgreSQLSource(server.url(), table: table))
  }

  @Test func `gives values of every type`() throws {
    try server.rows(
      """
      CREATE TYPE mood AS ENUM ('good');
      CREATE TABLE t (a smallint, b integer, c bigint, d real, e double precision, f numeric(20,3),
        g text, h varchar(9), i bytea, j date, k timestamp, l timestamptz, m boolean, n uuid, o json,
        p jsonb, q integer[], r mood, s time, u inet, v interval, w numeric(60,2));
      INSERT INTO t VALUES (-1, 2, 9007199254740993, 0.5, 0.1, 12345678901234567.125, 'Zoë', 'x',
        '\\x00ff', '2026-03-01', '2026-03-01 10:00', '2026-03-01 12:00+02', true,
        '6f9619ff-8b86-d011-b42d-00c04fc964ff', '{"b": 1}', '{"a": [1]}', '{1,NULL,3}', 'good',
        '10:00:01', '10.0.0.1', '1 day', 1e50);
      INSERT INTO t VALUES (NULL);
      INSERT INTO t (j, k, l) VALUES ('infinity', '-infinity', 'infinity'),
        ('0044-03-15 BC', '0044-03-15 10:00 BC', '1969-12-31 23:59:59.999999+00')
      """)
    let reading = try read("t")
    #expect(
      reading.types == [
        "a SMALLINT", "b INTEGER", "c BIGINT", "d FLOAT", "e DOUBLE", "f DECIMAL(20,3)",
        "g VARCHAR", "h VARCHAR", "i BLOB", "j DATE", "k TIMESTAMP", "l TIMESTAMP WITH TIME ZONE",
        "m BOOLEAN", "n UUID", "o JSON", "p JSON", "q JSON", "r VARCHAR", "s TIME", "u VARCHAR",
        "v VARCHAR", "w VARCHAR",
      ])
    let rows = try reading.rows
    #expect(reading.letters == [] && rows.count == 4)
    let first =
      #"-1|2|9007199254740993|0.5|0.1|12345678901234567.125|Zoë|x|\x00\xFF|2026-03-01|"#
      + #"2026-03-01 10:00:00|2026-03-01 10:00:00+00|true|6f9619ff-8b86-d011-b42d-00c04fc964ff|"#
      + #"{"b": 1}|{"a": [1]}|[1,null,3]|good|10:00:01|10.0.0.1/32|1 day|"#
      + "100000000000000000000000000000000000000000000000000.00"
    #expect(rows.first == first)
    let ends = try reading.bench.query(
      """
      SELECT j::VARCHAR, k::VARCHAR, epoch_us(l) FROM \(reading.extracted.rows.sql)
      WHERE j IS NOT NULL AND a IS NULL
      """)
    let texts: [String] = ends.map { "\($0[0]) \($0[1])" }
    #expect(texts == ["infinity -infinity", "0044-03-15 (BC) 0044-03-15 (BC) 10:00:00"])
    #expect(ends.last?.last == -1)
  }

  @Test func `gives dead letters for numbers that are too long, and all the others`() throws {
    try server.rows(
      """
      CREATE TABLE t (id integer, n numeric);
      INSERT INTO t VALUES (1, 1.5), (2, 'NaN'), (3, 0.1234567891), (4, 1e40), (5, 0.1000000000000)
      """)
    let reading = try read("t")
    #expect(try reading.rows == ["1|1.500000000", "5|0.100000000"])
    let values: [String] = reading.extracted.deadLetters.map { String(($0.value ?? "").prefix(3)) }
    #expect(values == ["NaN", "0.1", "100"])
    #expect(reading.extracted.deadLetters.allSatisfy { $0.column == "n" })
  }

  @Test func `is read in parts, all of one moment, and each row once`() throws {
    try server.rows(
      """
      CREATE TABLE t AS SELECT i AS id, repeat(md5(i::text), 8) AS filling
        FROM generate_series(1, 30000) AS i;
      DELETE FROM t WHERE id % 7 = 0
      """)
    let reading = try read("t")
    let sums = try reading.bench.query(
      "SELECT count(*), count(DISTINCT id), sum(id)::BIGINT FROM \(reading.extracted.rows.sql)")
    let expected = try server.rows("SELECT count(*), count(DISTINCT id), sum(id) FROM t")
    let read: [String] = (sums.first ?? []).map(\.description)
    let there: [String] = (expected.first ?? []).map { $0 ?? "" }
    #expect(read == there)
    // Fewer pages would not be read in parts.
    #expect(try server.rows("SELECT pg_relation_size('t') / 8192 > 512") == [["t"]])
    // Rows that lie elsewhere are the same rows.
    try server.rows("CREATE TABLE u AS SELECT * FROM t ORDER BY filling")
    #expect(try self.read("u").digest == reading.digest)
    #expect(try self.read("t").digest == reading.digest)
    try server.rows("UPDATE t SET filling = '' WHERE id = 1")
    #expect(try self.read("t").digest != reading.digest)
  }

  @Test func `may have any names, and be a view or a table in partitions`() throws {
    let name = #"a "b"; DROP TABLE t; --"#
    let table = SQL.identifier(name)
    try server.rows(
      """
      CREATE TABLE \(table) ("SELECT" integer, "x""y'" text, "A" text, "a" text)
        PARTITION BY LIST ("SELECT");
      CREATE TABLE one PARTITION OF \(table) FOR VALUES IN (1);
      CREATE TABLE two PARTITION OF \(table) FOR VALUES IN (2);
      INSERT INTO \(table) VALUES (1, 'p', 'q', 'r'), (2, 's', 't', 'u');
      CREATE VIEW v AS SELECT count(*) AS n FROM \(table)
      """)
    let reading = try read(name)
    #expect(reading.types == ["SELECT INTEGER", "x\"y' VARCHAR", "A VARCHAR", "a_1 VARCHAR"])
    #expect(try reading.rows.sorted() == ["1|p|q|r", "2|s|t|u"])
    #expect(try read("v").rows == ["2"])
  }

  @Test func `may be a query, which can change nothing`() throws {
    try server.rows("CREATE TABLE t AS SELECT i AS id FROM generate_series(1, 5) AS i")
    let query = try Reading(
      PostgreSQLSource(
        server.url(), query: "SELECT id FROM t ORDER BY id DESC -- the last first\n;"))
    #expect(try query.rows == ["5", "4", "3", "2", "1"])
    try server.rows(
      """
      CREATE FUNCTION wipe() RETURNS integer LANGUAGE sql AS 'DELETE FROM t RETURNING id'
      """)
    let error = #expect(throws: CatchmentError.self) {
      try Reading(PostgreSQLSource(server.url(), query: "SELECT wipe()"))
    }
    #expect(error?.code == .configuration)
    #expect(try server.rows("SELECT count(*) FROM t") == [["5"]])
  }

  @Test(arguments: ["SELECT * FROM gone", "SELECT nothing FROM t", "SELEC 1"])
  func `is not asked again for what it does not have`(query: String) throws {
    try server.rows("CREATE TABLE t (id INTEGER)")
    let error = #expect(throws: CatchmentError.self) {
      try Reading(PostgreSQLSource(server.url(), query: query))
    }
    #expect(error?.code == .configuration && error?.errorClass == .configuration, "\(error as Any)")
  }

  @Test func `is told when it is not there`() throws {
    let table = #expect(throws: CatchmentError.self) { try read("none") }
    #expect(table?.code == .configuration)
    #expect(table?.message.contains("the table \"none\" cannot be read") == true, "\(table as Any)")
    let away = #expect(throws: CatchmentError.self) {
      try Reading(PostgreSQLSource("postgresql://ada:hunter2secret@127.0.0.1:1/team", table: "t"))
    }
    #expect(away?.code.exitCode == 6)
    #expect("\(away as Any)".contains("hunter2secret") == false)
  }

  @Test func `is loaded once, and again when it changed`() async throws {
    let home = try TemporaryDirectory()
    try server.rows("CREATE TABLE t AS SELECT i AS id FROM generate_series(1, 5) AS i")
    func run() async throws -> PipelineReport {
      try await Pipeline("p").extract(.postgreSQL(server.url(), table: "t"))
        .load(.sqlite("\(home.path)/out.db", table: "t")).run(in: Home("\(home.path)/home"))
    }
    #expect(try await run().run.records.loaded == 5)
    let again = try await run()
    #expect(again.run.records.read == 0 && again.run.status == .done)
    try server.rows("INSERT INTO t VALUES (6)")
    #expect(try await run().run.records.loaded == 6)
  }
}
