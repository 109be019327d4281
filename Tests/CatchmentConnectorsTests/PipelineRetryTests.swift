import CatchmentTesting
import CatchmentTransforms
import DuckDB
import Foundation
import Synchronization
import Testing

@testable import Catchment
@testable import CatchmentConnectors
@testable import CatchmentEngine

@Suite struct `A pipeline that is tried again` {
  private let files: TemporaryDirectory
  private var home: Home { Home("\(files.path)/home") }
  private var database: String { "\(files.path)/out.duckdb" }

  init() throws { files = try TemporaryDirectory() }

  /// The pauses that were asked for, each of which is over at once.
  private final class Pauses: Sendable {
    private let taken = Mutex<[Double]>([])
    var all: [Double] { taken.withLock { $0 } }

    /// - Parameter after: what happens during each pause, which is told its number.
    func options(after: @escaping @Sendable (Int) -> Void = { _ in }) -> Importer.Options {
      var options = Importer.Options(memory: 512 << 20)
      options.retry.chance = { 0 }
      options.retry.rest = { seconds in
        let count = self.taken.withLock { taken in
          taken.append(seconds)
          return taken.count
        }
        after(count)
      }
      return options
    }
  }

  private func load(
    _ source: CSVSource, retry: PipelineRetry?, mode: LoadMode = .replace
  ) -> Pipeline.Complete {
    Pipeline("orders").extract(source).load(.duckdb(database, table: "orders", mode: mode))
      .retry(retry)
  }

  /// The rows of the table, and the statuses of the runs that the destination knows.
  private func ends(_ pipeline: Pipeline.Complete) throws -> (rows: Int64?, runs: [Run.Status]) {
    let runs = try pipeline.runs(in: home).map(\.status)
    let opened = try Database(path: database, options: .init(readOnly: true))
    return (try opened.connect().query("SELECT count(*) FROM orders").scalar()?.int64, runs)
  }

  // MARK: Servers

  /// A server of one file that first answers otherwise, to requests of a method.
  private func server(
    _ first: [Int], to method: String, retryAfter: String? = nil
  ) async throws -> FileServer {
    let left = Mutex(first)
    return try await FileServer { request in
      let isMeant = request.method == method
      let status = isMeant ? left.withLock { $0.isEmpty ? nil : $0.removeFirst() } : nil
      guard let status else {
        return FileServer.answer(to: request, with: Array("id\n1\n2\n".utf8), etag: "\"1\"")
      }
      return FileServer.Answer(
        status: status, headers: retryAfter.map { [("Retry-After", $0)] } ?? [])
    }
  }

  private func source(_ server: FileServer) -> CSVSource {
    var source = CSVSource.csv(server.url("/orders.csv"))
    source.files.access.tries = 1
    return source
  }

  @Test func `succeeds when the server has come to itself`() async throws {
    let server = try await server([503, 503], to: "HEAD")
    let pauses = Pauses()
    let pipeline = load(source(server), retry: PipelineRetry(attempts: 3))
    let report = try await pipeline.run(in: home, options: pauses.options())
    #expect(report.run.records.loaded == 2)
    #expect(pauses.all == [10, 20])
    #expect(report.attempts.map { $0.error?.errorClass } == [.transient, .transient, nil])
    #expect(report.attempts.map(\.pause) == [10, 20, nil])
    try await server.close()
  }

  @Test(arguments: [("3600", 3_600), ("inf", 86_400), ("1e300", 86_400), ("-1", 10), ("x", 10.0)])
  func `comes no sooner than the server asks for, within a day`(
    asked: String, pause: Double
  ) async throws {
    let server = try await server([429], to: "HEAD", retryAfter: asked)
    let pauses = Pauses()
    let report = try await load(source(server), retry: PipelineRetry())
      .run(in: home, options: pauses.options())
    #expect(pauses.all == [pause])
    #expect(report.attempts.first?.error?.errorClass == .quota)
    try await server.close()
  }

