internal import Catchment
internal import DuckDB

/// Rows that steps refused, in a file of their own beside the data: there may be millions.
struct FileRejects {
  private let batch: Batch
  private let bench: Workbench

  init(_ batch: Batch, _ bench: Workbench) {
    self.batch = batch
    self.bench = bench
  }

  /// Writes them, an object a line; returns how many they are.
  func write(to path: String) throws(CatchmentError) -> Int {
    let paths = Dictionary(
      batch.units.map { ($0.unit.id, $0.unit.path) }, uniquingKeysWith: { first, _ in first })
    let parts = batch.rejects.map { rejects in
      """
      SELECT \(rejects.unit.flatMap { paths[$0] }.map(SQL.literal) ?? "NULL::VARCHAR") AS path,
        \(SQL.literal(rejects.step)) AS stage, code, "column", "value", message,
        record::JSON AS record
      FROM \(rejects.rows.sql)
      """
    }
    do throws(DuckDBError) {
      let query = parts.joined(separator: " UNION ALL ")
      let result = try bench.connection.query(
        "COPY (\(query)) TO \(SQL.literal(path)) (FORMAT json)")
      return Int(try result.scalar()?.int64 ?? 0)
    } catch {
      throw .destination(error, path)
    }
  }
}
