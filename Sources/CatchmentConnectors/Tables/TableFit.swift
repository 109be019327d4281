internal import Catchment
internal import DuckDB

/// Rows with the types of the table they go to.
///
/// What a table is like is its owner's affair: a column more or less, or a value that the column's
/// type cannot hold as it is, is refused and never bent.
struct TableFit {
  private let rows: Relation
  private let bench: Workbench

  init(_ rows: Relation, in bench: Workbench) {
    self.rows = rows
    self.bench = bench
  }

  /// SQL of the engine that reads the rows as those of a table with these columns.
  func fitted(to columns: [Relation.Column]) throws(CatchmentError) -> String {
    try compareNames(columns)
    let types = Dictionary(uniqueKeysWithValues: rows.columns.map { ($0.name, $0.type) })
    var parts: [String] = []
    for column in columns {
      let name = SQL.identifier(column.name)
      if let type = types[column.name], type != column.type {
        try checkValues(of: column, from: type)
        parts.append("CAST(\(name) AS \(column.type)) AS \(name)")
      } else {
        parts.append(name)
      }
    }
    return "(SELECT \(parts.joined(separator: ", ")) FROM \(rows.sql))"
  }

  private func compareNames(_ columns: [Relation.Column]) throws(CatchmentError) {
    let (there, given) = (Set(columns.map(\.name)), Set(rows.columns.map(\.name)))
    guard there != given else { return }
    var reasons: [String] = []
    let (more, less) = (given.subtracting(there).sorted(), there.subtracting(given).sorted())
    if !more.isEmpty { reasons.append("the table has no \(more.joined(separator: ", "))") }
    if !less.isEmpty { reasons.append("the rows have no \(less.joined(separator: ", "))") }
    throw CatchmentError(
      .validation, "the rows have other columns than the table; nothing was loaded",
      hint: "select the table's columns in a step, or load into another table",
      cause: reasons.joined(separator: "; "))
  }

  private func checkValues(
    of column: Relation.Column, from type: LogicalType
  ) throws(CatchmentError) {
    guard !rows.isPassing else {
      throw CatchmentError(.failed, "rows that may be read once were to be compared with a table")
    }
    let name = SQL.identifier(column.name)
    let cast = "TRY_CAST(\(name) AS \(column.type))"
    let found = try bench.query(
      """
      SELECT count(*) FROM \(rows.sql)
      WHERE \(name) IS NOT NULL
        AND (\(cast) IS NULL OR TRY_CAST(\(cast) AS \(type)) IS DISTINCT FROM \(name))
      """)
    let lost = found.first?.first?.int64 ?? 0
    guard lost == 0 else {
      throw CatchmentError(
        .validation,
        "\(lost) values of the column \(column.name) do not fit the table; nothing was loaded",
        hint: "cast them in a step, or load into another table",
        cause: "the column is \(column.type), the values are \(type)")
    }
  }
}
