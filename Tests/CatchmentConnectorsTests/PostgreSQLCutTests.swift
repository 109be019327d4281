import Catchment
import CatchmentConnectors
import CatchmentEngine
import CatchmentTesting
import Foundation
import Testing

/// What the answer to a COMMIT would have said, when it never comes.
@Suite(.enabled(if: PostgreSQLServer.isThere, "CATCHMENT_POSTGRESQL names no server"))
struct `A pipeline whose connection to PostgreSQL is cut` {
  private static let modes: [LoadMode] = [
    .append, .replace, .merge(key: ["id"]), .scd2(key: ["id"], deleteMissing: true),
  ]
  /// The first COMMIT is that of the tables beside the user's.
  private static let firstLoad = 2

  private let server = PostgreSQLServer()
  private let folder: TemporaryDirectory

  init() throws {
    folder = try TemporaryDirectory()
    for (number, name) in ["a", "b"].enumerated() {
      let lines = (0..<50).map { "\(number * 50 + $0),text \($0)\n" }
      try folder.write("id,text\n" + lines.joined(), to: "data/\(name).csv")
    }
  }

  private func run(_ mode: LoadMode, _ base: String) async throws -> PipelineReport {
    let url = "\(base)?schema=\(server.schema)"
    return try await Pipeline("cut").extract(.csv("\(folder.path)/data"))
      .load(.postgreSQL(url, table: "t", mode: mode))
      .run(in: Home("\(folder.path)/home"), options: .init(memory: 256 << 20, threads: 1))
  }

  private func ids() throws -> [String?] {
    try server.rows("SELECT count(*) || ' ' || count(DISTINCT id) FROM t").map { $0[0] }
  }

  @Test(arguments: modes)
  func `after COMMIT came, finds out that it is done`(mode: LoadMode) async throws {
    let base = PostgreSQLServer.url ?? ""
    let proxy = try CuttingProxy(to: base, cut: .afterCommit, of: Self.firstLoad)
    defer { proxy.stop() }
    let report = try await run(mode, proxy.url)
    #expect(proxy.hasCut)
    #expect(report.run.status == .done && report.run.records.loaded == 100)
    #expect(try ids() == ["100 100"])
    #expect(try await run(mode, base).unitsSkipped == 2)
  }

  @Test(arguments: modes)
  func `before COMMIT came, has nothing, and the next run has it all`(mode: LoadMode) async throws {
    let base = PostgreSQLServer.url ?? ""
    let proxy = try CuttingProxy(to: base, cut: .beforeCommit, of: Self.firstLoad)
    defer { proxy.stop() }
    let error = await #expect(throws: CatchmentError.self) { try await run(mode, proxy.url) }
    #expect(proxy.hasCut)
    #expect(error?.code == .destinationUnavailable)
    #expect(try server.rows("SELECT to_regclass('t')") == [[nil]])
    #expect(try await run(mode, base).run.records.loaded == 100)
    #expect(try ids() == ["100 100"])
  }
}
