import Catchment
import CatchmentConnectors
import CatchmentTesting
import DuckDB
import Foundation
import Testing

@testable import CatchmentEngine

/// A folder with packed files, and a pipeline that loads what is named.
private struct PackedBed {
  let files: TemporaryDirectory

  init() throws { files = try TemporaryDirectory() }

  func write(_ base64: String, to name: String) throws {
    try files.write(Array(#require(Data(base64Encoded: base64))), to: name)
  }

  func zip(_ members: [(name: String, text: String)], to name: String = "data.zip") throws {
    try files.write(StoredZIP(members: members).bytes, to: name)
  }

  func run(
    _ source: (String) -> some TableSource, of name: String, mode: LoadMode = .append
  ) async throws -> PipelineReport {
    try await pipeline(source, of: name, mode: mode).run(in: Home("\(files.path)/home"))
  }

  func pipeline(
    _ source: (String) -> some TableSource, of name: String, mode: LoadMode = .append
  ) -> Pipeline.Complete {
    Pipeline("packed").extract(source("\(files.path)/\(name)"))
      .load(.duckdb("\(files.path)/out.duckdb", table: "t", mode: mode))
  }

  func rows(_ sql: String = "FROM t") throws -> [String] {
    let database = try Database(path: "\(files.path)/out.duckdb", options: .init(readOnly: true))
    return try database.connect().query(sql).rows()
      .map { $0.map(\.description).joined(separator: "|") }.sorted()
  }
}

@Suite struct `Files that are compressed` {
  /// Two people as CSV.
  private static let bzip2 =
    "QlpoOTFBWSZTWf9bE9oAAAldgAAQAAQwACCALiMQACAAIiaNqHqH6oQAAHqaTUZi4b9wGmfF3JFOFCQ/1sT2gA=="
  /// Two objects a line.
  private static let lines = [
    "gz": "H4sIAAAAAAACA6tWykxRsjKs5aoGM4xquQAGLKUEEgAAAA==",
    "bz2":
      "QlpoOTFBWSZTWTKYTdoAAAdZgAAQEAAwEAQgAAogACEoBP1QgyYhOE8aJJwvxdyRThQkDKYTdoA=",
    "xz":
      "/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAReyJpZCI6MX0KeyJpZCI6Mn0KAAAA/dewEE4WG8UAASoSSwhUvB+2830BAAAAAARZWg==",
  ]
  /// 70 MiB of empty lines, in 82 bytes.
  private static let bomb =
    "QlpoOTFBWSZTWStxu3EBX45AAIAQAAggADCATUZCoCWpCoCXMUFZJlNZ5TEEpgDSo8EAgBBAAAAIIAAwzAUppqhJEtgRJEvF3JFOFCQs9JyRAA=="

  @Test func `are read once by a source of values`() async throws {
    let bed = try PackedBed()
    try bed.write(Self.bzip2, to: "data/people.csv.bz2")
    let report = try await bed.run(CSVSource.init, of: "data")
    #expect(report.run.records.loaded == 2 && report.run.status == .done)
    #expect(try bed.rows() == ["1|Ada", "2|Grace"])
    #expect(try await bed.run(CSVSource.init, of: "data").unitsSkipped == 1)
    let left = try FileManager.default.contentsOfDirectory(atPath: "\(bed.files.path)/home/spill")
    #expect(left == [])
  }

  @Test(arguments: lines.keys.sorted())
  func `are read by a source of lines`(ending: String) async throws {
    let bed = try PackedBed()
    try bed.write(#require(Self.lines[ending]), to: "a.jsonl.\(ending)")
    _ = try await bed.run(JSONLinesSource.init, of: "a.jsonl.\(ending)")
    #expect(try bed.rows() == ["1", "2"])
  }

  @Test func `are planned with their dialect`() async throws {
    let bed = try PackedBed()
    try bed.write(Self.bzip2, to: "people.csv.bz2")
    let plan = try await bed.pipeline(CSVSource.init, of: "people.csv.bz2").plan()
    #expect(plan.columns.map(\.name) == ["id", "name"])
    #expect(plan.units.first?.dialect?.contains("delimiter ,") == true)
  }

  @Test func `may not unpack to a thousand times their size`() async throws {
    let bed = try PackedBed()
    try bed.write(Self.bomb, to: "bomb.csv.bz2")
    let report = try await bed.run(CSVSource.init, of: "bomb.csv.bz2")
    #expect(report.run.status == .partial && report.run.records.read == 0)
    #expect(report.problems.first?.message.contains("unpacks to more than 64 MiB") == true)
  }

  @Test func `are told when they are not`() async throws {
    let bed = try PackedBed()
    try bed.files.write("id\n1\n", to: "a.csv.xz")
    let report = try await bed.run(CSVSource.init, of: "a.csv.xz")
    #expect(report.problems.first?.message.contains("not compressed as its name says") == true)
    let error = await #expect(throws: CatchmentError.self) {
      try await bed.run(CSVSource.init, of: "a.csv.xz", mode: .replace)
    }
    #expect(error?.code == .sourceUnavailable)
  }
}

@Suite struct `Files in a ZIP archive` {
  private static let members = [
    (name: "2025/a.csv", text: "id,n\n1,1\n2,two\n3,3\n"), (name: "README", text: "no rows"),
    (name: "__MACOSX/._a.csv", text: "\0\0"), (name: "2026/b.CSV", text: "id,n\n4,4\n"),
  ]

  private func source(_ path: String) throws -> CSVSource {
    try CSVSource(
      .map(["path": path.setting, "types": .map(["n": "INTEGER".setting])]), in: "a test")
  }

  @Test func `are units of their own, named in dead letters`() async throws {
    let bed = try PackedBed()
    try bed.zip(Self.members)
    let source = try source("\(bed.files.path)/data.zip")
    let report = try await bed.run({ _ in source }, of: "")
    #expect(report.unitsPlanned == 2 && report.run.records.read == 4)
    #expect(try bed.rows() == ["1|1", "3|3", "4|4"])
    #expect(
      try bed.rows(
        "SELECT path, line FROM catchment.pipeline_dead_letters") == [
          "\(bed.files.path)/data.zip/2025/a.csv|3"
        ])
    #expect(try await bed.run({ _ in source }, of: "").unitsSkipped == 2)
  }

  @Test func `are loaded once though the archive grows`() async throws {
    let bed = try PackedBed()
    try bed.zip([("a.csv", "id\n1\n"), ("c.txt", "")])
    _ = try await bed.run(CSVSource.init, of: "data.zip")
    try bed.zip([("a.csv", "id\n1\n"), ("b.csv", "id\n2\n")])
    let report = try await bed.run(CSVSource.init, of: "data.zip")
    #expect(report.run.records.loaded == 1)
    #expect(try bed.rows() == ["1", "2"])
  }

  @Test func `replace a table together`() async throws {
    let bed = try PackedBed()
    try bed.zip([("a.csv", "id\n1\n"), ("b.csv", "id\n2\n")])
    _ = try await bed.run(CSVSource.init, of: "data.zip", mode: .replace)
    try bed.zip([("b.csv", "id\n2\n"), ("c.csv", "id\n3\n")])
    _ = try await bed.run(CSVSource.init, of: "data.zip", mode: .replace)
    #expect(try bed.rows() == ["2", "3"])
    try bed.files.write("no archive", to: "data.zip")
    await #expect(throws: CatchmentError.self) {
      try await bed.run(CSVSource.init, of: "data.zip", mode: .replace)
    }
    #expect(try bed.rows() == ["2", "3"])
  }

