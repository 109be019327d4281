public import Catchment
internal import DuckDB

/// Imports what a source finds into a home's warehouse.
///
/// ```swift
/// let importer = Importer(home: Home("/tmp/home"), source: source)
/// let report = try await importer.run(["/home/me/.claude/projects"])
/// ```
public struct Importer: Sendable {
  public struct Options: Sendable {
    /// What the whole process may hold, in bytes.
    public var memory: Int
    public var threads: Int

    public init(memory: Int = 512 << 20, threads: Int = 2) {
      self.memory = memory
      self.threads = threads
    }
  }

  let home: Home
  let source: any Source
  let options: Options
  public let progress: ImportProgress

  public init(
    home: Home, source: any Source, options: Options = .init(),
    progress: ImportProgress = .init()
  ) {
    self.home = home
    self.source = source
    self.options = options
    self.progress = progress
  }

  /// Runs one import over the paths given.
  ///
  /// Safe to kill at any moment and to run again: the tables then are as if nothing had happened.
  public func run(_ roots: [String]) async throws(CatchmentError) -> ImportReport {
    let began = Clock.steady()
    try Directory.create(home.path)
    let lock = try HomeLock(home)
    defer { lock.release() }
    let startedAt = Clock.now()
    let runID = RunID.make(now: startedAt)
    let discovery = try source.discover(roots)
    let warehouse = try openWarehouse()
    defer { warehouse.close() }
    let session = try ImportSession(
      importer: self, warehouse: warehouse, runID: runID, startedAt: startedAt)
    var report = try await session.run(discovery, roots: roots.compactMap(FileWalk.absolute))
    report.seconds = Clock.steady() - began
    return report
  }

  func openWarehouse(at path: String? = nil) throws(CatchmentError) -> Warehouse {
    try Directory.create(home.spill)
    return try Warehouse(
      path: path ?? home.warehouse, sourceTables: source.tables,
      options: .init(
        // A quarter for what the engine counts, mostly blocks that it has written and could drop. The
        // rest is for what it does not count, such as the list of its row groups, for what the
        // workers read and put together, and for the keys of every record. The workers bring threads
        // of their own, so the engine needs none beside them.
        memory: max(options.memory / 4, 64 << 20), threads: 1, spill: home.spill))
  }
}
