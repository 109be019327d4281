import Catchment
import CatchmentEngine
import DuckDB
import Foundation

/// The raw store beside the tables that rest on it.
struct StorageCheckup {
  let reader: WarehouseReader
  let home: Home

  func check() throws(CatchmentError) -> Check {
    let path = home.raw
    let rows = try reader.rows(
      """
      WITH files AS (FROM glob(?)),
        missing AS (
          SELECT s.name FROM catchment.segments s LEFT JOIN catchment.runs r USING (run)
          WHERE coalesce(r.status, '') <> 'rolled_back'
            AND s.name NOT IN (SELECT parse_filename(file) FROM files))
      SELECT (SELECT count(*) FROM files), (SELECT count(*) FROM catchment.raw_records),
        (SELECT count(*) FROM missing), (SELECT min(name) FROM missing),
        (SELECT max_by(file, parse_filename(file)) FROM files)
      """, .text("\(path)/*/*/*.parquet"))
    guard let row = rows.first else { return Check("raw store", .problem, "it cannot be asked") }
    let files = row[0].int
    let advice = "put it back from a copy: `catchment rebuild` needs it"
    guard files > 0 || row[1].int == 0 else {
      return Check(
        "raw store", .problem, "\(path) has no files, though records were read", advice: advice)
    }
    guard row[2].int == 0 else {
      let finding = "\(Figures.of(row[2].int, "file")) missing, such as \(row[3].shown)"
      return Check("raw store", .problem, finding, advice: advice)
    }
    if let problem = try unusable(newest: row[4].text) { return problem }
    return Check(
      "raw store", .good, "\(Figures.of(files, "file")) in \(path)",
      measured: [.init("files", .integer(files))])
  }

  /// Whether the newest file can be read, and another one be written.
  private func unusable(newest: String?) throws(CatchmentError) -> Check? {
    guard let newest else { return nil }
    guard access(home.raw, W_OK | X_OK) == 0 else {
      return Check(
        "raw store", .problem, "\(home.raw) cannot be written to",
        advice: "check its owner and permissions")
    }
    do throws(DuckDBError) {
      _ = try reader.connection.query(
        "SELECT count(*) FROM read_parquet(?)", .text(newest)
      ).rows()
    } catch {
      return Check(
        "raw store", .problem, "\(newest) cannot be read",
        advice: "see what else is with `catchment raw check`")
    }
    return nil
  }
}
