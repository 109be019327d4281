internal import Catchment
internal import DuckDB
internal import GRDB

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A pipeline's right to commit, with the number that fences off whoever held it before.
///
/// `HomeLock` keeps two processes of one machine apart. The lease is for what a lock cannot tell: a
/// process that was suspended, or cut off from a shared disk, while another took over, and that
/// wakes up in the middle of a load. Every taking raises the token; a commit with an older token
/// than the newest is refused.
struct Lease: Sendable {
  let pipeline: String
  let token: Int64
  private let state: StateDatabase

  /// Takes the lease; from now on every earlier holder's commits are refused.
  ///
  /// `newest` is the newest token that the warehouse knows: a state database that was made anew must
  /// not count from the beginning.
  init(
    taking pipeline: String, in state: StateDatabase, newest: Int64, now: Int64
  ) throws(CatchmentError) {
    self.pipeline = pipeline
    self.state = state
    token = try state.write { database in
      let last = try Int64.fetchOne(database, sql: "SELECT max(token) FROM lease") ?? 0
      let token = max(last, newest) + 1
      try database.execute(
        sql:
          "INSERT OR REPLACE INTO lease (pipeline, pid, host, token, taken) VALUES (?, ?, ?, ?, ?)",
        arguments: [pipeline, Int64(getpid()), Self.host, token, now])
      return token
    }
  }

  /// Throws `locked` when another has taken over the warehouse since.
  ///
  /// Asked inside the transaction that is about to commit.
  func check(_ connection: Connection) throws(CatchmentError) {
    let newest: Int64
    do throws(DuckDBError) { newest = try Runs.newestToken(connection) } catch {
      throw CatchmentError(.failed, "the warehouse could not be asked", cause: error.description)
    }
    try check(newest: newest)
  }

  /// The same for any place whose newest token is known.
  func check(newest: Int64) throws(CatchmentError) {
    let holder = try state.read { database in
      try Row.fetchOne(
        database, sql: "SELECT pid, host, token FROM lease WHERE pipeline = ?",
        arguments: [pipeline])
    }
    let current: Int64 = holder?["token"] ?? token
    guard newest <= token, current <= token else {
      throw CatchmentError(
        .locked, "another run\(Self.name(holder, token)) has taken over; nothing more is committed",
        hint: "run the same command again when that one is done")
    }
  }

  private static func name(_ holder: Row?, _ token: Int64) -> String {
    guard let holder, let current: Int64 = holder["token"], current > token,
      let pid: Int64 = holder["pid"], let host: String = holder["host"]
    else { return "" }
    return " (process \(pid) on \(host))"
  }

  /// What this machine calls itself; empty when it does not say.
  static var host: String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
