public import Catchment
public import Logging

/// Makes the tables anew from the raw store alone, without touching the source.
///
/// The new warehouse takes the old one's place only when it is complete. It has the old one's list of
/// runs, when that can be read; those before the rebuild can no longer be rolled back.
public struct Rebuild: Sendable {
  private let importer: Importer

  /// Rebuilds the tables of a home for `sources`, which should be all that were imported into it.
  public init(
    home: Home, sources: SourceSet, options: Importer.Options = .init(),
    progress: RunProgress = .init(), logger: Logger = .silent
  ) {
    importer = Importer(
      home: home, sources: sources, options: options, progress: progress, logger: logger)
  }

  /// Derives all that the raw store has; until it is done, the old tables are as they were.
  ///
  /// Throws `locked` while another run writes to the home.
  public func run() async throws(CatchmentError) -> ImportReport {
    let meter = RunMeter()
    let home = importer.home
    try Directory.create(home.path)
    let lock = try importer.lock()
    defer { lock.release() }
    let board = StatusBoard(home, "rebuild", [("rebuild", importer.progress)])
    defer { board.close() }
    try Directory.create(home.spill)
    let history = try RunHistory(of: home.warehouse, spill: home.spill)
    let new = home.warehouse + ".rebuild"
    try remove(new)
    var report = try await build(new, after: history, meter)
    try Directory.rename(new, to: home.warehouse)
    try Directory.remove(home.warehouse + ".wal")
    report.publication = try publish()
    importer.conclude(&report, meter)
    return report
  }

  private func publish() throws(CatchmentError) -> PublicationReport? {
    guard importer.options.follower != nil else { return nil }
    let warehouse = try importer.openWarehouse()
    defer { warehouse.close() }
    return try importer.publish(warehouse)
  }

  private func build(
    _ path: String, after history: RunHistory, _ meter: RunMeter
  ) async throws(CatchmentError) -> ImportReport {
    let warehouse = try importer.openWarehouse(at: path)
    defer { warehouse.close() }
    try history.write(to: warehouse)
    let now = Clock.now()
    let session = try ImportSession(
      importer: importer, warehouse: warehouse, runID: .make(now: now), startedAt: now,
      meter: meter)
    return try await session.rebuild()
  }

  private func remove(_ path: String) throws(CatchmentError) {
    try Directory.remove(path)
    try Directory.remove(path + ".wal")
  }
}
