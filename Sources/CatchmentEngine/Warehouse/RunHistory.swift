internal import Catchment
internal import DuckDB

/// The list of runs and the audit log, which a rebuild takes over from the warehouse it replaces.
///
/// They are the one thing that raw records do not say. A warehouse that cannot be read has none to
/// give: the lists begin anew, and the audit log says why.
struct RunHistory {
  private static let tables = [
    "catchment.runs": """
    SELECT run, run_id, command, CASE status WHEN 'running' THEN 'killed' ELSE status END,
      started_at, ended_at, records_read, loaded, updated, duplicate, filtered, dead_lettered,
      units_committed, bytes_read, token
    FROM catchment.runs ORDER BY run
    """,
    "main.audit_log": """
    SELECT id, operation, platform, conversation_id, status, message, details, duration_ms,
      timestamp
    FROM main.audit_log ORDER BY id
    """,
  ]

  private var rows: [String: [[Value]]] = [:]
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
  ) throws(CatchmentError) -> [String: [[Value]]] {
    let warehouse = try Warehouse(
      path: path, sourceTables: [],
      options: .init(memory: 64 << 20, threads: 1, spill: spill, isReadOnly: true))
    defer { warehouse.close() }
    let connection = try warehouse.connect()
    return try warehouse.check { () throws(DuckDBError) in
      var rows: [String: [[Value]]] = [:]
      for (table, query) in tables { rows[table] = try connection.query(query).rows() }
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
      for row in rows {
        let places = row.map { _ in "?" }.joined(separator: ", ")
        _ = try connection.query("INSERT INTO \(table) VALUES (\(places))", bindings: row)
      }
    }
    guard let loss else { return }
    try Runs.audit(
      operation: "rebuild", status: "warning",
      message: "the list of runs begins anew: \(loss.cause ?? loss.message)", connection)
  }
}
