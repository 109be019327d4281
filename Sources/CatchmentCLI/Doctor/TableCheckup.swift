import Catchment
import CatchmentEngine
import DuckDB

/// The checks that ask the warehouse.
struct TableCheckup {
  private let reader: WarehouseReader
  private let options: GlobalOptions

  init(_ reader: WarehouseReader, _ options: GlobalOptions) {
    self.reader = reader
    self.options = options
  }

  func run() -> [Check] {
    [
      check("schema", schema), check("runs", runs), check("ledger", ledger),
      check("dead letters", deadLetters), check("freshness", freshness), check("raw store", raw),
      check("state", state),
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

  private func freshness() throws(CatchmentError) -> Check {
    let rows = try reader.rows(
      """
      SELECT max(timestamp), (epoch_ms(now()) - epoch_ms(max(timestamp))) // 86400000
      FROM main.messages
      """)
    guard let row = rows.first, !row[0].isNull else {
      return Check("freshness", .note, "there are no messages")
    }
    let days = max(row[1].int, 0)
    let finding = "the newest message is of \(row[0].minute) UTC"
    guard days > 7 else { return Check("freshness", .good, finding) }
    return Check(
      "freshness", .note, "\(finding), \(Figures.of(days, "day")) ago",
      advice: "run `catchment import\(options.homeArgument)`")
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
    let path = options.home.raw
    let rows = try reader.rows(
      "SELECT (SELECT count(*) FROM glob(?)), (SELECT count(*) FROM catchment.raw_records)",
      .text("\(path)/*/*/*.parquet"))
    let files = rows.first?[0].int ?? 0
    guard files > 0 || rows.first?[1].int == 0 else {
      return Check(
        "raw store", .problem, "\(path) has no files, though records were read",
        advice: "put it back from a copy: `catchment rebuild` needs it")
    }
    return Check("raw store", .good, "\(Figures.of(files, "file")) in \(path)")
  }
}
