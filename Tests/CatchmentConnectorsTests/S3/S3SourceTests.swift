import Catchment
import CatchmentTesting
import DuckDB
import Foundation
import NIOHTTP1
import Synchronization
import Testing

@testable import CatchmentConnectors
@testable import CatchmentEngine

/// A pipeline from a place on a server into a table.
private struct Bed {
  let server = S3Server()
  let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  func source(_ key: String, _ settings: S3Settings = S3Server.settings()) throws -> CSVSource {
    try CSVSource(.map(["path": server.path(key).setting, "s3": settings.setting]), in: "test")
  }

  func pipeline(_ source: CSVSource, mode: LoadMode = .replace) -> Pipeline.Complete {
    Pipeline("objects").extract(source)
      .load(.duckdb("\(folder.path)/out.duckdb", table: "t", mode: mode))
  }

  func run(_ key: String, mode: LoadMode = .replace) async throws -> PipelineReport {
    try await pipeline(source(key), mode: mode).run(in: Home("\(folder.path)/home"))
  }

  func rows() throws -> [String] {
    let database = try Database(path: "\(folder.path)/out.duckdb", options: .init(readOnly: true))
    return try database.connect().query("FROM t ORDER BY ALL").rows()
      .map { $0.map(\.description).joined(separator: "|") }
  }
}

@Suite(.enabled(if: S3Server.isThere, "CATCHMENT_S3 names a server"))
struct `Objects as a source` {
  @Test(arguments: [LoadMode.replace, .append])
  func `are fetched when they are new or changed, and no others`(mode: LoadMode) async throws {
    let bed = try Bed()
    for (key, text) in [("a/1.csv", "n\n1\n"), ("b/2.csv", "n\n2\n"), ("b/x.txt", "n\n9\n")] {
      try bed.server.put(text, key)
    }
    let first = try await bed.run("**/*.csv", mode: mode)
    #expect(first.run.records.loaded == 2 && first.bytesFetched == 8)
    let again = try await bed.run("**/*.csv", mode: mode)
    #expect(again.unitsSkipped == 2 && again.bytesFetched == 0)
    try bed.server.put("n\n33\n", "b/2.csv")
    let plan = try await bed.pipeline(bed.source("**/*.csv"), mode: mode).plan()
    #expect(
      plan.units.map(\.state) == (mode == .append ? [.unchanged, .changed] : [.changed, .changed]))
    let changed = try await bed.run("**/*.csv", mode: mode)
    #expect(changed.bytesFetched == 5)
    #expect(try bed.rows() == (mode == .append ? ["1", "2", "33"] : ["1", "33"]))
  }

  @Test func `that vanished go from a table that is replaced, without a fetch`() async throws {
    let bed = try Bed()
    for number in 1...3 { try bed.server.put("n\n\(number)\n", "\(number).csv") }
    _ = try await bed.run("*.csv")
    try bed.server.remove("2.csv")
    #expect(try await bed.run("*.csv").bytesFetched == 0)
    #expect(try bed.rows() == ["1", "3"])
  }

  @Test func `may have any key`() async throws {
    let bed = try Bed()
    let names = ["a b.csv", "ü+%25#&=.csv", "deep/er/.x.csv", "it's (1) ~!*.csv", "q?m.csv"]
    for (number, name) in names.enumerated() { try bed.server.put("n\n\(number)\n", name) }
    #expect(try await bed.run("").run.records.loaded == names.count)
    #expect(try bed.rows() == ["0", "1", "2", "3", "4"])
  }

  @Test func `are listed over as many pages as there are`() throws {
    let server = S3Server()
    for number in 1...5 { try server.put("", "\(number)") }
    let listed = try server.with { try $0.list(prefix: server.prefix, pageSize: 2) }
    #expect(listed.map(\.key) == (1...5).map { "\(server.prefix)/\($0)" })
    #expect(listed.allSatisfy { $0.version.isKnown && $0.size == 0 })
  }

  @Test func `are one, those of a folder, or an error when there are none`() async throws {
    let bed = try Bed()
    try bed.server.put("n\n1\n", "in/a.csv")
    try bed.server.put("n\n2\n", "in/b.txt")
    #expect(try await bed.run("in/b.txt").run.records.loaded == 1)
    #expect(try bed.source("in").discover().units.map(\.path) == [bed.server.path("in/a.csv")])
    let error = #expect(throws: CatchmentError.self) { try bed.source("none*.csv").discover() }
    #expect(error?.code.exitCode == 6)
  }

  @Test func `are not open to a wrong key, which is not told`() throws {
    let bed = try Bed()
    let settings = S3Settings(
      endpoint: S3Server.endpoint, accessKey: S3Server.settings().accessKey?.text,
      secretKey: "hidden-and-wrong")
    let error = #expect(throws: CatchmentError.self) {
      try bed.source("a.csv", settings).discover()
    }
    #expect(error?.code.exitCode == 5)
    #expect(error?.message.contains("does not know this access key and secret") == true)
    #expect(error?.description.contains("hidden") == false)
  }

  @Test func `of a bucket that is not there cannot be had`() throws {
    let source = try CSVSource(
      .map(["path": "s3://no-such-bucket/a.csv".setting, "s3": S3Server.settings().setting]),
      in: "test")
    let error = #expect(throws: CatchmentError.self) { try source.discover() }
    #expect(error?.code.exitCode == 6 && error?.message.contains("no-such-bucket") == true)
  }
}

