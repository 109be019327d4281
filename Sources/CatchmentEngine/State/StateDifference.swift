internal import Catchment
internal import DuckDB
internal import GRDB

/// What the state database has wrong about a warehouse's runs and units.
struct StateDifference: Equatable {
  /// Runs that the warehouse has and the state database has not.
  private(set) var unknown: [Run] = []
  /// Runs that both have, as they ended in the warehouse.
  private(set) var ended: [Run] = []
  /// Runs that died before the warehouse heard of them.
  private(set) var neverBegun: [String] = []
  /// Runs that came to their end and that the warehouse has no trace of.
  private(set) var missing: [String] = []
  /// Units that were planned and never settled, with what became of them.
  private(set) var settled: [SettledUnit] = []
  /// Units that are said to be committed and have no marker.
  private(set) var lost: [UUIDBytes] = []
  /// Units that have a marker and that no run is said to have committed.
  private(set) var unclaimed: [ClaimedUnit] = []
  /// Whether the state database knew any run at all.
  private(set) var isNew: Bool

  struct SettledUnit: Equatable {
    var run: String
    var id: UUIDBytes
    var state: String
  }

  struct ClaimedUnit: Equatable {
    var run: String
    var unit: PlannedUnit
  }

  private let history: [Run]

  init(history: [Run], known: [String: Run]) {
    self.history = history
    isNew = known.isEmpty
    for run in history {
      guard let recorded = known[run.id] else {
        unknown.append(run)
        continue
      }
      if recorded.status != run.status { ended.append(run) }
    }
    let there = Set(history.map(\.id))
    for run in known.values.sorted(by: { $0.id < $1.id }) where !there.contains(run.id) {
      switch run.status {
      case .running: neverBegun.append(run.id)
      case .done, .partial, .rolledBack: missing.append(run.id)
      case .failed, .interrupted, .killed, .missing: break
      }
    }
  }

  var isEmpty: Bool {
    unknown.isEmpty && ended.isEmpty && neverBegun.isEmpty && missing.isEmpty && settled.isEmpty
      && lost.isEmpty && unclaimed.isEmpty
  }

  /// Whether more than the end of a run is in question, so that every unit must be looked at.
  var concernsUnits: Bool {
    !unknown.isEmpty || !missing.isEmpty || ended.contains { $0.status == .rolledBack }
  }

  /// Says of planned units whether they were committed.
  mutating func settle(
    _ planned: [String: [UnsettledUnit]], marks: [UUIDBytes: CommitMark]
  ) {
    let statuses = Dictionary(uniqueKeysWithValues: history.map { ($0.id, $0.status) })
    settled.reserveCapacity(planned.values.reduce(0) { $0 + $1.count })
    for (run, units) in planned.sorted(by: { $0.key < $1.key }) {
      let isComplete = statuses[run]?.isComplete == true
      for unit in units {
        let state =
          unit.isCommitted(marks[unit.id])
          ? "committed" : isComplete ? "failed" : "abandoned"
        settled.append(SettledUnit(run: run, id: unit.id, state: state))
      }
    }
  }

  /// Compares what is said to be committed with what is.
  mutating func compare(
    claimed: Set<UUIDBytes>, markers: [UUIDBytes: ImportPlan.Marker], owners: [UUIDBytes: String]
  ) {
    let claimed = claimed.union(settled.filter { $0.state == "committed" }.map(\.id))
    lost = claimed.filter { markers[$0] == nil }.sorted()
    guard let last = history.last else { return }
    for (id, marker) in markers.sorted(by: { $0.key < $1.key }) where !claimed.contains(id) {
      let unit = PlannedUnit(
        id: id, path: marker.path, fingerprint: marker.fingerprint, reason: .new)
      unclaimed.append(ClaimedUnit(run: owners[id] ?? last.id, unit: unit))
    }
  }
}

