import Catchment
import CatchmentConnectors
import CatchmentTesting
import DuckDB
import Foundation
import Testing

@Suite struct `A file as a destination` {
  /// How a format's files are made and read back by the engine.
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var make: @Sendable (String, LoadMode) -> any Destination
    var read: @Sendable (String) -> String
    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "csv", make: { .csv($0, mode: $1) }) {
      "read_csv(\(SQL.literal($0)), all_varchar = true, header = true)"
    },
    Case(name: "json", make: { .json($0, mode: $1) }) { "read_json(\(SQL.literal($0)))" },
    Case(name: "jsonl", make: { .jsonl($0, mode: $1) }) {
      "read_json(\(SQL.literal($0)), format = 'newline_delimited')"
    },
    Case(name: "parquet", make: { .parquet($0, mode: $1) }) { "read_parquet(\(SQL.literal($0)))" },
  ]

  private static func rows(_ file: String, _ test: Case) throws -> [String] {
    guard FileManager.default.fileExists(atPath: file) else { return [] }
    return try Workbench().query("SELECT * FROM \(test.read(file))").map {
      $0.map(\.description).joined(separator: "|")
    }
  }

  /// The names of files that hold data.
  private static func parts(_ folder: String, _ ending: String) throws -> [String] {
    guard FileManager.default.fileExists(atPath: folder) else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".\(ending)") && !$0.hasPrefix(".") }.sorted()
  }

  private static func fileName(_ table: String) -> String {
    "\(table.replacing("/", with: "_")).data"
  }

  @Test(arguments: cases)
  func `keeps the destination contract when it is replaced`(test: Case) async throws {
    try await DestinationContract(
      make: { folder, table, _ in test.make("\(folder)/\(Self.fileName(table))", .replace) },
      rows: { folder, table in try Self.rows("\(folder)/\(Self.fileName(table))", test) },
      modes: [.replace]
    ).check()
  }

  @Test(arguments: cases)
  func `keeps the destination contract as a folder of files`(test: Case) async throws {
    try await DestinationContract(
      make: { folder, table, _ in test.make("\(folder)/\(Self.fileName(table))", .append) },
      rows: { folder, table in
        let place = "\(folder)/\(Self.fileName(table))"
        return try Self.parts(place, test.name).flatMap { try Self.rows("\(place)/\($0)", test) }
      }, modes: [.append]
    ).check()
  }

  // MARK: Killed between two steps

  private static let unit = Unit(
    source: "test", path: "/unit", fingerprint: .init(size: 1, modified: 1))

  private func load(_ rows: String, _ path: String, run: String) throws {
    let bench = try Workbench()
    let session = try FileDestination<CSVFormat>(path).open(for: "p", in: bench)
    let run = Run(id: run, pipeline: "p", status: .running, token: 1, started: 1)
    try session.begin(run)
    let marker = CommittedUnit(Self.unit, sha256: "00", records: 1, run: run.id)
    _ = try session.load(Batch(rows: bench.table(rows), units: [marker]), of: run) {}
    session.close()
  }

  private func change(_ path: String, _ change: (inout [String: Any]) -> Void) throws {
    let url = URL(filePath: "\(path).catchment.json")
    let object = try JSONSerialization.jsonObject(with: Data(contentsOf: url))
    var manifest = try #require(object as? [String: Any])
    var commits = try #require(manifest["commits"] as? [[String: Any]])
    change(&commits[commits.count - 1])
    manifest["commits"] = commits
    try JSONSerialization.data(withJSONObject: manifest).write(to: url)
  }

  private func text(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
  }

  @Test func `has loaded when the process ended after the data had its name`() throws {
    let files = try TemporaryDirectory()
    let path = "\(files.path)/a.csv"
    try load("SELECT 1 AS n", path, run: "r1")
    try load("SELECT 2 AS n", path, run: "r2")
    try change(path) { $0["isDone"] = false }
    let session = try FileDestination<CSVFormat>(path).open(for: "p", in: Workbench())
    #expect(try session.committedUnits()[Self.unit.id]?.run == "r2")
    #expect(try session.rollBack("r2", cascade: false) == ["r2"])
    #expect(try text(path) == "n\n1\n")
  }

  @Test func `has not loaded when the process ended before`() throws {
    let files = try TemporaryDirectory()
    let path = "\(files.path)/a.csv"
    try load("SELECT 1 AS n", path, run: "r1")
    let before = try Data(contentsOf: URL(filePath: path))
    try load("SELECT 2 AS n", path, run: "r2")
    try before.write(to: URL(filePath: path))
    try change(path) { $0["isDone"] = false }
    let session = try FileDestination<CSVFormat>(path).open(for: "p", in: Workbench())
    #expect(try session.committedUnits()[Self.unit.id]?.run == "r1")
    #expect(try text(path) == "n\n1\n")
  }

  @Test func `goes on with a rollback that was begun`() throws {
    let files = try TemporaryDirectory()
    let path = "\(files.path)/a.csv"
    try load("SELECT 1 AS n", path, run: "r1")
    try load("SELECT 2 AS n", path, run: "r2")
    try change(path) { $0["isLeaving"] = true }
    let session = try FileDestination<CSVFormat>(path).open(for: "p", in: Workbench())
    #expect(try session.committedUnits()[Self.unit.id]?.run == "r1")
    #expect(try text(path) == "n\n1\n")
  }

  @Test func `is not taken back when someone else changed it`() throws {
    let files = try TemporaryDirectory()
    let path = "\(files.path)/a.csv"
    try load("SELECT 1 AS n", path, run: "r1")
    try Data("mine".utf8).write(to: URL(filePath: path))
    let session = try FileDestination<CSVFormat>(path).open(for: "p", in: Workbench())
    let error = #expect(throws: CatchmentError.self) {
      try session.rollBack("r1", cascade: false)
    }
    #expect(error?.code == .refused)
    #expect(try text(path) == "mine")
  }

  @Test func `is held by one process at a time`() throws {
    let files = try TemporaryDirectory()
    let destination = FileDestination<CSVFormat>("\(files.path)/a.csv")
    let session = try destination.open(for: "p", in: Workbench())
    let error = #expect(throws: CatchmentError.self) {
      try destination.open(for: "p", in: Workbench())
    }
    #expect(error?.code.exitCode == 8)
    session.close()
  }

  @Test func `with a damaged manifest says so`() throws {
    let files = try TemporaryDirectory()
    try files.write("{", to: "a.csv.catchment.json")
    let error = #expect(throws: CatchmentError.self) {
      try FileDestination<CSVFormat>("\(files.path)/a.csv").open(for: "p", in: Workbench())
    }
    #expect(error?.code.exitCode == 9)
  }
}
