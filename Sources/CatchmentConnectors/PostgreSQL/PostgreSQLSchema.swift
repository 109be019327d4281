internal import Catchment

/// The tables and indexes of a schema, and what the last publication wrote down.
struct PostgreSQLSchema {
  private static let publications = "catchment_publication"

  private let connection: PostgreSQLConnection
  private let schema: String

  init(_ connection: PostgreSQLConnection, _ schema: String) {
    self.connection = connection
    self.schema = schema
  }

  /// A table's name with the schema.
  func name(of table: FollowerTable) -> String { qualified(table.name) }

  func qualified(_ name: String) -> String {
    "\(SQL.identifier(schema)).\(SQL.identifier(name))"
  }

  // MARK: Tables

  /// Makes what is missing; the names of the tables that are new are the result.
  ///
  /// A column of another type than it must have is made anew: all of its rows are written again, for
  /// their fingerprints differ.
  func prepare(_ tables: [FollowerTable]) throws(CatchmentError) -> Set<String> {
    let found = try columns()
    if found.isEmpty, try connection.rows(schemaQuery).isEmpty {
      try connection.execute("CREATE SCHEMA \(SQL.identifier(schema))")
    }
    var new: Set<String> = []
    for table in tables {
      if let columns = found[table.name] {
        try reshape(table, from: columns)
      } else {
        let list = table.allColumns.map(Self.definition).joined(separator: ", ")
        try connection.execute("CREATE TABLE \(name(of: table)) (\(list))")
        new.insert(table.name)
      }
    }
    try connection.execute(
      """
      CREATE TABLE IF NOT EXISTS \(qualified(Self.publications)) (fact text PRIMARY KEY, value text)
      """)
    return new
  }

  private var schemaQuery: String {
    "SELECT 1 FROM pg_namespace WHERE nspname = \(SQL.literal(schema))"
  }

  private static func definition(_ column: FollowerTable.Column) -> String {
    "\(SQL.identifier(column.name)) \(PostgreSQLType(column.type).name)"
  }

  /// By table the columns that there are, with their types.
  func columns() throws(CatchmentError) -> [String: [String: String]] {
    let rows = try connection.rows(
      """
      SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
      WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = \(SQL.literal(schema)))
        AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
      """)
    var columns: [String: [String: String]] = [:]
    for row in rows {
      guard row.count == 3, let table = row[0], let column = row[1] else { continue }
      columns[table, default: [:]][column] = row[2]
    }
    return columns
  }

  private func reshape(
    _ table: FollowerTable, from found: [String: String]
  ) throws(CatchmentError) {
    for column in table.allColumns {
      let type = PostgreSQLType(column.type).name
      guard found[column.name] != type else { continue }
      if found[column.name] != nil {
        try connection.execute(
          "ALTER TABLE \(name(of: table)) DROP COLUMN \(SQL.identifier(column.name))")
      }
      try connection.execute(
        "ALTER TABLE \(name(of: table)) ADD COLUMN \(Self.definition(column))")
    }
  }

  // MARK: Indexes

  /// Makes the indexes that tables lack: after the rows of a first load, which is several times as
  /// quick as before them.
  func index(_ tables: [FollowerTable]) throws(CatchmentError) {
    let rows = try connection.rows(
      "SELECT indexname FROM pg_indexes WHERE schemaname = \(SQL.literal(schema))")
    let found = Set(rows.compactMap { $0.first ?? nil })
    for table in tables {
      var isNew = false
      for (name, statement) in indexes(of: table) where !found.contains(name) {
        try make(statement)
        isNew = true
      }
      if isNew { try connection.execute("ANALYZE \(self.name(of: table))") }
    }
  }

  /// An index that cannot hold a value, for it is too long for a page, is not worth a publication.
  private func make(_ statement: String) throws(CatchmentError) {
    try connection.execute("SAVEPOINT catchment_index")
    do throws(CatchmentError) {
      try connection.execute(statement)
    } catch  where error.isPastLimit {
      try connection.execute("ROLLBACK TO SAVEPOINT catchment_index")
    }
    try connection.execute("RELEASE SAVEPOINT catchment_index")
  }

  private func indexes(of table: FollowerTable) -> [(name: String, statement: String)] {
    var all: [(String, String)] = []
    if let key = table.key {
      let name = "\(table.name)_pkey"
      all.append(
        (
          name,
          """
          ALTER TABLE \(self.name(of: table))
          ADD CONSTRAINT \(SQL.identifier(name)) PRIMARY KEY (\(SQL.identifier(key.name)))
          """
        ))
    }
    for index in table.indexes {
      let name = "\(table.name)_\(index.name)"
      all.append((name, statement(index, named: name, on: table)))
    }
    return all
  }

  private func statement(
    _ index: TableSchema.Index, named name: String, on table: FollowerTable
  ) -> String {
    let columns = index.columns.joined(separator: ", ")
    let keys =
      switch index.kind {
      case .sorted: "(\(columns))"
      case .prefix: "(\(columns) text_pattern_ops)"
      case .contents: "USING GIN (\(columns))"
      }
    var statement = "CREATE INDEX \(SQL.identifier(name)) ON \(self.name(of: table)) \(keys)"
    if !index.including.isEmpty {
      statement += " INCLUDE (\(index.including.joined(separator: ", ")))"
    }
    return statement + (index.condition.map { " WHERE \($0)" } ?? "")
  }

  // MARK: What was published

  func publication() throws(CatchmentError) -> Publication? {
    let table = SQL.literal(qualified(Self.publications))
    guard try connection.rows("SELECT to_regclass(\(table))").first?.first ?? nil != nil else {
      return nil
    }
    let rows = try connection.rows("SELECT fact, value FROM \(qualified(Self.publications))")
    let facts = rows.compactMap { row in row.count == 2 ? (row[0] ?? "", row[1] ?? "") : nil }
    return facts.isEmpty ? nil : Publication(Dictionary(facts) { $1 })
  }

  func write(_ publication: Publication) throws(CatchmentError) {
    let rows = publication.facts.sorted { $0.key < $1.key }.map {
      "(\(SQL.literal($0.key)), \(SQL.literal($0.value)))"
    }
    try connection.execute(
      """
      DELETE FROM \(qualified(Self.publications));
      INSERT INTO \(qualified(Self.publications)) VALUES
      \(rows.joined(separator: ",\n")), ('published_at', clock_timestamp()::text)
      """)
  }
}