extension StateDifference {
  /// What a user should hear, a line each; that a run ended is no news.
  ///
  /// `place` is what the state database was compared with, such as `the warehouse`.
  func notes(on place: String) -> [String] {
    [newNote(place), unknownNote(place), missingNote(place), killedNote, unitNote(place)]
      .compactMap(\.self)
  }

  private func newNote(_ place: String) -> String? {
    guard isNew, !unknown.isEmpty else { return nil }
    return "the state database was not there; it was made anew from \(place): "
      + "\(Self.count(unknown.count, "run")), \(Self.count(unclaimed.count, "file"))"
  }

  private func unknownNote(_ place: String) -> String? {
    guard !isNew, !unknown.isEmpty else { return nil }
    return "the state database was older than \(place); "
      + "it took over \(Self.count(unknown.count, "run")) and \(Self.count(unclaimed.count, "file"))"
  }

  private func missingNote(_ place: String) -> String? {
    guard !missing.isEmpty else { return nil }
    let files =
      lost.isEmpty ? "" : "; \(Self.count(lost.count, "file")) it lacks will be imported again"
    return "\(place) does not know \(Self.count(missing.count, "run")) of the state database: "
      + "it is an older copy or was made anew\(files)"
  }

  /// Both know the same runs, and yet not the same files.
  private func unitNote(_ place: String) -> String? {
    guard unknown.isEmpty, missing.isEmpty, !lost.isEmpty || !unclaimed.isEmpty,
      !ended.contains(where: { $0.status == .rolledBack })
    else { return nil }
    return "the state database and \(place) have the same runs but not the same files: "
      + "\(Self.count(lost.count, "file")) too many, \(unclaimed.count) too few"
  }

  private var killedNote: String? {
    let dead = settled.filter { $0.state != "failed" }
    let runs = Set(ended.filter { $0.status == .killed }.map(\.id) + neverBegun)
    let planned = dead.filter { runs.contains($0.run) }
    guard !planned.isEmpty else { return nil }
    let committed = planned.count { $0.state == "committed" }
    return "the run before was stopped: \(committed) of the "
      + "\(Self.count(planned.count, "file")) it had planned are committed"
      + (committed < planned.count ? "; the others are planned again" : "")
  }

  private static func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }
}

extension StateDifference {
  /// Writes what is right; inside a transaction of the state database.
  func mend(into warehouse: String, _ database: GRDB.Database) throws {
    for run in unknown + ended {
      try StateDatabase.insert(run, into: warehouse, pid: 0, database)
    }
    let setStatus = try database.makeStatement(sql: "UPDATE runs SET status = ? WHERE id = ?")
    for run in neverBegun { try setStatus.execute(arguments: [Run.Status.killed.rawValue, run]) }
    for run in missing { try setStatus.execute(arguments: [Run.Status.missing.rawValue, run]) }
    try mendSettled(database)
    for run in ended where run.status == .rolledBack {
      try database.execute(
        sql: "UPDATE units SET state = 'rolled_back' WHERE run = ? AND state = 'committed'",
        arguments: [run.id])
    }
    try mendUnits(database)
  }

  /// Nearly all are committed: those of a run advance by one statement, after the exceptions.
  private func mendSettled(_ database: GRDB.Database) throws {
    let settle = try database.makeStatement(
      sql: "UPDATE units SET state = ? WHERE run = ? AND unit = ?")
    for unit in settled where unit.state != "committed" {
      try settle.execute(arguments: [unit.state, unit.run, unit.id.description])
    }
    for run in Set(settled.map(\.run)) {
      try database.execute(
        sql: "UPDATE units SET state = 'committed' WHERE run = ? AND state = 'planned'",
        arguments: [run])
    }
  }

  private func mendUnits(_ database: GRDB.Database) throws {
    let abandon = try database.makeStatement(
      sql: "UPDATE units SET state = 'abandoned' WHERE unit = ? AND state = 'committed'")
    for id in lost { try abandon.execute(arguments: [id.description]) }
    for claim in unclaimed {
      try StateDatabase.insert(claim.unit, run: claim.run, state: "committed", database)
    }
  }
}
