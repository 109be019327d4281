internal import Catchment
internal import GRDB

/// What drives the work: the runs, what each of them planned, and who may write.
///
/// `state.sqlite` says what was to be done; the warehouse's commit markers say what was done, and
/// they are the truth. So nothing is lost with this file: it is made anew from the markers.
final class StateDatabase: Sendable {
  let path: String
  private let queue: DatabaseQueue

  /// Opens the file, or makes it.
  ///
  /// Throws `damaged` when it is no database or not a whole one.
  init(path: String) throws(CatchmentError) {
    self.path = path
    var configuration = GRDB.Configuration()
    // Another process holds the file for moments only.
    configuration.busyMode = .timeout(5)
    configuration.prepareDatabase { database in
      // Not through the configuration, which writes something at each opening. A power cut may take
      // the last transactions: the markers give them back.
      try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
    }
    do {
      queue = try DatabaseQueue(path: path, configuration: configuration)
      try StateSchema.migrator.migrate(queue)
    } catch {
      throw .state(error, path)
    }
  }

  /// Lets the file go.
  func close() throws(CatchmentError) {
    do { try queue.close() } catch { throw .state(error, path) }
  }

  func read<R>(_ body: (GRDB.Database) throws -> R) throws(CatchmentError) -> R {
    do { return try queue.read(body) } catch { throw .state(error, path) }
  }

  /// Runs `body` in a transaction that no other writer can come between.
  func write<R>(_ body: (GRDB.Database) throws -> R) throws(CatchmentError) -> R {
    do { return try queue.write(body) } catch { throw .state(error, path) }
  }

  // MARK: Damage

  /// Puts a damaged file, and what belongs to it, out of the way; returns its new path.
  static func setAside(_ path: String, now: Int64) throws(CatchmentError) -> String {
    let target = "\(path).damaged-\(RunID.make(now: now).text)"
    try Directory.rename(path, to: target)
    try Directory.remove("\(path)-wal")
    try Directory.remove("\(path)-shm")
    return target
  }

  /// What SQLite finds wrong with the file's structure; nil when nothing is.
  func damage() throws(CatchmentError) -> String? {
    let finding = try read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") }
    return finding == "ok" ? nil : finding ?? "quick_check gave no answer"
  }
}

extension CatchmentError {
  private static func noRoom(_ path: String, _ cause: String?) -> CatchmentError {
    CatchmentError(
      .destinationUnavailable, "no space is left to write the state database \(path)",
      hint: "free some space and run the same command again; what was committed is kept",
      cause: cause)
  }

  /// SQLite's refusal, in the terms of the state database.
  static func state(_ error: any Error, _ path: String) -> CatchmentError {
    if let error = error as? CatchmentError { return error }
    guard let error = error as? DatabaseError else {
      return CatchmentError(.failed, "the state database \(path) refused", cause: "\(error)")
    }
    let cause = error.message
    switch error.resultCode {
    case .SQLITE_NOTADB, .SQLITE_CORRUPT:
      return CatchmentError(
        .damaged, "the state database \(path) is damaged",
        hint: "run the import again: it makes the file anew from the warehouse", cause: cause)
    case .SQLITE_FULL: return .noRoom(path, cause)
    case .SQLITE_IOERR where Room.isShort(for: path): return .noRoom(path, cause)
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      return CatchmentError(
        .locked, "another process holds the state database \(path)",
        hint: "wait until it is done, or stop it", cause: cause)
    default:
      return CatchmentError(
        .destinationUnavailable, "the state database \(path) refused", cause: cause)
    }
  }
}
