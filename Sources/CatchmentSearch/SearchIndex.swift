public import Catchment
internal import Foundation
internal import GRDB

/// The words of all conversations, in a file of their own beside the warehouse.
///
/// It holds nothing that the warehouse does not: a file that is lost, damaged or of another version
/// is made anew. The file says which state of the warehouse it agrees with.
///
/// ```swift
/// let index = try SearchIndex(path: "/home/me/.catchment/search.sqlite")
/// try index.bringUpToDate(with: connection, at: try WarehouseState(path: warehouse)) { _ in }
/// let hits = try index.find(try SearchQuery("parser tool:Bash", now: now), limit: 20, each: 3)
/// ```
public final class SearchIndex: Sendable {
  /// The SQLite file.
  public let path: String
  let queue: DatabaseQueue

  /// Opens the file, or makes an empty one.
  public init(path: String) throws(CatchmentError) {
    self.path = path
    do throws(CatchmentError) {
      queue = try Self.open(path)
    } catch  where error.code == .damaged {
      try Self.remove(path)
      queue = try Self.open(path)
    }
  }

  /// Opens what is there; throws `damaged` when it is no index of this version.
  private static func open(_ path: String) throws(CatchmentError) -> DatabaseQueue {
    var configuration = GRDB.Configuration()
    configuration.busyMode = .timeout(30)
    configuration.prepareDatabase { $0.add(tokenizer: WordTokenizer.self) }
    do {
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      try queue.writeWithoutTransaction { database in
        try database.execute(sql: "PRAGMA cache_size = -65536")
        guard try version(database) != SearchSchema.version else { return }
        try database.inTransaction(.immediate) {
          // Another process may have made it since.
          if try version(database) == SearchSchema.version { return .rollback }
          guard try version(database) == 0, try !database.tableExists("words") else {
            throw CatchmentError(.damaged, "the search index \(path) is of another version")
          }
          try SearchSchema.create(database)
          return .commit
        }
      }
      return queue
    } catch {
      throw .searchIndex(error, path)
    }
  }

  private static func version(_ database: GRDB.Database) throws -> Int? {
    try Int.fetchOne(database, sql: "PRAGMA user_version")
  }

  /// Takes the file away; the next search makes it anew.
  public static func remove(_ path: String) throws(CatchmentError) {
    for file in [path, path + "-journal"] where FileManager.default.fileExists(atPath: file) {
      do { try FileManager.default.removeItem(atPath: file) } catch {
        throw CatchmentError(
          .destinationUnavailable, "the search index \(file) cannot be removed",
          cause: error.localizedDescription)
      }
    }
  }

  /// Lets the file go.
  public func close() throws(CatchmentError) {
    do { try queue.close() } catch { throw .searchIndex(error, path) }
  }

  /// Whether the index agrees with this state of the warehouse.
  public func agrees(with state: WarehouseState) throws(CatchmentError) -> Bool {
    try read { try String.fetchOne($0, sql: "SELECT mark FROM state") } == state.mark
  }

  func read<R>(_ body: (GRDB.Database) throws -> R) throws(CatchmentError) -> R {
    do { return try queue.read(body) } catch { throw .searchIndex(error, path) }
  }

  /// Runs `body` in a transaction.
  func write<R>(_ body: (GRDB.Database) throws -> R) throws(CatchmentError) -> R {
    do { return try queue.write(body) } catch { throw .searchIndex(error, path) }
  }
}

extension CatchmentError {
  /// SQLite's refusal, in the terms of the search index.
  static func searchIndex(_ error: any Error, _ path: String) -> CatchmentError {
    if let error = error as? CatchmentError { return error }
    guard let error = error as? DatabaseError else {
      return CatchmentError(.failed, "the search index \(path) refused", cause: "\(error)")
    }
    switch error.resultCode {
    case .SQLITE_NOTADB, .SQLITE_CORRUPT:
      return CatchmentError(
        .damaged, "the search index \(path) is damaged", hint: "delete it; it is made anew",
        cause: error.message)
    case .SQLITE_FULL:
      return CatchmentError(
        .destinationUnavailable, "no space is left to write the search index \(path)",
        hint: "free some space and search again", cause: error.message)
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      return CatchmentError(
        .locked, "another process holds the search index \(path)",
        hint: "wait until it is done, or stop it", cause: error.message)
    default:
      return CatchmentError(
        .destinationUnavailable, "the search index \(path) refused", cause: error.message)
    }
  }
}
