import Catchment
import CatchmentConnectors
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import Foundation
import Testing

@Suite(.enabled(if: PostgreSQLServer.isThere, "CATCHMENT_POSTGRESQL names no server"))
struct `A PostgreSQL server that fails` {
  private let server = PostgreSQLServer()

  /// A home with a session in it, published once.
  private func published() async throws -> Workspace {
    let work = try Workspace(ClaudeCodeSource())
    try work.files.write(Self.session("one", lines: 3), to: "one.jsonl")
    _ = try await publish(work, try PostgreSQLFollower(url: server.url()))
    return work
  }

  private func publish(
    _ work: Workspace, _ follower: any Follower
  ) async throws -> PublicationReport? {
    try await Importer(
      home: work.home, sources: [work.source], options: .init(threads: 1, follower: follower)
    ).run([work.files.path]).publication
  }

  private func failure(_ body: () async throws -> Void) async throws -> CatchmentError {
    do { try await body() } catch let error as CatchmentError { return error }
    throw TestFailure("nothing failed")
  }

  private func expectMessages(_ count: Int) throws {
    #expect(try server.rows("SELECT count(*) FROM messages") == [["\(count)"]])
  }

  private static func session(_ name: String, lines: Int) -> String {
    (0..<lines).map { number in
      #"{"parentUuid":null,"isSidechain":false,"sessionId":"\#(name)","type":"user","#
        + #""message":{"role":"user","content":"line \#(number)"},"uuid":"\#(name)-\#(number)","#
        + #""timestamp":"2026-03-01T10:00:00Z"}"# + "\n"
    }.joined()
  }

  // MARK: Gone

  @Test func `is told when it is not there, and the home has everything`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    try work.files.write(Self.session("one", lines: 3), to: "one.jsonl")
    let gone = try PostgreSQLFollower(url: "postgresql://me:s3cret@127.0.0.1:1/x?schema=talks")
    let error = try await failure { _ = try await publish(work, gone) }
    #expect(error.code == .destinationUnavailable)
    #expect(error.message == "postgresql://me@127.0.0.1:1/x?schema=talks cannot be reached")
    #expect(error.hint?.hasSuffix("run the same command again") == true)
    #expect(!error.description.contains("s3cret"))
    #expect(try work.number("SELECT count(*) FROM messages") == 3)
    #expect(try await publish(work, PostgreSQLFollower(url: server.url()))?.rows["messages"] == 3)
  }

  @Test func `is told when it refuses who asks`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    let url = (PostgreSQLServer.url ?? "") + "-that-is-not-there"
    let error = try await failure { _ = try await publish(work, PostgreSQLFollower(url: url)) }
    #expect(error.code == .configuration)
    #expect(error.cause?.contains("does not exist") == true)
  }

  @Test func `leaves nothing when it ends a publication, and the next one makes it good`()
    async throws
  {
    let work = try await published()
    try work.files.write(Self.session("two", lines: 5), to: "two.jsonl")
    let name = "catchment_\(server.schema)"
    let follower = try PostgreSQLFollower(url: server.url("&application_name=\(name)"))
    let server = server
    let ending = WatchedFollower(follower: follower) {
      try server.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '\(name)'")
    }
    let error = try await failure { _ = try await publish(work, ending) }
    #expect(error.code == .destinationUnavailable)
    #expect(error.message.hasSuffix("was cut; nothing was published"))
    try expectMessages(3)
    #expect(try await publish(work, follower)?.kind == .changes)
    try expectMessages(8)
  }

  // MARK: Cut

  @Test func `is asked again when the connection is cut after COMMIT was sent`() async throws {
    let work = try await published()
    try work.files.write(Self.session("two", lines: 5), to: "two.jsonl")
    let proxy = try CuttingProxy(to: PostgreSQLServer.url ?? "", cut: .afterCommit)
    defer { proxy.stop() }
    let report = try await publish(
      work, PostgreSQLFollower(url: "\(proxy.url)?schema=\(server.schema)"))
    #expect(proxy.hasCut)
    #expect(report?.rows["messages"] == 8)
    try expectMessages(8)
    #expect(try await publish(work, PostgreSQLFollower(url: server.url()))?.kind == .unchanged)
  }

  @Test func `has nothing when the connection is cut before COMMIT came`() async throws {
    let work = try await published()
    try work.files.write(Self.session("two", lines: 5), to: "two.jsonl")
    let proxy = try CuttingProxy(to: PostgreSQLServer.url ?? "", cut: .beforeCommit)
    defer { proxy.stop() }
    let error = try await failure {
      _ = try await publish(
        work, PostgreSQLFollower(url: "\(proxy.url)?schema=\(server.schema)"))
    }
    #expect(proxy.hasCut)
    #expect(error.code == .destinationUnavailable)
    try expectMessages(3)
    #expect(try await publish(work, PostgreSQLFollower(url: server.url()))?.kind == .changes)
    try expectMessages(8)
  }

  // MARK: Others

  @Test func `lets one publish at a time`() async throws {
    let work = try await published()
    let follower = try PostgreSQLFollower(url: server.url(), patience: 1)
    let other = try follower.connect()
    try other.begin()
    let error = try await failure { _ = try await publish(work, follower) }
    #expect(error.code == .locked)
    other.close()
    #expect(try await publish(work, follower)?.kind == .unchanged)
  }

  @Test func `keeps what others made beside the tables`() async throws {
    let work = try await published()
    try server.rows(
      """
      ALTER TABLE conversations ADD COLUMN note text;
      CREATE VIEW long_talks AS SELECT * FROM conversations WHERE total_messages > 2;
      ALTER TABLE tool_calls DROP COLUMN exit_code
      """)
    try work.files.write(Self.session("two", lines: 5), to: "two.jsonl")
    _ = try await publish(work, PostgreSQLFollower(url: server.url()))
    #expect(try server.rows("SELECT count(note), count(*) FROM long_talks") == [["0", "2"]])
    #expect(try server.rows("SELECT count(exit_code) FROM tool_calls") == [["0"]])
  }
}

