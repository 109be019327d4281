public import Catchment
public import DuckDB

/// The unified tables in a DuckDB file.
///
/// One process writes at a time, and only while it must: a warehouse is opened for a piece of work
/// and closed after it.
public final class Warehouse: Sendable {
  /// What the file is called in SQL.
  static let catalog = "warehouse"

  /// The file: `warehouse.duckdb` in a home.
  public let path: String
  let database: Database
  /// The tables of every source, then the engine's tracked ones.
  let tables: [TableSchema]
  /// The tables of every source.
  let sourceTables: [TableSchema]
  /// What opening it changed, for the user.
  let notes: [String]
  let room: EngineRoom

  /// How the engine is set up for a piece of work.
  public struct Options: Sendable {
    /// What the engine may hold, in bytes; it spills beyond.
    public var memory: Int
    /// How many threads run a query, the caller's among them.
    public var threads: Int
    /// A directory to spill into that no other process uses; empty text forbids it.
    public var spill: String
    /// Opens beside other readers, and makes no tables; an older warehouse is seen in the newest
    /// shape.
    public var isReadOnly: Bool
    /// Opens it in the version that it has, to be migrated or asked for it; else an older one that
    /// is opened to write is migrated up.
    var isAsStored = false

    /// Everything but writing must be said: what is right depends on who else needs memory.
    public init(memory: Int, threads: Int, spill: String, isReadOnly: Bool = false) {
      self.memory = memory
      self.threads = threads
      self.spill = spill
      self.isReadOnly = isReadOnly
    }
  }

  /// Opens the warehouse, and makes it when it is not there.
  public init(
    path: String, sourceTables: [TableSchema], views: [View] = [], options: Options
  ) throws(CatchmentError) {
    self.path = path
    room = EngineRoom(options.memory)
    self.sourceTables = sourceTables
    tables = sourceTables + EngineTables.tracked
    try WriteAheadLog(database: path).cutTornCommit()
    let connection: Connection
    do throws(DuckDBError) {
      database = try Self.engine(options)
      connection = try database.connect()
    } catch {
      throw .warehouse(error, path)
    }
    let opening = WarehouseOpening(
      path: path, tables: tables, views: views, connection: connection, options: options)
    notes = try opening.open()
  }

  private static func engine(_ options: Options) throws(DuckDBError) -> Database {
    try Database(
      options: .init(
        memoryLimit: options.memory, threads: options.threads,
        temporaryDirectory: options.spill,
        extra: [
          "preserve_insertion_order": "true", "autoinstall_known_extensions": "false",
          "wal_autocheckpoint": "256MB",
          // A row group is compressed when it is full, not all at once under the commit's lock.
          "write_buffer_row_group_count": "1",
        ]))
  }

  /// Writes everything back into the one file and lets it go.
  public func close() { database.close() }

  /// A connection whose unqualified names are the warehouse's.
  ///
  /// The engine reads ahead of who fetches a result, and counts what that holds without its texts: a
  /// small allowance is a few batches, the usual one was gigabytes of long records.
  public func connect() throws(CatchmentError) -> Connection {
    do throws(DuckDBError) {
      let connection = try database.connect()
      try connection.execute("USE \(Self.catalog); SET streaming_buffer_size = '1KB'")
      return connection
    } catch {
      throw .warehouse(error, path)
    }
  }

  /// Runs `body`, telling the engine's errors as the warehouse's.
  func check<R>(_ body: () throws(DuckDBError) -> R) throws(CatchmentError) -> R {
    do throws(DuckDBError) { return try body() } catch { throw .warehouse(error, path) }
  }
}

extension TableSchema {
  /// Its name with the schema it lies in.
  var qualifiedName: String {
    EngineTables.inner.contains { $0.name == name }
      ? "\(EngineTables.schema).\(name)" : "main.\(name)"
  }

  /// The schema it lies in.
  var schemaName: String {
    String(qualifiedName.prefix { $0 != "." })
  }
}

extension CatchmentError {
  /// What the engine said, as a failure of the warehouse.
  static func warehouse(_ error: DuckDBError, _ path: String) -> CatchmentError {
    switch error.code {
    case .locked:
      let holder = error.holder.map { "process \($0)" } ?? "another process"
      return CatchmentError(
        .locked, "the warehouse \(path) is held by \(holder)",
        hint: "wait until it is done, or stop it; only one process can write at a time")
    case .corrupt:
      return CatchmentError(
        .damaged, "the warehouse \(path) is damaged",
        hint: "run `catchment rebuild`: it makes the tables again from the raw store",
        cause: error.message)
    case .interrupted:
      return CatchmentError(.interrupted, "interrupted", cause: error.message)
    case .outOfMemory:
      return CatchmentError(
        .failed, "the engine ran out of the memory it may use",
        hint: "give it more with --memory", cause: error.message)
    case .diskFull:
      return CatchmentError(
        .destinationUnavailable, "no space is left to write the warehouse \(path)",
        hint: "free some space and run the same command again; what was committed is kept",
        cause: error.message)
    default:
      return CatchmentError(
        .destinationUnavailable, "the warehouse \(path) refused", cause: error.description)
    }
  }
}
