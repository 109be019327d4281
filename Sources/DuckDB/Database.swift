import CDuckDB

/// A DuckDB database: a file, or memory that goes when the object does.
///
/// A file belongs to one writing process at a time. Within a process it may be opened twice; both
/// objects then share one engine, whose options must be the same. The file is let go when the
/// database and all its connections are closed.
///
/// ```swift
/// let database = try Database(path: "store.duckdb", options: .init(memoryLimit: 1 << 30))
/// let connection = try database.connect()
/// ```
public final class Database: Sendable {
  private let slot: HandleSlot
  /// The file, or nil for memory.
  public let path: String?

  /// Opens the file, or creates it; without a path, a database in memory.
  ///
  /// Throws `.locked` when another process holds the file, `.corrupt` when it is no database.
  public init(path: String? = nil, options: Options = Options()) throws(DuckDBError) {
    let config = try Configuration(options)
    var raw: OpaquePointer?
    var message: UnsafeMutablePointer<CChar>?
    let state = withExtendedLifetime(config) {
      duckdb_get_or_create_from_cache(
        Self.cache.raw, path ?? ":memory:", &raw, config.raw, &message)
    }
    defer { duckdb_free(message) }
    guard state == CDUCKDB_OK, let raw else { throw DuckDBError(duckdb: UnsafePointer(message)) }
    self.path = path
    self.slot = HandleSlot(raw) { handle in
      var raw: OpaquePointer? = handle.raw
      duckdb_close(&raw)
    }
    registerPendingRows(raw)
  }

  private func registerPendingRows(_ database: OpaquePointer) {
    var connection: OpaquePointer?
    guard duckdb_connect(database, &connection) == CDUCKDB_OK else { return }
    defer { duckdb_disconnect(&connection) }
    PendingRows.register(with: connection)
  }

  /// Makes that a file opened twice in this process is one database, not two that overwrite
  /// each other: the lock on the file tells processes apart, not threads.
  private static let cache = Handle(raw: duckdb_create_instance_cache())

  /// The version of the library, such as `v2.0.1`.
  public static var libraryVersion: String { String(cString: duckdb_library_version()) }

  /// A new connection, with its own transactions and settings.
  ///
  /// Safe on any thread.
  public func connect() throws(DuckDBError) -> Connection {
    guard let handle = slot.current else { throw .closed("database") }
    var raw: OpaquePointer?
    guard duckdb_connect(handle.raw, &raw) == CDUCKDB_OK, let raw else {
      throw DuckDBError(.other, "DuckDB could not make a connection.")
    }
    return Connection(raw, of: self)
  }

  /// Lets go of the database; open connections keep it alive until they close too.
  public func close() { slot.close() }
}

extension Database {
  /// How the engine is set up.
  ///
  /// What is nil keeps DuckDB's default.
  public struct Options: Sendable, Hashable {
    /// The most memory the engine uses, in bytes; beyond it, it spills or fails.
    public var memoryLimit: Int?
    /// How many threads run queries.
    public var threads: Int?
    /// Where to spill.
    ///
    /// Give each process a private folder; empty text forbids spilling. Left nil, DuckDB spills
    /// beside its file, or into `.tmp` of the working directory.
    public var temporaryDirectory: String?
    /// Opens without the right to write, beside other readers.
    public var readOnly: Bool
    /// Any other setting of DuckDB, by its name.
    public var extra: [String: String]

    /// Options of which none need be given: DuckDB then takes 80 % of the memory and all cores.
    public init(
      memoryLimit: Int? = nil, threads: Int? = nil, temporaryDirectory: String? = nil,
      readOnly: Bool = false, extra: [String: String] = [:]
    ) {
      self.memoryLimit = memoryLimit
      self.threads = threads
      self.temporaryDirectory = temporaryDirectory
      self.readOnly = readOnly
      self.extra = extra
    }

    /// As DuckDB's settings.
    fileprivate var settings: [String: String] {
      var all = extra
      if let memoryLimit { all["memory_limit"] = "\(memoryLimit)B" }
      if let threads { all["threads"] = "\(threads)" }
      if let temporaryDirectory { all["temp_directory"] = temporaryDirectory }
      if readOnly { all["access_mode"] = "READ_ONLY" }
      return all
    }
  }
}

/// DuckDB's configuration object, for as long as opening takes.
private final class Configuration {
  let raw: OpaquePointer

  init(_ options: Database.Options) throws(DuckDBError) {
    var made: OpaquePointer?
    guard duckdb_create_config(&made) == CDUCKDB_OK, let made else {
      throw DuckDBError(.outOfMemory, "DuckDB could not make a configuration.")
    }
    raw = made
    for (name, value) in options.settings {
      guard duckdb_set_config(raw, name, value) == CDUCKDB_OK else {
        throw DuckDBError(.invalidInput, "DuckDB has no setting \(name), or not this value.")
      }
    }
  }

  deinit {
    var raw: OpaquePointer? = raw
    duckdb_destroy_config(&raw)
  }
}
