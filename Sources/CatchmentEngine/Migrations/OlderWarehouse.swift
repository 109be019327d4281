internal import Catchment
internal import DuckDB

/// A warehouse of an older version, opened to read only and seen in the newest shape.
///
/// The file is attached beside, under a name of its own; what queries name is a database in memory
/// of views over it. A column that does not exist yet reads as NULL, a table as empty. Nothing is
/// written: that is for `catchment migrate up`.
struct OlderWarehouse {
  /// What the file itself is called in SQL.
  private static let catalog = "older"

  let path: String
  let connection: Connection
  let pending: [Migration]

  /// Puts the views in the place of the file, which must not be attached.
  func attach(views: [View]) throws(DuckDBError) {
    let name = Warehouse.catalog
    try connection.execute(
      """
      ATTACH \(SQL.literal(path)) AS \(Self.catalog) (READ_ONLY);
      ATTACH ':memory:' AS \(name);
      USE \(name);
      CREATE SCHEMA \(name).\(EngineTables.schema)
      """)
    let tables = try names(in: "tables", column: "table_name")
    for table in tables { try connection.execute(try shadow(of: table)) }
    try connection.execute(missingTables(beside: tables).joined(separator: ";\n"))
    let made = Set(views.map(\.name))
    for view in try names(in: "views", column: "view_name") where !made.contains(view.name) {
      try show(view)
    }
    try Warehouse.refresh(views, connection)
  }

  /// A view that does not work in the file does not work here either.
  private func show(_ view: TableName) throws(DuckDBError) {
    do throws(DuckDBError) {
      try connection.execute("CREATE VIEW \(view.quoted) AS FROM \(Self.catalog).\(view.quoted)")
    } catch  where error.code == .catalog || error.code == .binder {}
  }

  /// A table with the columns it will get, as they will be in the rows that are there now.
  private func shadow(of table: TableName) throws(DuckDBError) -> String {
    let found = try connection.query(
      """
      SELECT column_name FROM duckdb_columns() WHERE database_name = '\(Self.catalog)'
        AND schema_name = ? AND table_name = ?
      """, .text(table.schema.rawValue), .text(table.name)
    ).rows().compactMap(\.first?.text)
    let added = pending.addedColumns(to: table).filter { !found.contains($0.name) }
    let columns = added.map { ", NULL::\($0.type) AS \($0.name)" }.joined()
    return """
      CREATE VIEW \(table.quoted) AS SELECT *\(columns) FROM \(Self.catalog).\(table.quoted)
      """
  }

  private func missingTables(beside found: [TableName]) -> [String] {
    pending.flatMap(\.changes).compactMap { change in
      guard case .table(var table, let schema, _) = change else { return nil }
      let name = TableName(schema: schema, name: table.name)
      guard !found.contains(name) else { return nil }
      table.columns += pending.addedColumns(to: name)
      return "CREATE TABLE \(name.quoted) (\(table.plainDefinition))"
    }
  }

  private func names(
    in kind: String, column: String
  ) throws(DuckDBError) -> [TableName] {
    try connection.query(
      """
      SELECT schema_name, \(column) FROM duckdb_\(kind)()
      WHERE database_name = '\(Self.catalog)' AND NOT internal
      """
    ).rows().compactMap { row in
      TableName.Schema(rawValue: row[0].text ?? "").map {
        TableName(schema: $0, name: row[1].text ?? "")
      }
    }
  }
}

extension TableName {
  /// As SQL names it, whatever is in it: users make tables and views of their own.
  fileprivate var quoted: String { "\(schema.rawValue).\(SQL.identifier(name))" }
}

extension [Migration] {
  /// What these migrations add to a table or, for an undo table, to the one it is for.
  fileprivate func addedColumns(to table: TableName) -> [TableSchema.Column] {
    flatMap(\.changes).compactMap { change in
      guard case .column(let column, let owner, _) = change else { return nil }
      return owner == table || owner.undo == table ? column : nil
    }
  }
}