@Suite struct `A server of objects that is troubled` {
  private static let list = """
    <ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a.csv</Key><Size>4</Size>
    <ETag>&quot;one&quot;</ETag><LastModified>2026-03-01T10:00:00.000Z</LastModified></Contents>
    </ListBucketResult>
    """

  private static func next(_ count: borrowing Mutex<Int>) -> Int {
    count.withLock {
      $0 += 1
      return $0
    }
  }

  private func run(_ server: FileServer) async throws -> PipelineReport {
    let folder = try TemporaryDirectory()
    let source = try CSVSource(
      .map([
        "path": "s3://bucket/a.csv".setting,
        "s3": S3Settings(endpoint: server.url(""), accessKey: "a", secretKey: "hidden").setting,
      ]), in: "test")
    return try await Pipeline("p").extract(source)
      .load(.duckdb("\(folder.path)/out.duckdb", table: "t"))
      .run(in: Home("\(folder.path)/home"))
  }

  @Test func `is asked again until it answers, and sent no secret`() async throws {
    let asked = Mutex(0)
    let server = try await FileServer { request in
      // Every other answer is that it is busy.
      guard Self.next(asked) % 2 == 0 else {
        return .init(
          status: 503, headers: [("Retry-After", "0")],
          body: Array("<Error><Code>SlowDown</Code></Error>".utf8))
      }
      return request.path.contains("list-type")
        ? .init(body: Array(Self.list.utf8))
        : FileServer.answer(to: request, with: Array("n\n1\n".utf8), etag: "\"one\"")
    }
    #expect(try await run(server).run.records.loaded == 1)
    let authorised = server.requests.compactMap { $0.headers.first(name: "authorization") }
    #expect(authorised.count == server.requests.count)
    #expect(authorised.allSatisfy { $0.hasPrefix("AWS4-HMAC-SHA256 Credential=a/") })
    #expect(!"\(server.requests)".contains("hidden"))
    try await server.close()
  }

  @Test func `is gone on with where it cut an object`() async throws {
    let gets = Mutex(0)
    let server = try await FileServer { request in
      if request.path.contains("list-type") { return .init(body: Array(Self.list.utf8)) }
      let isFirst = Self.next(gets) == 1
      return FileServer.answer(
        to: request, with: Array("n\n1\n".utf8), etag: "\"one\"", cutAfter: isFirst ? 2 : nil)
    }
    #expect(try await run(server).run.records.loaded == 1)
    #expect(server.requests.last?.begin == 2)
    try await server.close()
  }
}