  @Test func `are read whatever they are called when there is one alone`() async throws {
    let bed = try PackedBed()
    try bed.zip([("export", "id\n1\n")], to: "data/export.csv.zip")
    _ = try await bed.run(CSVSource.init, of: "data")
    #expect(try bed.rows() == ["1"])
  }

  @Test(arguments: [
    ("../a.csv", "no honest archive"), ("/etc/a.csv", "no honest archive"),
    ("a\u{1B}[2J.csv", "no honest archive"), ("b.csv", "two files called b.csv"),
    ("b.txt", ""),
  ])
  func `are not read when their names are hostile`(name: String, reason: String) async throws {
    let bed = try PackedBed()
    try bed.zip([("b.csv", "id\n1\n"), (name, "id\n2\n")])
    let report = try await bed.run(CSVSource.init, of: "data.zip")
    guard !reason.isEmpty else {
      #expect(report.run.records.loaded == 1)
      return
    }
    #expect(report.run.status == .partial && report.run.records.read == 0)
    #expect(report.problems.first?.message.contains(reason) == true)
  }

  @Test func `are told when none is to be read`() async throws {
    let bed = try PackedBed()
    try bed.zip([("a.txt", "x"), ("b.txt", "x")])
    let report = try await bed.run(CSVSource.init, of: "data.zip")
    #expect(report.run.status == .partial)
    #expect(report.problems.first?.message.contains("ends with .csv or .tsv") == true)
  }
}
