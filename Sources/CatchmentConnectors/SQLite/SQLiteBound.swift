internal import Catchment
internal import DuckDB

/// Which rows are at or after a cursor's value, in terms of SQLite, in which a column may hold anything.
///
/// More rows than those do no harm. For a column where rows could be left out that are wanted, there is
/// none.
struct SQLiteBound {
  /// What stands after WHERE.
  let condition: String
  /// What is true of a row that may be left out wrongly; nil when there can be none.
  let exception: String?

  init?(
    _ bound: CursorBound, on column: SQLiteColumn, in bench: Workbench
  ) throws(CatchmentError) {
    guard let text = try bound.text(as: column.meant, in: bench),
      let least = try Self.least(text, column, in: bench)
    else { return nil }
    let name = SQL.identifier(column.name)
    let orNull = bound.includesNulls ? " OR \(name) IS NULL" : ""
    condition = "\(name) >= \(least)\(orNull)"
    let isTime = column.meant == .timestamp || column.meant == .date
    exception =
      isTime ? "\(name) < \(least) AND \(name) NOT GLOB '[0-9][0-9][0-9][0-9][-/]*'" : nil
  }

  /// What comes before no value that is wanted, where text and bytes come after all numbers.
  private static func least(
    _ text: String, _ column: SQLiteColumn, in bench: Workbench
  ) throws(CatchmentError) -> String? {
    switch column.meant {
    case .bigint: return text
    case .double:
      // SQLite may read the digits as the number next to it.
      return Double(text).flatMap { $0.isFinite ? "\($0 - abs($0) * 1e-12)" : nil }
    case .varchar where column.kinds == .text: return binary(text)
    case .timestamp where column.kinds == .text, .date where column.kinds == .text:
      // Times are written in many ways, with zones or without, but the date stands first.
      let day = try bench.query(
        "SELECT strftime(\(SQL.literal(text))::TIMESTAMP - INTERVAL 1 DAY, '%Y-%m-%d')")
      return day.first?.first?.text.flatMap { $0.utf8.count == 10 ? binary($0) : nil }
    default: return nil
    }
  }

  /// Whatever the column's collation, the engine compares bytes.
  private static func binary(_ text: String) -> String {
    "\(SQL.literal(text)) COLLATE BINARY"
  }
}
