internal import Catchment
internal import DuckDB

/// A change of one tracked table inside a transaction, with its undo log.
///
/// The rows that may change are asked for where they are, by a list of literals unless they are many,
/// so that the engine reads the long columns of those only; what is put by is narrow: the keys of what
/// differs, and what a row keeps.
struct TrackedChange {
  private let table: TableSchema
  private let run: Int32
  private let keepsLinks: Bool
  private let connection: Connection

  init(
    _ table: TableSchema, run: Int32, keepsLinks: Bool = true, _ connection: Connection
  ) {
    self.table = table
    self.run = run
    self.keepsLinks = keepsLinks
    self.connection = connection
  }

  private var stage: String { "temp.main.stage_\(table.name)" }
  private var key: String { table.key }
  private var scope: String { table.scope ?? table.key }
  private var scopeName: String {
    EngineTables.tracked.contains(table) ? UndoLog.engineScope : UndoLog.sourceScope
  }

  /// What a row keeps when it is derived again: when it was imported, what others linked to it.
  private var kept: [String] {
    keepsLinks ? table.columns.filter { $0.isVolatile || $0.isLinked }.map(\.name) : []
  }

  /// What differs: keys, what is done, the scope that the row had, and what it keeps.
  private var delta: String { "temp.main.delta_\(table.name)" }
  /// What of that is new to the undo log.
  private var unlogged: String { "temp.main.unlogged_\(table.name)" }

  /// The tables of its own that it works in.
  var worktables: [String] { [delta, unlogged] }

  /// Makes them, empty.
  func prepare() throws(DuckDBError) {
    let types = Dictionary(table.columns.map { ($0.name, $0.type) }) { first, _ in first }
    func column(_ name: String, as alias: String) -> String { "\(alias) \(types[name] ?? "UUID")" }
    let keptColumns = list(kept.map { column($0, as: $0) })
    try connection.execute(
      """
      CREATE OR REPLACE TEMP TABLE delta_\(table.name) (\(column(key, as: "key")), action VARCHAR,
        \(column(scope, as: "was_scope"))\(keptColumns));
      CREATE OR REPLACE TEMP TABLE unlogged_\(table.name) (\(column(key, as: "key")), action VARCHAR)
      """)
  }

  /// Makes the rows of some scopes be exactly the staged ones.
  ///
  /// `scope` is what stands in `IN (…)`.
  func replace(scope: String) throws(DuckDBError) {
    try replace(where: "\(self.scope) IN (\(scope))")
  }

  /// Makes the rows for which a condition holds be exactly the staged ones.
  func replace(where condition: String) throws(DuckDBError) {
    try change(where: condition, removesMissing: true)
  }

  /// Puts the staged rows in the place of those with the same keys; others stay.
  func update() throws(DuckDBError) {
    let staged = try connection.query("SELECT count(*) FROM \(stage)").scalar()?.int64
    guard staged != 0 else { return }
    try change(where: "\(key) IN (SELECT \(key) FROM \(stage))", removesMissing: false)
  }

  private func change(where condition: String, removesMissing: Bool) throws(DuckDBError) {
    try compare(where: condition, removesMissing: removesMissing)
    let changes = try connection.query("SELECT count(*) FROM \(delta)").scalar()?.int64
    guard changes != 0 else { return }
    try log(where: condition)
    try write()
  }

  /// Finds the keys of what differs, with the scope that each row had and what it keeps.
  ///
  /// Rows are compared by a hash of 64 bits: the engine would hold the texts of all of them to
  /// compare those.
  private func compare(where condition: String, removesMissing: Bool) throws(DuckDBError) {
    let compared = table.columns.map(\.name).filter { !kept.contains($0) }.joined(separator: ", ")
    let missing =
      removesMissing
      ? """
      UNION ALL SELECT \(key), 'delete', was_scope\(kept.map { _ in ", NULL" }.joined()) FROM existing
      WHERE \(key) NOT IN (SELECT \(key) FROM \(stage))
      """ : ""
    try connection.execute(
      """
      INSERT INTO \(delta)
      WITH staged AS (SELECT \(key), hash(\(compared)) AS row_hash FROM \(stage)),
      existing AS MATERIALIZED (
        SELECT \(key), \(scope) AS was_scope, hash(\(compared)) AS row_hash\(list(kept))
        FROM \(table.qualifiedName) WHERE \(condition))
      SELECT s.\(key) AS key, CASE WHEN e.\(key) IS NULL THEN 'insert' ELSE 'update' END AS action,
        was_scope\(list(kept.map { "e.\($0)" }))
      FROM staged s LEFT JOIN existing e ON e.\(key) = s.\(key)
      WHERE e.\(key) IS NULL OR s.row_hash <> e.row_hash
      \(missing)
      """)
  }

  private func list(_ columns: [String]) -> String { columns.map { ", \($0)" }.joined() }

  /// Keeps the first state a run met.
  ///
  /// A row that the run changes twice is undone at once, and one that stays in scopes that are all
  /// the run's own goes with them. A row that the run takes out of such a scope is one that it
  /// inserted.
  private func log(where condition: String) throws(DuckDBError) {
    try connection.execute(
      """
      INSERT INTO \(unlogged)
      WITH own AS (
        SELECT key FROM catchment.undo_log
        WHERE run = \(run) AND table_name = '\(scopeName)' AND action = 'scope'),
      changes AS (
        SELECT d.key, d.action, d.was_scope IN (FROM own) AS was_own,
          s.\(scope) IN (FROM own) AS is_own
        FROM \(delta) d LEFT JOIN \(stage) s ON s.\(key) = d.key)
      SELECT key, CASE WHEN was_own THEN 'insert' ELSE action END AS action FROM changes c
      WHERE NOT (coalesce(was_own, action = 'insert') AND coalesce(is_own, action = 'delete'))
        AND NOT EXISTS (FROM catchment.undo_log u
          WHERE u.run = \(run) AND u.table_name = '\(table.name)' AND u.key = c.key)
      """)
    let changed = try connection.query("SELECT count(*) FROM \(unlogged) WHERE action <> 'insert'")
    if try changed.scalar()?.int64 != 0 { try keepRows(where: condition) }
    try connection.execute(
      """
      INSERT INTO catchment.undo_log SELECT \(run), '\(table.name)', key, action FROM \(unlogged);
      UPDATE catchment.undo_log SET action = 'update'
      WHERE run = \(run) AND table_name = '\(table.name)' AND action = 'delete'
        AND key IN (SELECT key FROM \(delta) WHERE action = 'insert')
      """)
  }

  /// The rows as they are before they are changed or removed.
  private func keepRows(where condition: String) throws(DuckDBError) {
    try connection.execute(
      """
      INSERT INTO catchment.undo_\(table.name)
      SELECT \(run), e.* FROM \(table.qualifiedName) e WHERE \(condition)
        AND \(key) IN (SELECT key FROM \(unlogged) WHERE action <> 'insert')
      """)
  }

  private func write() throws(DuckDBError) {
    let values = kept.map { "coalesce(d.\($0), s.\($0)) AS \($0)" }
    let replace = values.isEmpty ? "" : " REPLACE (\(values.joined(separator: ", ")))"
    try connection.execute(
      """
      DELETE FROM \(table.qualifiedName)
      WHERE \(key) IN (SELECT key FROM \(delta) WHERE action <> 'insert');
      INSERT INTO \(table.qualifiedName)
      SELECT s.*\(replace) FROM \(stage) s JOIN \(delta) d ON d.key = s.\(key)
      WHERE d.action <> 'delete'
      """)
  }
}
