import Catchment
import CatchmentTesting
import DuckDB
import Foundation
import NIOHTTP1
import Synchronization
import Testing

@testable import CatchmentConnectors
@testable import CatchmentEngine

@Suite struct `A file on a web server as a source` {
  private static let orders = "id,city\n1,Bern\n2,Basel\n"

  /// A server of one file that a test may change, and a pipeline from there.
  private final class Bed: Sendable {
    let folder: TemporaryDirectory
    let server: FileServer
    private let text: Box

    final class Box: Sendable {
      private let value: Mutex<String>
      init(_ text: String) { value = Mutex(text) }
      var text: String {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
      }
    }

    init(
      _ answer: @escaping @Sendable (FileServer.Request, String) -> FileServer.Answer = {
        FileServer.answer(to: $0, with: Array($1.utf8), etag: "\"\($1.utf8.count)\"")
      }
    ) async throws {
      folder = try TemporaryDirectory()
      let box = Box("id,city\n1,Bern\n2,Basel\n")
      text = box
      server = try await FileServer { answer($0, box.text) }
    }

    func change(to new: String) { text.text = new }

    var home: Home { Home("\(folder.path)/home") }

    func pipeline(
      _ source: CSVSource? = nil, path: String = "/orders.csv", mode: LoadMode = .append
    ) -> Pipeline.Complete {
      Pipeline("web").extract(source ?? .csv(server.url(path)))
        .load(.duckdb("\(folder.path)/out.duckdb", table: "t", mode: mode))
    }

    func run(
      _ source: CSVSource? = nil, path: String = "/orders.csv", mode: LoadMode = .append
    ) async throws -> PipelineReport {
      try await pipeline(source, path: path, mode: mode).run(in: home)
    }

    func asked(_ method: String) -> Int { server.requests.count { $0.method == method } }

    func close() async throws { try await server.close() }
  }

  @Test func `is fetched once, and again when it changed`() async throws {
    let bed = try await Bed()
    let first = try await bed.run(mode: .replace)
    #expect(first.run.records.loaded == 2)
    #expect(first.bytesFetched == 23)
    let again = try await bed.run(mode: .replace)
    #expect(again.unitsSkipped == 1 && again.bytesFetched == 0)
    #expect(bed.asked("GET") == 1 && bed.asked("HEAD") == 2)
    bed.change(to: Self.orders + "3,Genf\n")
    let changed = try await bed.run(mode: .replace)
    #expect(changed.run.records.loaded == 3 && bed.asked("GET") == 2)
    let left = try FileManager.default.contentsOfDirectory(atPath: bed.home.downloads)
    #expect(left == [], "what was kept is not kept twice")
    try await bed.close()
  }

  @Test func `goes on where the connection was cut`() async throws {
    let cuts = Mutex(0)
    let bed = try await Bed { request, text in
      let isFirst = request.method == "GET" && cuts.withLock { ($0, $0 += 1).0 } == 0
      return FileServer.answer(
        to: request, with: Array(text.utf8), etag: "\"a\"", cutAfter: isFirst ? 10 : nil)
    }
    let report = try await bed.run()
    #expect(report.run.records.loaded == 2 && report.bytesFetched == 23)
    #expect(bed.server.requests.last?.begin == 10)
    try await bed.close()
  }

  @Test func `that came whole before a run was killed is not sent again`() async throws {
    let bed = try await Bed()
    let source = CSVSource(bed.server.url("/orders.csv"))
    let unit = try #require(try source.discover().units.first)
    try Directory.create(bed.home.downloads)
    let fetched = await source.fetch([UnitFetch(unit, to: "\(bed.home.downloads)/\(unit.id)")])
    #expect(try fetched.first?.get().received == 23)
    let report = try await bed.run()
    #expect(report.run.records.loaded == 2 && report.bytesFetched == 0)
    try await bed.close()
  }

  @Test func `is asked for by its first byte where HEAD is not allowed`() async throws {
    let bed = try await Bed { request, text in
      if request.method == "HEAD" { return .init(status: 403) }
      return FileServer.answer(to: request, with: Array(text.utf8), etag: "\"a\"")
    }
    #expect(try await bed.run().run.records.loaded == 2)
    #expect(try await bed.run().unitsSkipped == 1)
    try await bed.close()
  }

  @Test func `is read each time from a server that says no version, and loaded once`() async throws
  {
    let bed = try await Bed { .init(body: $0.method == "HEAD" ? [] : Array($1.utf8)) }
    #expect(try await bed.run().run.records.loaded == 2)
    let again = try await bed.run()
    #expect(again.run.records.loaded == 0 && again.unitsSkipped == 0)
    try await bed.close()
  }

  @Test(arguments: [(404, 6), (401, 5), (403, 5), (410, 6)])
  func `that cannot be had ends the run, and no secret is told`(status: Int, code: Int32)
    async throws
  {
    let bed = try await Bed { _, _ in .init(status: status) }
    let error = await #expect(throws: CatchmentError.self) {
      try await bed.run(path: "/orders.csv?year=2026&api_key=hidden&X-Amz-Signature=hidden")
    }
    #expect(error?.code.exitCode == code, "\(error as Any)")
    #expect(error?.description.contains("hidden") == false)
    try await bed.close()
  }

  @Test func `keeps keys of its URL out of plans and markers`() async throws {
    let bed = try await Bed()
    let path = "/orders.csv?year=2026&token=hidden&X-Amz-Signature=hidden"
    let plan = try await bed.pipeline(path: path).plan()
    #expect(plan.units.map(\.path) == [bed.server.url("/orders.csv?year=2026&token=***")])
    #expect(try await bed.run(path: path).run.records.loaded == 2)
    #expect(bed.server.requests.allSatisfy { $0.path == path })
    try await bed.close()
  }

  @Test func `is planned and tried without a trace`() async throws {
    let bed = try await Bed()
    let plan = try await bed.pipeline().plan()
    #expect(plan.units.map(\.isRemote) == [true] && plan.units.map(\.state) == [.new])
    #expect(plan.columns.map(\.name) == ["id", "city"])
    #expect(try await bed.pipeline().tryOut().toLoad == 2)
    #expect(try FileManager.default.contentsOfDirectory(atPath: bed.folder.path) == [])
    _ = try await bed.run()
    let before = bed.asked("GET")
    #expect(try await bed.pipeline().plan().units.map(\.state) == [.unchanged])
    #expect(bed.asked("GET") == before)
    try await bed.close()
  }

  @Test func `gives its headers to its own server alone`() async throws {
    let other = try await Bed()
    let target = other.server.url("/moved.csv")
    let bed = try await Bed { _, _ in .init(status: 302, headers: [("Location", target)]) }
    let source = try CSVSource(
      .map([
        "path": bed.server.url("/orders.csv").setting,
        "headers": .map(["Authorization": "Bearer hidden".setting]),
      ]), in: "test")
    #expect(try await bed.run(source).run.records.loaded == 2)
    #expect(bed.server.requests.allSatisfy { $0.headers.first(name: "authorization") != nil })
    #expect(other.server.requests.allSatisfy { $0.headers.first(name: "authorization") == nil })
    #expect(!other.server.requests.isEmpty)
    try await bed.close()
    try await other.close()
  }
}
