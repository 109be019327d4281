import Catchment
import CatchmentEngine
import DuckDB

/// The checks that ask the warehouse.
struct TableCheckup {
  private let reader: WarehouseReader
  private let options: GlobalOptions
  private let limits: HealthLimits

  init(_ reader: WarehouseReader, _ options: GlobalOptions, _ limits: HealthLimits) {
    self.limits = limits
    self.reader = reader
    self.options = options
  }

  func run() -> [Check] {
    [
      check("schema", schema), check("runs", runs), check("ledger", ledger),
      check("dead letters", deadLetters), check("error rate", errorRate),
      check("freshness", freshness), check("raw store", raw), check("state", state),
    ]
  }

  private func check(_ name: String, _ body: () throws(CatchmentError) -> Check) -> Check {
    do throws(CatchmentError) {
      return try body()
    } catch {
      return Check(name, .problem, error.cause ?? error.message, advice: "run `catchment rebuild`")
    }
  }

  private func schema() throws(CatchmentError) -> Check {
    let versions = try reader.rows("SELECT version FROM main.schema_versions")
    guard let version = versions.compactMap({ SchemaVersion($0[0].shown) }).max() else {
      return Check("schema", .problem, "the warehouse has no schema version")
    }
    guard version == WarehouseMigrations.newest else {
      return Check(
        "schema", .note, "version \(version); this program's is \(WarehouseMigrations.newest)",
        advice: "run `catchment migrate up\(options.homeArgument)`, or import")
    }
    return Check("schema", .good, "version \(version)")
  }

  /// Every run that ended must account for each record that it read.
  private func runs() throws(CatchmentError) -> Check {
    let rows = try reader.rows(
      """
      SELECT run_id, status, records_read
        = loaded + updated + duplicate + filtered + dead_lettered
      FROM catchment.runs ORDER BY run
      """)
    let wrong = rows.filter { $0[2].boolean == false }
    if let first = wrong.first {
      return Check(
        "runs", .problem, "\(Figures.of(wrong.count, "run")) does not add up: \(first[0].shown)",
        advice: "roll it back with `catchment rollback \(first[0].shown)` and import again")
    }
    if let last = rows.last, ["failed", "killed", "interrupted", "running"].contains(last[1].shown)
    {
      return Check(
        "runs", .note, "the last run, \(last[0].shown), did not end well",
        advice: "run `catchment import\(options.homeArgument)` again: it goes on where it stopped")
    }
    return Check(
      "runs", .good, "\(Figures.of(rows.count, "run")); each that came to its end adds up")
  }

  /// Each unit's marker must agree with the ledger, and the ledger with the dead letters.
  private func ledger() throws(CatchmentError) -> Check {
    let rows = try reader.rows(
      """
      WITH counted AS (
        SELECT unit_id, count(*) AS n FROM catchment.raw_records GROUP BY 1)
      SELECT
        (SELECT count(*) FROM catchment.units),
        (SELECT count(*) FROM catchment.raw_records),
        (SELECT count(*) FROM catchment.units u FULL JOIN counted c USING (unit_id)
          WHERE coalesce(u.records, 0) <> coalesce(c.n, 0)),
        (SELECT count(*) FROM catchment.raw_records WHERE outcome = 'dead_lettered')
          - (SELECT count(*) FROM main.dead_letters)
      """)
    guard let row = rows.first else { return Check("ledger", .problem, "it cannot be read") }
    guard row[2].int == 0, row[3].int == 0 else {
      let finding =
        row[2].int > 0
        ? "\(Figures.of(row[2].int, "file")) with another count of records than the ledger"
        : "the dead letters are not those of the ledger"
      return Check("ledger", .problem, finding, advice: "run `catchment rebuild`")
    }
    return Check(
      "ledger", .good,
      "\(Figures.of(row[1].int, "record")) of \(Figures.of(row[0].int, "file")), all accounted for")
  }

  private func deadLetters() throws(CatchmentError) -> Check {
    let count = try reader.rows("SELECT count(*) FROM main.dead_letters").first?[0].int ?? 0
    guard count > 0 else { return Check("dead letters", .good, "none") }
    return Check(
      "dead letters", .note, "\(Figures.of(count, "line")) could not be taken",
      advice: "see them with `catchment deadletters list\(options.homeArgument)`")
  }

  /// Of the records that the last runs read.
  private func errorRate() throws(CatchmentError) -> Check {
    let rows = try reader.rows(
      """
      SELECT coalesce(sum(dead_lettered), 0)::BIGINT, coalesce(sum(records_read), 0)::BIGINT, count(*)
      FROM (
        FROM catchment.runs
        WHERE command IN ('import', 'rebuild') AND status IN ('done', 'partial')
        ORDER BY run DESC LIMIT 20)
      """)
    let (letters, records, runs) = (rows[0][0].int, rows[0][1].int, rows[0][2].int)
    let share = records > 0 ? Double(letters) / Double(records) : 0
    let finding =
      "\(Figures.fixed(share * 100, 2)) % of \(Figures.of(records, "record")) of the last "
      + "\(Figures.of(runs, "run")) could not be taken"
    let isProblem = limits.isTooMany(letters, of: records)
    return Check(
      "error rate", isProblem ? .problem : .good, finding,
      advice: isProblem
        ? "see why with `catchment deadletters list\(options.homeArgument)`" : nil,
      measured: [
        .init("dead_letters", .integer(letters)), .init("records", .integer(records)),
        .init("error_rate", records > 0 ? .double(share) : .null),
      ])
  }

  private func freshness() throws(CatchmentError) -> Check {
    try FreshnessCheckup(
      reader: reader, limits: limits.ages,
      importCommand: "catchment import\(options.homeArgument)"
    ).check()
  }

  private func state() throws(CatchmentError) -> Check {
    let advice = "nothing: the next import mends it from the warehouse"
    let found = try StateCheck(
      home: options.home, warehouse: reader.warehouse, connection: reader.connection)
    return switch found {
    case .absent: Check("state", .note, "there is no state database", advice: advice)
    case .damaged(let damage): Check("state", .problem, "damaged: \(damage)", advice: advice)
    case .disagrees(let lines):
      Check("state", .note, lines.joined(separator: "; "), advice: advice)
    case .agrees(let runs):
      Check("state", .good, "\(options.home.state) agrees on \(Figures.of(runs, "run"))")
    }
  }

  private func raw() throws(CatchmentError) -> Check {
    try StorageCheckup(reader: reader, home: options.home).check()
  }
}
