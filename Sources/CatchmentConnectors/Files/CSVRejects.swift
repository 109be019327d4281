internal import Catchment
internal import DuckDB

/// What the engine's CSV reader could not read, from the tables where it notes it.
enum CSVRejects {
  static let options =
    "store_rejects = true, rejects_table = 'csv_rejects', rejects_scan = 'csv_scans'"

  /// One a line, with the first thing that was wrong with it; the notes are forgotten after.
  static func deadLetters(in bench: Workbench) throws(CatchmentError) -> [DeadLetter] {
    let rows = try bench.query(
      """
      SELECT line, min(line_byte_position), lower(arg_min(error_type, coalesce(column_idx, 0))::VARCHAR),
        arg_min(error_message, coalesce(column_idx, 0)), any_value(csv_line)
      FROM csv_rejects GROUP BY line ORDER BY line
      """)
    try bench.execute("DROP TABLE csv_rejects; DROP TABLE csv_scans")
    return rows.map { row in
      DeadLetter(
        line: Int(row[0].int64 ?? 0), byte: max(Int(row[1].int64 ?? 1) - 1, 0),
        code: (row[2].text ?? "").replacing(" ", with: "_"), message: row[3].text ?? "",
        record: row[4].text ?? "")
    }
  }
}
