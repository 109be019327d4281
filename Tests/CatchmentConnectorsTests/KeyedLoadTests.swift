import Catchment
import CatchmentConnectors
import CatchmentEngine
import CatchmentTesting
import CatchmentTransforms
import DuckDB
import Foundation
import Testing

@Suite struct `Rows that are told apart by a key` {
  private struct Bed {
    let folder: TemporaryDirectory
    private let mode: LoadMode
    private let missing: String?

    /// - Parameter missing: a file that the source finds, and that is gone when it is read.
    init(_ mode: LoadMode, missing: String? = nil) throws {
      folder = try TemporaryDirectory()
      (self.mode, self.missing) = (mode, missing)
    }

    @discardableResult
    func run(_ text: String) async throws -> PipelineReport {
      try folder.write(text, to: "data/people.csv")
      return try await Pipeline("people").extract(Source(folder: "\(folder.path)/data", missing))
        .transform(.cast(["age": "INTEGER"]))
        .load(.duckdb("\(folder.path)/out.duckdb", table: "people", mode: mode))
        .run(in: Home("\(folder.path)/home"), options: .init(memory: 256 << 20, threads: 1))
    }

    func rows(_ sql: String) throws -> [String] {
      try Database(path: "\(folder.path)/out.duckdb").connect().query(sql).rows()
        .map { $0.map(\.description).joined(separator: "|") }
    }
  }

  /// CSV files, and one that nobody can read.
  private struct Source: TableSource {
    private let base: CSVSource
    private let missing: String?
    var name: String { base.name }

    init(folder: String, _ missing: String?) {
      base = .csv(folder)
      self.missing = missing
    }

    func discover() throws(CatchmentError) -> Discovery {
      var found = try base.discover()
      if let missing {
        found.units.append(
          Unit(source: name, path: missing, fingerprint: .init(size: 1, modified: 1)))
      }
      return found
    }

    func read(
      _ unit: Catchment.Unit, keptAt path: String, in bench: Workbench
    ) throws(CatchmentError) -> Extracted {
      try base.read(unit, keptAt: path, in: bench)
    }
  }

  private static let versions = """
    SELECT id, age, is_current, valid_to IS NULL,
      valid_to = lead(valid_from) OVER (PARTITION BY id ORDER BY valid_from), valid_from IS NOT NULL
    FROM people ORDER BY id, valid_from
    """

  @Test func `have every version in a history, each beginning where the last ended`() async throws {
    let bed = try Bed(.scd2(key: ["id"]))
    try await bed.run("id,age\n1,30\n2,40\n")
    try await bed.run("id,age\n1,31\n2,40\n")
    try await bed.run("id,age\n1,32\n3,50\n")
    #expect(
      try bed.rows(Self.versions) == [
        "1|30|false|false|true|true", "1|31|false|false|true|true", "1|32|true|true|NULL|true",
        "2|40|true|true|NULL|true", "3|50|true|true|NULL|true",
      ])
  }

  @Test func `are closed when they are missing, and open again when they come back`() async throws {
    let bed = try Bed(.scd2(key: ["id"], deleteMissing: true))
    try await bed.run("id,age\n1,30\n2,40\n")
    #expect(try await bed.run("id,age\n1,30\n").run.records.deleted == 1)
    #expect(
      try bed.rows("SELECT id, is_current, valid_to IS NULL FROM people ORDER BY id") == [
        "1|true|true", "2|false|false",
      ])
    #expect(try await bed.run("id,age\n1,30\n2,40\n").run.records.loaded == 1)
    #expect(
      try bed.rows("SELECT id, is_current FROM people ORDER BY id, valid_from") == [
        "1|true", "2|false", "2|true",
      ])
  }

  @Test func `stay while one of the records that are there cannot be taken`() async throws {
    let bed = try Bed(.merge(key: ["id"], deleteMissing: true))
    try await bed.run("id,age\n1,30\n2,40\n3,50\n")
    let report = try await bed.run("id,age\n1,31\n2,forty\n")
    #expect(report.run.status == .partial)
    #expect(report.run.records.deleted == 0 && report.run.records.updated == 1)
    #expect(report.notes.count == 1)
    #expect(try bed.rows("SELECT id, age FROM people ORDER BY id") == ["1|31", "2|40", "3|50"])
    #expect(try await bed.run("id,age\n1,31\n2,41\n").run.records.deleted == 1)
    #expect(try bed.rows("SELECT id, age FROM people ORDER BY id") == ["1|31", "2|41"])
  }

  @Test(arguments: [
    LoadMode.merge(key: ["id"], deleteMissing: true), .scd2(key: ["id"], deleteMissing: true),
  ])
  func `stay while a file cannot be read`(mode: LoadMode) async throws {
    let bed = try Bed(mode, missing: "/not/there.csv")
    try await bed.run("id,age\n1,30\n2,40\n")
    let report = try await bed.run("id,age\n1,31\n")
    #expect(report.run.status == .partial && report.problems.count == 1)
    #expect(report.run.records.deleted == 0 && report.run.records.updated == 1)
    let ids = try bed.rows("SELECT DISTINCT id FROM people ORDER BY id")
    #expect(ids == ["1", "2"])
  }

  @Test func `are no row of the source's when the table has none of their key`() async throws {
    let bed = try Bed(.merge(key: ["id"], deleteMissing: true))
    try await bed.run("id,age\n1,30\n2,40\n")
    try Database(path: "\(bed.folder.path)/out.duckdb").connect()
      .execute("INSERT INTO people VALUES (NULL, 99)")
    try await bed.run("id,age\n1,30\n")
    #expect(try bed.rows("SELECT id, age FROM people ORDER BY age") == ["1|30", "NULL|99"])
  }

  @Test func `are refused by a history whose columns they have`() async throws {
    let bed = try Bed(.scd2(key: ["id"]))
    let error = await #expect(throws: CatchmentError.self) {
      try await bed.run("id,age,valid_to\n1,30,never\n")
    }
    #expect(error?.message == "the rows have a column valid_to, which mode: scd2 adds itself")
  }

  @Test func `are refused by a table that keeps no history`() async throws {
    let bed = try Bed(.scd2(key: ["id"]))
    try Database(path: "\(bed.folder.path)/out.duckdb").connect().execute(
      """
      CREATE TABLE people (
        id BIGINT, age INTEGER, valid_from DATE, valid_to DATE, is_current BOOLEAN)
      """)
    let error = await #expect(throws: CatchmentError.self) { try await bed.run("id,age\n1,30\n") }
    #expect(error?.code.exitCode == 4)
    #expect(
      error?.message
        == "the table keeps no history: it has no column valid_from of TIMESTAMP WITH TIME ZONE")
  }

  @Test func `are not replaced in a history by a full refresh`() {
    let history = DuckDBDestination("out.duckdb", table: "t", mode: .scd2(key: ["id"]))
    #expect(history.replacing() == nil)
  }

  @Test func `are counted by runs in a file of an older version too`() async throws {
    let bed = try Bed(.merge(key: ["id"], deleteMissing: true))
    try await bed.run("id,age\n1,30\n2,40\n")
    try Database(path: "\(bed.folder.path)/out.duckdb").connect()
      .execute("ALTER TABLE catchment.pipeline_runs DROP COLUMN deleted")
    try await bed.run("id,age\n1,30\n")
    #expect(
      try bed.rows("SELECT deleted FROM catchment.pipeline_runs ORDER BY started_at") == [
        "NULL", "1",
      ])
  }
}
