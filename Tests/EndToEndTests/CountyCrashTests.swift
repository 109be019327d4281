import DuckDB
import Foundation
import Testing

/// A county's import from a server, killed at random moments of download, unpacking and load.
///
/// `CATCHMENT_KILLS` says how many kills there are in all; the long run of 200 is a command of its own
/// (`Benchmarks/README.md`).
@Suite struct `A county's import that is killed` {
  private static let kills = ProcessInfo.processInfo.environment["CATCHMENT_KILLS"]
    .flatMap(Int.init)
  private static let example = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Examples/hcad").path

  private let work: String

  init() throws {
    work = FileManager.default.temporaryDirectory.appending(path: "county-\(UUID())").path
    try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
  }

  private func make(_ arguments: String...) throws {
    let made = try Program.run(
      ["python3", "\(Self.example)/make-data.py", "\(work)/data"] + arguments, of: "/usr/bin/env",
      environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"])
    try #require(made.status == 0, "\(made.errors)")
  }

  private func arguments(_ server: FolderServer) -> [String] {
    [
      "run", "\(Self.example)/hcad.yaml", "--set", "year=2024", "--set",
      "source=http://127.0.0.1:\(server.port)", "--set", "output=\(work)/hcad.duckdb", "--json",
      "--home", "\(work)/home",
    ]
  }

  private func clear() {
    for name in ["home", "hcad.duckdb", "hcad.duckdb.wal"] {
      try? FileManager.default.removeItem(atPath: "\(work)/\(name)")
    }
  }

  private func finish(_ server: FolderServer) throws {
    let outcome = try Program.run(arguments(server))
    try #require(outcome.status == 0, "\(outcome.errors)")
  }

  /// Of every table its name, its rows and what they hash to together, in any order.
  private func sums() throws -> [[String]] {
    let database = try Database(path: "\(work)/hcad.duckdb", options: .init(readOnly: true))
    let connection = try database.connect()
    let tables = try connection.query(
      "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main' ORDER BY 1"
    ).rows().map { $0[0].description }
    return try tables.map { table in
      let row = try connection.query("SELECT count(*), sum(hash(t))::VARCHAR FROM \(table) AS t")
        .rows()[0]
      return [table] + row.map(\.description)
    }
  }

  @Test func `ends where an undisturbed one does`() throws {
    defer { try? FileManager.default.removeItem(atPath: work) }
    try make("--accounts", "400")
    let server = try FolderServer("\(work)/data")
    let began = Date()
    try finish(server)
    let duration = Date().timeIntervalSince(began)
    let expected = try sums()
    #expect(expected.count == 11 && expected.allSatisfy { $0[1] != "0" })
    var killed = 0
    while killed < Self.kills ?? 2 {
      clear()
      for _ in 0..<Int.random(in: 1...4) {
        let outcome = try Program.run(
          arguments(server), stopping: SIGKILL, after: .random(in: 0...duration))
        killed += outcome.status == SIGKILL ? 1 : 0
      }
      try finish(server)
      #expect(try sums() == expected)
    }
  }
}
