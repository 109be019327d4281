import Catchment
import CatchmentTesting
import DuckDB
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import CatchmentConnectors
@testable import CatchmentEngine

@Suite(.enabled(if: S3Server.isThere, "CATCHMENT_S3 names a server"))
struct `Objects as a destination` {
  /// The contract's folders are places on the server; what it copies is copied there.
  private static func contract(
    _ mode: LoadMode, make: @escaping @Sendable (String, LoadMode, S3Settings) -> any Destination,
    read: @escaping @Sendable (String) -> String
  ) -> DestinationContract {
    let server = S3Server()
    @Sendable func key(_ folder: String, _ table: String) -> String {
      // This server takes a backslash for a slash.
      "\(Path.name(of: folder))/\(table.replacing("/", with: "_").replacing("\\", with: "_")).data"
    }
    return DestinationContract(
      make: { folder, table, mode in
        let isMissing = folder.hasSuffix("/not/there")
        return make(
          isMissing ? "s3://no-such-bucket/x" : server.path(key(folder, table)), mode,
          S3Server.settings())
      },
      rows: { folder, table in
        let place = key(folder, table)
        let keys = try server.keys(place).filter { key in
          mode == .append ? !Path.name(of: key).hasPrefix(".") : key == place
        }
        return try keys.flatMap { try Self.rows(server, $0, read) }
      },
      modes: [mode],
      copy: { folder, other in
        for key in try server.keys(Path.name(of: folder)) {
          let copy = key.replacing(Path.name(of: folder), with: Path.name(of: other))
          try server.put(try server.text(key) ?? "", copy)
        }
      })
  }

  private static func rows(
    _ server: S3Server, _ key: String, _ read: (String) -> String
  ) throws -> [String] {
    guard let object = try server.with({ try $0.get("\(server.prefix)/\(key)") }) else { return [] }
    let folder = try TemporaryDirectory()
    try folder.write(object.bytes, to: "data")
    return try Workbench().query("SELECT * FROM \(read("\(folder.path)/data"))").map {
      $0.map(\.description).joined(separator: "|")
    }
  }

  @Test(arguments: [LoadMode.replace, .append])
  func `keep the destination contract as CSV`(mode: LoadMode) async throws {
    try await Self.contract(mode, make: { FileDestination<CSVFormat>($0, mode: $1, s3: $2) }) {
      "read_csv(\(SQL.literal($0)), all_varchar = true, header = true)"
    }.check()
  }

  @Test(arguments: [LoadMode.replace, .append])
  func `keep the destination contract as Parquet`(mode: LoadMode) async throws {
    try await Self.contract(mode, make: { FileDestination<ParquetFormat>($0, mode: $1, s3: $2) }) {
      "read_parquet(\(SQL.literal($0)))"
    }.check()
  }

  @Test func `keep the destination contract in folders by the values of a column`() async throws {
    try await Self.contract(
      .append,
      make: { FileDestination<CSVFormat>($0, mode: $1, partitionBy: ["part"], s3: $2) }
    ) { "read_csv(\(SQL.literal($0)), all_varchar = true, header = true)" }.check()
  }

