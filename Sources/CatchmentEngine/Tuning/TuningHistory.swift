internal import Catchment
internal import GRDB

/// What the runs of a pipeline were measured to take, in the home's state database.
struct TuningHistory {
  let path: String
  let pipeline: String
  /// Where it loads into.
  let warehouse: String
  /// So many measures are kept.
  private static let most = 200

  /// The oldest first; none when the file is damaged, for the run then makes it anew.
  func measures() throws(CatchmentError) -> [TuningMeasure] {
    do throws(CatchmentError) {
      return try with { (state) throws(CatchmentError) in try state.read(all) }
    } catch  where error.code == .damaged { return [] }
  }

  private func all(_ database: GRDB.Database) throws -> [TuningMeasure] {
    try Row.fetchAll(
      database,
      sql: """
        SELECT threads, memory, batch, units, records, seconds, latency, peak FROM tuning
        WHERE pipeline = ? AND warehouse = ? ORDER BY id
        """, arguments: [pipeline, warehouse]
    ).map { row in
      TuningMeasure(
        settings: TuningSettings(threads: row[0], memory: row[1], batch: row[2]), units: row[3],
        records: row[4], seconds: row[5], latency: row[6], peak: row[7])
    }
  }

  func add(_ measure: TuningMeasure) throws(CatchmentError) {
    let settings = measure.settings
    try with { (state) throws(CatchmentError) in
      try state.write { database in
        try database.execute(
          sql: """
            INSERT INTO tuning (
              pipeline, warehouse, threads, memory, batch, units, records, seconds, latency, peak)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
          arguments: [
            pipeline, warehouse, settings.threads, settings.memory, settings.batch,
            measure.units, measure.records, measure.seconds, measure.latency, measure.peak,
          ])
        try database.execute(
          sql: """
            DELETE FROM tuning WHERE pipeline = ?1 AND warehouse = ?2 AND id NOT IN (
              SELECT id FROM tuning WHERE pipeline = ?1 AND warehouse = ?2
              ORDER BY id DESC LIMIT ?3)
            """, arguments: [pipeline, warehouse, Self.most])
      }
    }
  }

  private func with<R>(
    _ body: (StateDatabase) throws(CatchmentError) -> R
  ) throws(CatchmentError) -> R {
    let state = try StateDatabase(path: path)
    let result = try body(state)
    try state.close()
    return result
  }
}
