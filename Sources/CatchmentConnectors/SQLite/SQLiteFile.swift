internal import Catchment
internal import GRDB

/// A SQLite file that is open, for one writer.
final class SQLiteFile: Sendable {
  let path: String
  private let queue: DatabaseQueue

  /// Opens the file, or makes it.
  ///
  /// - Parameter prepare: what is done with the connection first.
  init(
    _ path: String, _ prepare: @escaping @Sendable (GRDB.Database) throws -> Void = { _ in }
  ) throws(CatchmentError) {
    self.path = path
    var configuration = GRDB.Configuration()
    configuration.busyMode = .timeout(10)
    configuration.prepareDatabase { database in
      try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
      try prepare(database)
    }
    // The transaction goes over many calls.
    configuration.allowsUnsafeTransactions = true
    do { queue = try DatabaseQueue(path: path, configuration: configuration) } catch {
      throw .sqlite(error, path)
    }
  }

  /// Opens a file of someone else's, for reading only.
  init(reading path: String) throws(CatchmentError) {
    self.path = path
    var configuration = GRDB.Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(10)
    configuration.allowsUnsafeTransactions = true
    do { queue = try DatabaseQueue(path: path, configuration: configuration) } catch {
      throw .sqlite(error, path)
    }
  }

  /// Opens a file of ours that is there, to look at it.
  ///
  /// A connection that could write takes away, at its end, what SQLite puts beside the file.
  init(lookingAt path: String) throws(CatchmentError) {
    self.path = path
    var configuration = GRDB.Configuration()
    configuration.busyMode = .timeout(10)
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA query_only = ON") }
    do { queue = try DatabaseQueue(path: path, configuration: configuration) } catch {
      throw .sqlite(error, path)
    }
  }

  func close() {
    // What was not committed is undone when the file is let go, whatever this says.
    do { try queue.close() } catch {}
  }

  func access<R>(_ body: (GRDB.Database) throws -> R) throws(CatchmentError) -> R {
    do { return try queue.unsafeReentrantWrite(body) } catch { throw .sqlite(error, path) }
  }
}
