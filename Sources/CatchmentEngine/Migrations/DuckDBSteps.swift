internal import Catchment

/// The steps of migrations in DuckDB's SQL.
///
/// Each can be taken on tables that have been through it already, and on warehouses that lack a
/// table: which tables there are depends on the sources that a warehouse was made for.
enum DuckDBSteps {
  /// All that a migration runs in one direction.
  static func script(_ migration: Migration, _ direction: Migration.Direction) -> String {
    migration.steps(direction).flatMap(statements).map { "\($0);" }.joined(separator: "\n")
  }

  private static func statements(_ step: Migration.Step) -> [String] {
    switch step {
    case .addColumn(let column, let table):
      both(table).map {
        "ALTER TABLE IF EXISTS \($0) ADD COLUMN IF NOT EXISTS \(column.name) \(column.type)"
      }
    case .dropColumn(let column, let table):
      both(table).map { "ALTER TABLE IF EXISTS \($0) DROP COLUMN IF EXISTS \(column)" }
    case .createTable(let table, let schema, let tracked):
      creation(of: table, TableName(schema: schema, name: table.name), tracked: tracked)
    case .dropTable(let table, let tracked):
      (tracked ? both(table) : [table]).map { "DROP TABLE IF EXISTS \($0)" }
    case .dropView(let name): ["DROP VIEW IF EXISTS main.\(name)"]
    case .run(let text): text.duckDB.map { [$0] } ?? []
    }
  }

  private static func creation(
    of table: TableSchema, _ name: TableName, tracked: Bool
  ) -> [String] {
    ["CREATE TABLE IF NOT EXISTS \(name) (\(table.definition))"]
      + (tracked
        ? [
          "CREATE TABLE IF NOT EXISTS \(name.undo) (undo_run INTEGER, \(table.definition))"
        ] : [])
  }

  /// A table and the one that holds its rows as they were.
  private static func both(_ table: TableName) -> [TableName] { [table, table.undo] }
}

extension TableName {
  /// Where the rows of this table are kept as they were before a run.
  var undo: TableName { .catchment("undo_\(name)") }
}

extension [Migration] {
  /// A table as the oldest warehouses have it: without what these migrations add; nil when one of
  /// them makes the table.
  func before(_ table: TableSchema) -> TableSchema? {
    var older = table
    for change in flatMap(\.changes) {
      switch change {
      case .table(let made, _, _) where made.name == table.name: return nil
      case .column(let column, let owner, _) where owner.name == table.name:
        older.columns.removeAll { $0.name == column.name }
      default: break
      }
    }
    return older
  }
}