  @Test func `fails with the last failure when its attempts are used up`() async throws {
    let server = try await server([503, 503, 500], to: "HEAD")
    let pauses = Pauses()
    let error = await #expect(throws: CatchmentError.self) {
      try await load(source(server), retry: PipelineRetry(attempts: 3))
        .run(in: home, options: pauses.options())
    }
    #expect(error?.message.contains("answers 500") == true)
    #expect(pauses.all.count == 2)
    try await server.close()
  }

  @Test func `fetches what it could not, of a run that ended in part`() async throws {
    let server = try await server([503], to: "GET")
    let pauses = Pauses()
    let pipeline = load(source(server), retry: PipelineRetry(), mode: .append)
    let report = try await pipeline.run(in: home, options: pauses.options())
    #expect(report.run.status == .done && report.run.records.loaded == 2)
    #expect(pauses.all.count == 1)
    #expect(try ends(pipeline).runs == [.partial, .done])
    try await server.close()
  }

  // MARK: Classes

  /// What fails, what it is tried again after, and whether it is.
  @Test(arguments: [
    (PipelineRetry(), false), (PipelineRetry(classes: [.data]), true),
    (PipelineRetry(classes: [.transient, .quota, .configuration, .bug]), false),
  ])
  func `is so only after the failures that it names`(
    retry: PipelineRetry, isAgain: Bool
  ) async throws {
    try files.write("id\n1\n", to: "orders.csv")
    let pauses = Pauses()
    let pipeline = Pipeline("orders").extract(.csv("\(files.path)/orders.csv"))
      .transform(.expect(leastRows: 5)).load(.duckdb(database, table: "orders")).retry(retry)
    let error = await #expect(throws: CatchmentError.self) {
      try await pipeline.run(in: home, options: pauses.options())
    }
    #expect(error?.errorClass == .data)
    #expect(pauses.all == (isAgain ? [10, 20] : []))
  }

  // MARK: What is committed

  @Test(.enabled(if: PostgreSQLServer.isThere, "CATCHMENT_POSTGRESQL names no server"))
  func `goes on where it stopped, and loads nothing twice`() async throws {
    let server = PostgreSQLServer()
    try server.rows(
      """
      CREATE SCHEMA "\(server.schema)";
      CREATE TABLE "\(server.schema)".orders (id bigint);
      CREATE FUNCTION "\(server.schema)".refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'not now' USING ERRCODE = '57P03'; END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON "\(server.schema)".orders
        FOR EACH ROW WHEN (NEW.id = 3) EXECUTE FUNCTION "\(server.schema)".refuse()
      """)
    try files.write("id\n1\n2\n", to: "orders/a.csv")
    try files.write("id\n3\n", to: "orders/b.csv")
    let pipeline = Pipeline("orders").extract(.csv("\(files.path)/orders"))
      .load(.postgreSQL(server.url(), table: "orders")).retry(PipelineRetry(attempts: 3))
    let refused = Mutex<[[String?]]>([])
    let pauses = Pauses()
    let options = pauses.options { _ in
      // What the first run left, and the end of what stood against it.
      do {
        let rows = try server.rows("SELECT id FROM orders ORDER BY id")
        refused.withLock { $0 = rows }
        try server.rows("DROP TRIGGER refuse ON orders")
      } catch { Issue.record(error) }
    }
    let report = try await pipeline.run(in: home, options: options)
    #expect(refused.withLock { $0 } == [["1"], ["2"]])
    #expect(try server.rows("SELECT id FROM orders ORDER BY id") == [["1"], ["2"], ["3"]])
    #expect(report.attempts.map(\.metrics.records.loaded) == [2, 1])
    #expect(report.attempts.map(\.unitsUnchanged) == [0, 1])
    #expect(report.attempts[0].stage == .load)
    #expect(try pipeline.runs(in: home).map(\.status) == [.failed, .done])
    try server.rows("DROP SCHEMA \"\(server.schema)\" CASCADE")
  }

  // MARK: The wait

  @Test func `lets others go on while it waits, is shown, and can be stopped`() async throws {
    try files.write("id\n1\n", to: "there.csv")
    let hour = TimeSpan(seconds: 3_600)
    let group = PipelineGroup([
      .init(load(.csv("\(files.path)/gone.csv"), retry: PipelineRetry(delay: hour))),
      .init(
        Pipeline("other").extract(.csv("\(files.path)/there.csv"))
          .load(.duckdb(database, table: "other"))),
    ])
    let (ended, end) = AsyncStream.makeStream(of: String.self)
    let home = home
    let run = Task {
      try await group.run(
        in: home, options: .init(memory: 512 << 20, threads: 1),
        note: { member, _ in end.yield(member.pipeline.name) })
    }
    // They share a file and a thread: the other one could not have ended otherwise.
    #expect(await ended.first { _ in true } == "other")
    var told: LiveRuns.Work?
    while told?.progress.pausedUntil == nil {
      told = try LiveRuns.all(in: home).first?.works.first
      await Task.yield()
    }
    #expect(told?.name == "orders" && told?.progress.phase == .waiting)
    #expect(told?.progress.attempt == 2)
    run.cancel()
    await #expect(throws: CatchmentError.interrupted) { try await run.value }
    #expect(try LiveRuns.all(in: home).isEmpty)
  }
}
