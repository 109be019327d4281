internal import Catchment
internal import DuckDB
internal import GRDB

/// What a place that is loaded into says of its own past: the truth.
protocol CommitRecords {
  /// What it is called in the state database.
  var name: String { get }
  /// What it is called when a person is told of it.
  var title: String { get }
  /// The runs it knows, the oldest first; one that did not come to its end is dead.
  func history() throws(CatchmentError) -> [Run]
  /// What was committed: of these units at least, or of all.
  func marks(of units: [UUIDBytes]?) throws(CatchmentError) -> [UUIDBytes: CommitMark]
  /// All commit markers.
  func markers() throws(CatchmentError) -> [UUIDBytes: ImportPlan.Marker]
  /// The run that each unit is of, as far as it can be told.
  func owners() throws(CatchmentError) -> [UUIDBytes: String]
  func newestToken() throws(CatchmentError) -> Int64
}

/// Brings the state database into agreement with a warehouse or another destination.
///
/// The warehouse is right. What it says of its runs is taken over; a planned unit whose marker is
/// there was committed, one whose marker is not there was not, whatever became of the process that
/// planned it. Called at the start of a run it clears up after one that died; called at the end it
/// is how a run's own units advance.
struct Reconciliation {
  let state: StateDatabase
  let records: any CommitRecords

  /// Mends the state database; what it returns is worth telling the user.
  func mend() throws(CatchmentError) -> [String] {
    let difference = try compare()
    guard !difference.isEmpty else { return [] }
    try state.write { [name = records.name] database in
      try difference.mend(into: name, database)
    }
    return difference.notes(on: records.title)
  }

  /// Lets a run that has just ended, and what it planned, advance; no other is looked at.
  func finish(_ run: Run) throws(CatchmentError) {
    let planned = try state.unsettledUnits(into: records.name, of: run.id)[run.id] ?? []
    var recorded = run
    recorded.status = .running
    var difference = StateDifference(history: [run], known: [run.id: recorded])
    difference.settle([run.id: planned], marks: try records.marks(of: planned.map(\.id)))
    try state.write { [difference, name = records.name] database in
      try difference.mend(into: name, database)
    }
  }

  /// Where the two disagree now; changes nothing.
  ///
  /// The units of runs about which both agree are taken for granted, unless `everything` is asked.
  func compare(everything: Bool = false) throws(CatchmentError) -> StateDifference {
    let known = try state.runs(into: records.name)
    let planned = try state.unsettledUnits(into: records.name)
    var difference = StateDifference(history: try records.history(), known: known)
    let concernsUnits = difference.concernsUnits || everything
    guard concernsUnits || !planned.isEmpty else { return difference }
    let settling = concernsUnits ? nil : planned.values.joined().map(\.id)
    difference.settle(planned, marks: try records.marks(of: settling))
    guard concernsUnits else { return difference }
    difference.compare(
      claimed: try state.committedUnits(into: records.name), markers: try records.markers(),
      owners: try records.owners())
    return difference
  }
}

/// The home's own warehouse, whose commit markers are the truth about imports.
struct WarehouseRecords: CommitRecords {
  /// Whose runs they are taken for: a warehouse has one source.
  let pipeline: String
  let warehouse: Warehouse
  let connection: Connection

  var name: String { "warehouse" }
  var title: String { "the warehouse" }

  func history() throws(CatchmentError) -> [Run] {
    try check { () throws(DuckDBError) in try Runs.history(connection, of: pipeline) }
  }

  func marks(of units: [UUIDBytes]?) throws(CatchmentError) -> [UUIDBytes: CommitMark] {
    try check { () throws(DuckDBError) in try warehouse.marks(connection, of: units) }
  }

  func markers() throws(CatchmentError) -> [UUIDBytes: ImportPlan.Marker] {
    try check { () throws(DuckDBError) in try warehouse.markers(connection) }
  }

  func owners() throws(CatchmentError) -> [UUIDBytes: String] {
    try check { () throws(DuckDBError) in try Runs.owners(connection) }
  }

  func newestToken() throws(CatchmentError) -> Int64 {
    try check { () throws(DuckDBError) in try Runs.newestToken(connection) }
  }

  private func check<R>(_ body: () throws(DuckDBError) -> R) throws(CatchmentError) -> R {
    do throws(DuckDBError) { return try body() } catch {
      throw .warehouse(error, warehouse.path)
    }
  }
}

extension Runs {
  /// The runs that a warehouse knows, the oldest first.
  ///
  /// One that still counts as running has died: the lock says that no other runs now.
  static func history(
    _ connection: Connection, of pipeline: String
  ) throws(DuckDBError) -> [Run] {
    let result = try connection.query(
      """
      SELECT run_id, command, if(status = 'running', 'killed', status), coalesce(token, 0),
        coalesce(epoch_us(started_at), 0), epoch_us(ended_at), records_read, loaded, updated,
        duplicate, filtered, dead_lettered, units_committed, bytes_read
      FROM catchment.runs ORDER BY run
      """)
    return try result.rows().map { row in
      func count(_ column: Int) -> Int { Int(row[column].int64 ?? 0) }
      var run = Run(
        id: row[0].text ?? "", pipeline: pipeline, kind: row[1].text ?? "",
        status: row[2].text.flatMap(Run.Status.init) ?? .failed, token: row[3].int64 ?? 0,
        started: row[4].int64 ?? 0)
      run.ended = row[5].int64
      run.records.read = count(6)
      run.records.loaded = count(7)
      run.records.updated = count(8)
      run.records.duplicate = count(9)
      run.records.filtered = count(10)
      run.records.deadLettered = count(11)
      run.unitsCommitted = count(12)
      run.bytesRead = row[13].int64 ?? 0
      return run
    }
  }

  /// The run that each unit's first record is of.
  static func owners(_ connection: Connection) throws(DuckDBError) -> [UUIDBytes: String] {
    let result = try connection.query(
      """
      SELECT unit_id, run_id FROM
        (SELECT unit_id, min(run) AS run FROM catchment.raw_records GROUP BY 1)
      JOIN catchment.runs USING (run)
      """)
    var owners: [UUIDBytes: String] = [:]
    while let chunk = try result.next() {
      let (units, runs) = (chunk.column(0), chunk.column(1))
      for row in 0..<chunk.rowCount { owners[units.uuid(at: row)] = runs.string(at: row) }
    }
    return owners
  }
}
