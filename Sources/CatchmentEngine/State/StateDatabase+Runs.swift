internal import Catchment
internal import DuckDB
internal import GRDB

extension StateDatabase {
  /// Writes down a run and what it is going to do, before it does any of it.
  func begin(
    _ run: Run, into warehouse: String, pid: Int32, units: [PlannedUnit]
  ) throws(CatchmentError) {
    try write { database in
      try Self.insert(run, into: warehouse, pid: pid, database)
      for unit in units { try Self.insert(unit, run: run.id, state: "planned", database) }
    }
  }

  /// The runs into one warehouse, by id.
  func runs(into warehouse: String) throws(CatchmentError) -> [String: Run] {
    try read { database in
      var runs: [String: Run] = [:]
      let rows = try Row.fetchCursor(
        database,
        sql: """
          SELECT id, pipeline, kind, status, token, started, ended FROM runs WHERE warehouse = ?
          """, arguments: [warehouse])
      while let row = try rows.next() {
        var run = Run(
          id: row[0], pipeline: row[1], kind: row[2],
          status: Run.Status(rawValue: row[3]) ?? .failed, token: row[4], started: row[5])
        run.ended = row[6]
        runs[run.id] = run
      }
      return runs
    }
  }

  /// What is planned and not settled yet, by run; of one run, when it is named.
  func unsettledUnits(
    into warehouse: String, of run: String? = nil
  ) throws(CatchmentError) -> [String: [UnsettledUnit]] {
    try read { database in
      var units: [String: [UnsettledUnit]] = [:]
      let rows = try Row.fetchCursor(
        database,
        sql: """
          SELECT run, unit, size, modified, plan FROM units JOIN runs ON runs.id = units.run
          WHERE state = 'planned' AND warehouse = ?1 AND (run = ?2 OR ?2 IS NULL)
          """, arguments: [warehouse, run])
      while let row = try rows.next() {
        guard let id = UUIDBytes(row[1] as String),
          let reason = PlannedUnit.Reason(rawValue: row[4])
        else { continue }
        units[row[0], default: []].append(
          UnsettledUnit(
            id: id, fingerprint: .init(size: row[2], modified: row[3]), reason: reason))
      }
      return units
    }
  }

  /// The units that some run is said to have committed.
  func committedUnits(into warehouse: String) throws(CatchmentError) -> Set<UUIDBytes> {
    try read { database in
      let texts = try String.fetchCursor(
        database,
        sql: """
          SELECT DISTINCT unit FROM units JOIN runs ON runs.id = units.run
          WHERE state = 'committed' AND warehouse = ?
          """, arguments: [warehouse])
      var units: Set<UUIDBytes> = []
      while let text = try texts.next() { if let id = UUIDBytes(text) { units.insert(id) } }
      return units
    }
  }

  // MARK: Single rows, inside a transaction

  static func insert(
    _ run: Run, into warehouse: String, pid: Int32, _ database: GRDB.Database
  ) throws {
    try database.execute(
      sql: """
        INSERT INTO runs (id, pipeline, warehouse, kind, token, started, ended, status, pid)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET status = excluded.status, ended = excluded.ended
        """,
      arguments: [
        run.id, run.pipeline, warehouse, run.kind, run.token, run.started, run.ended,
        run.status.rawValue, pid,
      ])
  }

  static func insert(
    _ unit: PlannedUnit, run: String, state: String, _ database: GRDB.Database
  ) throws {
    try database.cachedStatement(
      sql: """
        INSERT INTO units (run, unit, path, size, modified, plan, state) VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (run, unit) DO UPDATE SET state = excluded.state
        """
    ).execute(arguments: [
      run, unit.id.description, unit.path, unit.fingerprint.size, unit.fingerprint.modified,
      unit.reason.rawValue, state,
    ])
  }
}
