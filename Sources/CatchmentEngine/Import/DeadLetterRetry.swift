public import Catchment
internal import DuckDB

/// Tries dead letters again, from the raw store: what a newer reader understands becomes rows.
public struct DeadLetterRetry: Sendable {
  public struct Report: Sendable, Equatable {
    public var runID: String
    public var tried: Int
    /// Those that are rows, or known to be nothing, now.
    public var resolved: Int
    /// What was found out of order at the start, and put right.
    public var notes: [String] = []
  }

  private let importer: Importer

  public init(home: Home, source: any Source, options: Importer.Options = .init()) {
    importer = Importer(home: home, source: source, options: options)
  }

  public func run() throws(CatchmentError) -> Report {
    let lock = try HomeLock(importer.home)
    defer { lock.release() }
    let warehouse = try importer.openWarehouse()
    defer { warehouse.close() }
    let now = Clock.now()
    let session = try ImportSession(
      importer: importer, warehouse: warehouse, runID: .make(now: now), startedAt: now)
    let notes = try session.journal.reconcile()
    var report = try session.retryDeadLetters()
    try session.journal.settle()
    try session.journal.close()
    report.notes = notes
    return report
  }
}

extension ImportSession {
  /// Derives every unit that has dead letters again, as a family, from what the raw store keeps.
  func retryDeadLetters() throws(CatchmentError) -> DeadLetterRetry.Report {
    let before = try deadLetters()
    guard !before.isEmpty else {
      return .init(runID: run.id.text, tried: 0, resolved: 0)
    }
    let kept = try check { () throws(DuckDBError) in
      try RawUnits(rawStore: rawStore, source: importer.source.name, connection: connection)
        .all()
    }
    let concerned = kept.filter { before[$0.unit.id] != nil }.map(\.unit)
    let run = try begin("deadletters retry", concerned.map { PlannedUnit($0, .changed) })
    let shared = ImportShared(
      warehouse: warehouse, rawStore: rawStore, source: importer.source, run: run,
      spill: importer.home.spill, groups: [],
      origin: .rawStore(Dictionary(uniqueKeysWithValues: kept.map { ($0.unit.id, $0.segments) })),
      progress: importer.progress)
    _ = try FamilyPass(session: self, shared: shared).run(
      changed: [], deferred: concerned, vanished: [])
    let after = try deadLetters()
    try check { () throws(DuckDBError) in
      _ = try connection.query(
        "UPDATE main.dead_letters SET attempts = attempts + 1 WHERE platform = ?",
        .text(importer.source.name))
      try Linker(connection: connection).link()
      try Runs.end(run, status: "done", counts: nil, units: concerned.count, bytes: 0, connection)
    }
    let tried = before.values.reduce(0, +)
    return .init(runID: run.id.text, tried: tried, resolved: tried - after.values.reduce(0, +))
  }

  /// How many each unit has.
  private func deadLetters() throws(CatchmentError) -> [UUIDBytes: Int] {
    try check { () throws(DuckDBError) in
      let rows = try connection.query(
        "SELECT unit_id, count(*) FROM main.dead_letters WHERE platform = ? GROUP BY 1",
        .text(importer.source.name)
      ).rows()
      var counts: [UUIDBytes: Int] = [:]
      for row in rows { if let unit = row[0].uuid { counts[unit] = Int(row[1].int64 ?? 0) } }
      return counts
    }
  }
}
