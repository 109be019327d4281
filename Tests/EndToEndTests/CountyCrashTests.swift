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
  private let county: County
  private var work: String { county.path }

  init() throws { county = try County() }

  private func arguments(_ server: FolderServer) -> [String] {
    county.arguments(source: "http://127.0.0.1:\(server.port)")
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
    defer { county.remove() }
    try county.make("--accounts", "400")
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