/// A follower at whose commits something else happens first.
private struct WatchedFollower: Follower {
  let follower: PostgreSQLFollower
  let beforeCommit: @Sendable () throws -> [[String?]]
  var name: String { follower.name }
  var location: String { follower.location }
  var adopts: Bool { follower.adopts }

  func connect() throws(CatchmentError) -> any FollowerSession {
    WatchedSession(try follower.connect(), beforeCommit)
  }
}

private final class WatchedSession: FollowerSession {
  private let session: any FollowerSession
  private let beforeCommit: () throws -> [[String?]]

  init(_ session: any FollowerSession, _ beforeCommit: @escaping () throws -> [[String?]]) {
    self.session = session
    self.beforeCommit = beforeCommit
  }

  func begin() throws(CatchmentError) { try session.begin() }
  func publication() throws(CatchmentError) -> Publication? { try session.publication() }
  func prepare(_ tables: [FollowerTable]) throws(CatchmentError) { try session.prepare(tables) }
  func fingerprints(
    of table: FollowerTable, _ body: (RowFingerprint) throws(CatchmentError) -> Void
  ) throws(CatchmentError) { try session.fingerprints(of: table, body) }
  func remove(
    from table: FollowerTable, where column: FollowerTable.Column, in values: Chunks,
    orMissing: Bool
  ) throws(CatchmentError) -> Int {
    try session.remove(from: table, where: column, in: values, orMissing: orMissing)
  }
  func write(_ rows: Chunks, to table: FollowerTable) throws(CatchmentError) -> Int {
    try session.write(rows, to: table)
  }
  func commit(_ publication: Publication) throws(CatchmentError) {
    do { _ = try beforeCommit() } catch {
      throw CatchmentError(.failed, "what was to happen did not", cause: "\(error)")
    }
    try session.commit(publication)
  }
  func versions() throws(CatchmentError) -> [AppliedVersion] { try session.versions() }
  func migrate(
    _ migration: Migration, _ direction: Migration.Direction
  ) throws(CatchmentError) { try session.migrate(migration, direction) }
  func backUp(_ version: SchemaVersion, dump: String?) throws(CatchmentError) -> String {
    try session.backUp(version, dump: dump)
  }
  func close() { session.close() }
}
