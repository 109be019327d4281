internal import Catchment
internal import DuckDB

/// The list of runs, the audit log and what the user said of duplicates, which a rebuild takes over
/// from the warehouse it replaces.
///
/// They are what raw records do not say. A warehouse that cannot be read has none to
/// give: the lists begin anew, and the audit log says why.
struct RunHistory {
  private static let tables = [
    "catchment.runs": """
    SELECT * REPLACE (CASE status WHEN 'running' THEN 'killed' ELSE status END AS status)
    FROM catchment.runs ORDER BY run
    """,
    "main.audit_log": "SELECT * FROM main.audit_log ORDER BY id",
    "catchment.duplicate_policy": "SELECT * FROM catchment.duplicate_policy",
    "catchment.duplicates_undone": "SELECT * FROM catchment.duplicates_undone",
  ]

  /// Some rows, with the names of the columns that their warehouse had.
  private struct Rows {
    var names: [String]
    var values: [[Value]]
  }

  private var rows: [String: Rows] = [:]
  private var loss: CatchmentError?

  /// Reads a warehouse that may be missing or damaged.
  ///
  /// Throws `locked` when another process holds it, `configuration` when it is newer than this
  /// program.
  init(of path: String, spill: String) throws(CatchmentError) {
    guard Unit.Fingerprint.current(of: path) != nil else { return }
    do throws(CatchmentError) {
      rows = try Self.read(path, spill)
    } catch  where ![.locked, .configuration].contains(error.code) {
      loss = error
    }
  }

  private static func read(
    _ path: String, _ spill: String
  ) throws(CatchmentError) -> [String: Rows] {
    let warehouse = try Warehouse(
      path: path, sourceTables: [],
      options: .init(memory: 64 << 20, threads: 1, spill: spill, isReadOnly: true))
    defer { warehouse.close() }
    let connection = try warehouse.connect()
    return try warehouse.check { () throws(DuckDBError) in
      var rows: [String: Rows] = [:]
      for (table, query) in tables {
        let result = try connection.query(query)
        rows[table] = Rows(names: result.columnNames, values: try result.rows())
      }
      return rows
    }
  }

  /// Writes it into a new warehouse.
  func write(to warehouse: Warehouse) throws(CatchmentError) {
    let connection = try warehouse.connect()
    try warehouse.check { () throws(DuckDBError) in try write(to: connection) }
  }

  private func write(to connection: Connection) throws(DuckDBError) {
    for (table, rows) in rows {
      let columns = SQL.identifiers(rows.names)
      let places = rows.names.map { _ in "?" }.joined(separator: ", ")
      for row in rows.values {
        _ = try connection.query(
          "INSERT INTO \(table) (\(columns)) VALUES (\(places))", bindings: row)
      }
    }
    guard let loss else { return }
    try Runs.audit(
      operation: "rebuild", status: "warning",
      message: "the list of runs begins anew: \(loss.cause ?? loss.message)", connection)
  }
}
