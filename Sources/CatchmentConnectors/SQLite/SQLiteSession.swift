internal import Catchment
internal import DuckDB
internal import GRDB

/// A publication into a SQLite file.
final class SQLiteSession: FollowerSession {
  let path: String
  private let file: SQLiteFile
  private var tables: [FollowerTable] = []

  /// Opens the file, or makes it.
  init(path: String) throws(CatchmentError) {
    self.path = path
    file = try SQLiteFile(path) { try $0.execute(sql: "PRAGMA temp_store = MEMORY") }
  }

  func close() { file.close() }

  func access<R>(_ body: (GRDB.Database) throws -> R) throws(CatchmentError) -> R {
    try file.access(body)
  }

  func execute(_ sql: String) throws(CatchmentError) {
    try access { try $0.execute(sql: sql) }
  }

  func begin() throws(CatchmentError) { try execute("BEGIN IMMEDIATE") }

  // MARK: Tables

  func prepare(_ tables: [FollowerTable]) throws(CatchmentError) {
    self.tables = tables
    for table in tables { try prepare(table) }
    try execute(
      "CREATE TABLE IF NOT EXISTS catchment_publication (fact TEXT PRIMARY KEY, value TEXT)")
  }

  private func prepare(_ table: FollowerTable) throws(CatchmentError) {
    let name = SQL.identifier(table.name)
    let rows = try access {
      try Row.fetchAll(
        $0, sql: "SELECT name, type FROM pragma_table_info(?)", arguments: [table.name])
    }
    guard !rows.isEmpty else {
      let list = table.allColumns.map(Self.definition).joined(separator: ", ")
      return try execute("CREATE TABLE \(name) (\(list))")
    }
    let found = Dictionary(rows.map { ($0["name"] as String, $0["type"] as String) }) { $1 }
    for column in table.allColumns where found[column.name] != SQLiteType(column.type).name {
      if found[column.name] != nil {
        try execute("ALTER TABLE \(name) DROP COLUMN \(SQL.identifier(column.name))")
      }
      try execute("ALTER TABLE \(name) ADD COLUMN \(Self.definition(column))")
    }
  }

  private static func definition(_ column: FollowerTable.Column) -> String {
    "\(SQL.identifier(column.name)) \(SQLiteType(column.type).name)"
  }

  /// Text is found by how it begins through any index; into JSON there is none.
  private func index(_ table: FollowerTable) throws(CatchmentError) {
    let name = SQL.identifier(table.name)
    if let key = table.key {
      try execute(
        """
        CREATE UNIQUE INDEX IF NOT EXISTS \(SQL.identifier("\(table.name)_key"))
        ON \(name) (\(SQL.identifier(key.name)))
        """)
    }
    for index in table.indexes where index.kind != .contents {
      let columns = (index.columns + index.including).joined(separator: ", ")
      let condition = index.condition.map { " WHERE \($0)" } ?? ""
      try execute(
        """
        CREATE INDEX IF NOT EXISTS \(SQL.identifier("\(table.name)_\(index.name)"))
        ON \(name) (\(columns))\(condition)
        """)
    }
  }

  // MARK: Rows

  func fingerprints(
    of table: FollowerTable, _ body: (RowFingerprint) throws(CatchmentError) -> Void
  ) throws(CatchmentError) {
    let key = table.key.map { SQL.identifier($0.name) } ?? "NULL"
    let query =
      "SELECT \(key), \(FollowerTable.fingerprint.name) FROM \(SQL.identifier(table.name))"
    try access { database in
      let rows = try Row.fetchCursor(database, sql: query)
      while let row = try rows.next() {
        let key = (row[0] as String?).flatMap { UUIDBytes($0) }
        // A row that someone else put there has none: it is none of ours.
        try body(RowFingerprint(key: key, hash: (row[1] as Int64?) ?? -1))
      }
    }
  }

  func remove(
    from table: FollowerTable, where column: FollowerTable.Column, in values: Chunks,
    orMissing: Bool
  ) throws(CatchmentError) -> Int {
    let name = SQL.identifier(column.name)
    let missing = orMissing ? " OR \(name) IS NULL" : ""
    return try access { database in
      try database.execute(
        sql: """
          CREATE TEMP TABLE IF NOT EXISTS catchment_gone (value \(SQLiteType(column.type).name));
          DELETE FROM temp.catchment_gone
          """)
      try SQLiteRows(database, "temp.catchment_gone", [column]).insert(values)
      try database.execute(
        sql: """
          DELETE FROM main.\(SQL.identifier(table.name))
          WHERE \(name) IN (SELECT value FROM temp.catchment_gone)\(missing)
          """)
      let count = database.changesCount
      try database.execute(sql: "DROP TABLE temp.catchment_gone")
      return count
    }
  }

  func write(_ rows: Chunks, to table: FollowerTable) throws(CatchmentError) -> Int {
    try access { database in
      try SQLiteRows(database, "main.\(SQL.identifier(table.name))", table.allColumns).insert(rows)
    }
  }

  // MARK: What was published

  func publication() throws(CatchmentError) -> Publication? {
    try access { database in
      guard try database.tableExists("catchment_publication") else { return nil }
      let rows = try Row.fetchAll(database, sql: "SELECT fact, value FROM catchment_publication")
      let facts = Dictionary(rows.map { ($0[0] as String, $0[1] as String) }) { $1 }
      return facts.isEmpty ? nil : Publication(facts)
    }
  }

  func commit(_ publication: Publication) throws(CatchmentError) {
    for table in tables { try index(table) }
    try access { database in
      try database.execute(sql: "DELETE FROM catchment_publication")
      for (fact, value) in publication.facts {
        try database.execute(
          sql: "INSERT INTO catchment_publication VALUES (?, ?)", arguments: [fact, value])
      }
      try database.execute(
        sql: """
          INSERT INTO catchment_publication
          VALUES ('published_at', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'));
          COMMIT
          """)
    }
  }
}

extension CatchmentError {
  /// SQLite's refusal, as a failure of the file that is published into.
  static func sqlite(_ error: any Error, _ path: String) -> CatchmentError {
    if let error = error as? CatchmentError { return error }
    let again = "what was imported is in the home: run the same command again"
    guard let error = error as? DatabaseError else {
      return CatchmentError(.destinationUnavailable, "sqlite:\(path) refused", cause: "\(error)")
    }
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      return CatchmentError(
        .locked, "another process is writing to sqlite:\(path)",
        hint: "wait until it is done, or stop it; \(again)")
    case .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_TOOBIG:
      return CatchmentError(
        .validation, "the rows do not fit the table in sqlite:\(path); nothing was loaded",
        hint: "leave them out or correct them in a step, or load into another table",
        cause: error.message)
    case .SQLITE_NOTADB, .SQLITE_CORRUPT:
      return CatchmentError(
        .destinationUnavailable, "sqlite:\(path) is no SQLite database, or a damaged one",
        hint: "move it away; \(again), which makes a new one", cause: error.message)
    case .SQLITE_FULL:
      return CatchmentError(
        .destinationUnavailable, "no space is left to write sqlite:\(path)",
        hint: "free some space; \(again)", cause: error.message)
    default:
      return CatchmentError(
        .destinationUnavailable, "sqlite:\(path) cannot be written to",
        hint: "check that its directory is there and that it may be written to; \(again)",
        cause: error.message)
    }
  }
}
