internal import Catchment
internal import DuckDB
internal import GRDB

/// The file as something that can be migrated.
extension SQLiteSession {
  func versions() throws(CatchmentError) -> [AppliedVersion] {
    try access { database in
      guard try database.tableExists("schema_versions") else { return [] }
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT version, strftime('%s', applied_at) * 1000000, description, migration_script
          FROM schema_versions
          """)
      return AppliedVersion.sorted(
        rows.map { ($0[0] as String?, $0[1] as Int64?, $0[2] as String?, $0[3] as String?) })
    }
  }

  func migrate(
    _ migration: Migration, _ direction: Migration.Direction
  ) throws(CatchmentError) {
    let script = FollowerScript(Self.dialect, found: try columns())
    for step in migration.steps(direction) {
      if case .dropColumn(let column, let owner) = step {
        try dropIndexes(on: column, of: owner.inFollowers)
      }
    }
    for statement in script.statements(migration, direction) { try execute(statement) }
    try execute("COMMIT")
  }

  private static var dialect: FollowerScript.Dialect {
    .init(
      now: "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')", wording: \.sqlite,
      table: SQL.identifier, type: { SQLiteType($0).name })
  }

  private func columns() throws(CatchmentError) -> [String: Set<String>] {
    try access { database in
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c
          WHERE m.type = 'table'
          """)
      return rows.reduce(into: [:]) { $0[$1[0] as String, default: []].insert($1[1] as String) }
    }
  }

  /// SQLite drops no column that an index is made of; the next publication makes the index again.
  private func dropIndexes(on column: String, of table: String) throws(CatchmentError) {
    let names = try access { database in
      try String.fetchAll(
        database,
        sql: """
          SELECT DISTINCT i.name FROM pragma_index_list(?) i, pragma_index_info(i.name) c
          WHERE c.name = ?
          """, arguments: [table, column])
    }
    for name in names { try execute("DROP INDEX \(SQL.identifier(name))") }
  }

  /// A copy beside the file, complete and durable: `talks-1.3.0-20261127T141436.345Z.db`.
  func backUp(_ version: SchemaVersion, dump: String?) throws(CatchmentError) -> String {
    guard dump == nil else {
      throw CatchmentError(
        .usage, "a SQLite file is copied before it is migrated, and needs no dump",
        hint: "leave --dump away")
    }
    return try access { database in
      let time = try String.fetchOne(database, sql: "SELECT strftime('%Y%m%dT%H%M%fZ', 'now')")
      let copy = copyName(version, time ?? "")
      let unfinished = "\(copy).part"
      try FileStep.remove(unfinished)
      try database.execute(sql: "VACUUM INTO ?", arguments: [unfinished])
      try FileStep.publish(unfinished, as: copy)
      return copy
    }
  }

  private func copyName(_ version: SchemaVersion, _ time: String) -> String {
    let name = Path.name(of: path)
    let dot = name.lastIndex(of: ".").flatMap { $0 == name.startIndex ? nil : $0 } ?? name.endIndex
    let copy = "\(name[..<dot])-\(version)-\(time)\(name[dot...])"
    return Path.joined(copy, to: Path.directory(of: path))
  }
}