  @Test func `are not replaced in folders, which nobody can do in one step`() {
    let error = #expect(throws: OptionError.self) {
      try FileDestination<CSVFormat>("s3://b/k", partitionBy: ["part"]).check()
    }
    #expect(error?.message.contains("in one step") == true)
    #expect(throws: OptionError.self) {
      try FileDestination<CSVFormat>("https://host/k").check()
    }
    #expect(throws: OptionError.self) { try FileDestination<CSVFormat>("s3://bucket").check() }
  }

  // MARK: Connections that are cut

  /// Every request of a load in its turn, before it comes, after it, and at its answer.
  @Test(arguments: CuttingProxy.Cut.allCases, [LoadMode.replace, .append])
  func `are loaded once wherever a connection is cut`(
    cut: CuttingProxy.Cut, mode: LoadMode
  ) throws {
    let endpoint = try #require(S3Server.endpoint)
    var wasCut = true
    var number = 0
    while wasCut {
      number += 1
      let proxy = try CuttingProxy(
        to: endpoint, cut: cut, of: number, at: cut == .answer ? "HTTP/1.1 2" : " HTTP/1.1\r\n")
      defer { proxy.stop() }
      let key = "\(number)"
      try load("SELECT 0 AS n", run: "r0", into: destination(key, mode: mode))
      let one = destination(key, mode: mode, through: proxy.url)
      #expect(try load("SELECT 1 AS n", run: "r1", into: one).loaded == 1)
      let keys = try server.keys(key).filter { !Path.name(of: $0).hasPrefix(".") }
      let data = keys.filter { $0 == key || $0.hasSuffix(".csv") }
      let texts = try data.map { try server.text($0) }
      #expect(Set(texts) == (mode == .append ? ["n\n0\n", "n\n1\n"] : ["n\n1\n"]))
      #expect(data.count == (mode == .append ? 2 : 1))
      wasCut = proxy.hasCut
    }
    #expect(number > 5)
  }

  // MARK: One load

  private let server = S3Server()
  private static let unit = Unit(
    source: "test", path: "/unit", fingerprint: .init(size: 1, modified: 1))

  private func destination(
    _ key: String = "a.csv", mode: LoadMode = .replace,
    through endpoint: String? = S3Server.endpoint
  ) -> FileDestination<CSVFormat> {
    FileDestination(server.path(key), mode: mode, s3: S3Server.settings(endpoint))
  }

  @discardableResult
  private func load(
    _ rows: String, run: String, into destination: FileDestination<CSVFormat>? = nil
  ) throws -> RecordCounts {
    let bench = try Workbench()
    let session = try (destination ?? self.destination()).open(for: "p", in: bench)
    defer { session.close() }
    let run = Run(id: run, pipeline: "p", status: .running, token: 1, started: 1)
    try session.begin(run)
    let marker = CommittedUnit(Self.unit, sha256: "00", records: 1, run: run.id)
    return try session.load(Batch(rows: bench.table(rows), units: [marker]), of: run) {}
  }

  private func change(_ change: (inout [String: Any]) -> Void) throws {
    let text = try #require(try server.text("a.csv.catchment.json"))
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
    var manifest = try #require(object as? [String: Any])
    var commits = try #require(manifest["commits"] as? [[String: Any]])
    change(&commits[commits.count - 1])
    manifest["commits"] = commits
    let bytes = try JSONSerialization.data(withJSONObject: manifest)
    try server.put(String(decoding: bytes, as: UTF8.self), "a.csv.catchment.json")
  }

  @Test func `have loaded when the process ended after the data came`() throws {
    try load("SELECT 1 AS n", run: "r1")
    try load("SELECT 2 AS n", run: "r2")
    try change { $0["isDone"] = false }
    let session = try destination().open(for: "p", in: Workbench())
    #expect(try session.committedUnits()[Self.unit.id]?.run == "r2")
    #expect(try session.rollBack("r2", cascade: false) == ["r2"])
    #expect(try server.text("a.csv") == "n\n1\n")
    session.close()
  }

  @Test func `have not loaded when the process ended before`() throws {
    try load("SELECT 1 AS n", run: "r1")
    try change { entry in
      entry["isDone"] = false
      entry["sha256"] = "00"
    }
    let session = try destination().open(for: "p", in: Workbench())
    #expect(try session.committedUnits().isEmpty)
    session.close()
  }

  @Test func `go on with a rollback that was begun`() throws {
    try load("SELECT 1 AS n", run: "r1")
    try load("SELECT 2 AS n", run: "r2")
    try change { $0["isLeaving"] = true }
    let session = try destination().open(for: "p", in: Workbench())
    #expect(try session.committedUnits()[Self.unit.id]?.run == "r1")
    #expect(try server.text("a.csv") == "n\n1\n")
    session.close()
  }

  @Test func `are not taken back when someone else changed them`() throws {
    try load("SELECT 1 AS n", run: "r1")
    try server.put("mine", "a.csv")
    let session = try destination().open(for: "p", in: Workbench())
    let error = #expect(throws: CatchmentError.self) { try session.rollBack("r1", cascade: false) }
    #expect(error?.code == .refused)
    #expect(try server.text("a.csv") == "mine")
    session.close()
  }

  @Test func `are written by one process at a time`() throws {
    let first = try destination().open(for: "p", in: Workbench())
    let second = try destination().open(for: "p", in: Workbench())
    func run(_ id: String) -> Run {
      Run(id: id, pipeline: "p", status: .running, token: 1, started: 1)
    }
    try first.begin(run("r1"))
    let error = #expect(throws: CatchmentError.self) { try second.begin(run("r2")) }
    #expect(error?.code.exitCode == 8)
    for session in [first, second] { session.close() }
  }

  @Test func `of many megabytes come in parts`() throws {
    let counts = try load(
      "SELECT range AS n, md5(range::VARCHAR) AS text FROM range(900000)", run: "r1")
    #expect(counts.loaded == 900_000)
    let object = try server.with { try $0.look(at: "\(server.prefix)/a.csv") }
    #expect(object?.headers.first(name: "etag")?.contains("-") == true)
    let text = try #require(try server.text("a.csv"))
    #expect(text.utf8.count { $0 == UInt8(ascii: "\n") } == 900_001)
    try load("SELECT 1 AS n", run: "r2")
    let session = try destination().open(for: "p", in: Workbench())
    _ = try session.rollBack("r2", cascade: false)
    #expect(try server.text("a.csv") == text)
    session.close()
  }

  @Test func `are the old or the new to one who reads all the while`() async throws {
    try load("SELECT 0 AS n FROM range(20000)", run: "r0")
    let reader = PollingReader(server, "a.csv")
    for number in 1...6 { try load("SELECT \(number) AS n FROM range(20000)", run: "r\(number)") }
    let seen = await reader.stop()
    #expect(seen.count > 0)
    for text in Set(seen) {
      let lines = text.split(separator: "\n")
      #expect(lines.count == 20_001 && Set(lines.dropFirst()).count == 1)
    }
  }

  @Test func `are not open to a wrong key, and in no bucket that is not there`() throws {
    let wrong = FileDestination<CSVFormat>(
      server.path("a.csv"),
      s3: S3Settings(endpoint: S3Server.endpoint, accessKey: "nobody", secretKey: "hidden"))
    let error = #expect(throws: CatchmentError.self) {
      try load("SELECT 1 AS n", run: "r", into: wrong)
    }
    #expect(error?.code.exitCode == 5)
    #expect(error?.description.contains("hidden") == false)
  }
}

/// Reads an object again and again, on a thread of its own, until it is told to stop.
private final class PollingReader: Sendable {
  private let isDone = Mutex(false)
  private let seen = Mutex<[String]>([])
  private let ended = Mutex<CheckedContinuation<Void, Never>?>(nil)

  init(_ server: S3Server, _ key: String) {
    Thread { [self] in
      while !isDone.withLock({ $0 }) {
        do {
          let text = try server.text(key) ?? ""
          seen.withLock { $0.append(text) }
        } catch {
          seen.withLock { $0.append("\(error)") }
        }
      }
      // Whoever stops it waits already.
      ended.withLock { $0 }?.resume()
    }.start()
  }

  func stop() async -> [String] {
    await withCheckedContinuation { continuation in
      ended.withLock { $0 = continuation }
      isDone.withLock { $0 = true }
    }
    return seen.withLock { $0 }
  }
}
