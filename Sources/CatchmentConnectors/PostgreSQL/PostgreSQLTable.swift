internal import CPostgres
internal import Catchment
internal import DuckDB

/// What is read of a PostgreSQL database, within one transaction that changes nothing.
///
/// The connection that made it must stay open while others read: they share what it sees.
struct PostgreSQLTable: Sendable {
  /// A column, and how its values are asked for.
  struct Column: Sendable {
    var name: String
    var kept: LogicalType
    var meant: LogicalType
    var sql: String
    /// Whether the server puts its values in the engine's order.
    var isOrdered = false
  }

  /// Pages of the table, from the first to one before the last; nil is without an end.
  typealias Pages = (first: Int, end: Int?)

  private(set) var columns: [Column]
  /// What is read at once by one connection; the whole is one, unless it is a table of many pages.
  let parts: [Pages]
  private let from: String
  /// Of the rows that are wanted; empty for all.
  private let condition: String
  private let limit: Int?
  private let snapshot: String

  /// The least number of pages, of 8 KiB mostly, that are worth a part.
  private static let leastPages = 128
  private static let mostParts = 64

  init(
    _ choice: TableChoice, since bound: CursorBound?, in bench: Workbench,
    _ connection: PostgreSQLConnection
  ) throws(CatchmentError) {
    let schema = SQL.identifier(connection.url.schema)
    let table = choice.table.map { "\(schema).\(SQL.identifier($0))" }
    try connection.begin("SET LOCAL search_path = \(schema), public")
    let source = choice.from(limit: nil) { _ in table ?? "" }
    columns = try Self.columns(of: source, connection)
    let names = columns.indices.map { "c\($0)" }.joined(separator: ", ")
    from = "\(source) AS source(\(names))"
    snapshot = try connection.rows("SELECT pg_export_snapshot()").first?.first.flatMap { $0 } ?? ""
    var condition = ""
    if let bound { condition = try Self.condition(bound, columns, in: bench) ?? "" }
    self.condition = condition
    limit = bench.rowLimit
    // The server may have an index for the condition, and finds where rows lie without reading all.
    let whole = limit == nil && condition.isEmpty ? table : nil
    parts =
      try whole.map { table throws(CatchmentError) in try Self.parts(of: table, connection) }
      ?? [(0, nil)]
  }

  // MARK: Rows

  private static func condition(
    _ bound: CursorBound, _ columns: [Column], in bench: Workbench
  ) throws(CatchmentError) -> String? {
    let wanted = bound.column.lowercased()
    guard let place = columns.firstIndex(where: { $0.name.lowercased() == wanted }),
      columns[place].isOrdered, let text = try bound.text(as: columns[place].meant, in: bench)
    else { return nil }
    let name = "source.c\(place)"
    // The engine compares texts by their bytes.
    let value = columns[place].meant == .varchar ? "\(name) COLLATE \"C\"" : name
    let orNull = bound.includesNulls ? " OR \(name) IS NULL" : ""
    return "(\(value) >= \(SQL.literal(text))\(orNull))"
  }

  // MARK: Columns

  private static func columns(
    of source: String, _ connection: PostgreSQLConnection
  ) throws(CatchmentError) -> [Column] {
    let found = try connection.run("SELECT * FROM \(source) AS source LIMIT 0", []) { result in
      (0..<PQnfields(result)).map { column in
        (
          name: String(cString: PQfname(result, column)), type: PQftype(result, column),
          detail: PQfmod(result, column)
        )
      }
    }
    guard !found.isEmpty else {
      throw CatchmentError(.configuration, "\(connection.url.shown): there are no columns to read")
    }
    let asked = found.enumerated().map { "(\($0), \($1.type)::oid, \($1.detail))" }
    let types = try connection.rows(
      """
      SELECT format_type(oid, detail), typcategory
      FROM (VALUES \(asked.joined(separator: ", "))) AS asked(place, id, detail)
      JOIN pg_type ON oid = id ORDER BY place
      """)
    let names = TableChoice.distinct(found.map(\.name))
    return zip(names, types).enumerated().map { place, column in
      Self.column(column.0, "c\(place)", column.1[0] ?? "", isArray: column.1[1] == "A")
    }
  }

  /// Numbers of any length, JSON and what the engine has no type for are asked for as text.
  private static func column(
    _ name: String, _ sql: String, _ type: String, isArray: Bool
  ) -> Column {
    if isArray {
      return Column(name: name, kept: .json, meant: .json, sql: "to_json(\(sql))::text")
    }
    let meant = type == "json" ? .json : PostgreSQLType.engineType(named: type)
    switch meant {
    case .some(.decimal(let width, let scale)):
      let decimal = LogicalType.decimal(width: width, scale: scale)
      return Column(
        name: name, kept: .varchar, meant: decimal, sql: "\(sql)::text", isOrdered: true)
    case .some(.json): return Column(name: name, kept: .json, meant: .json, sql: "\(sql)::text")
    case .some(let meant):
      return Column(
        name: name, kept: meant, meant: meant, sql: sql, isOrdered: isOrdered(meant, type))
    case nil: return Column(name: name, kept: .varchar, meant: .varchar, sql: "\(sql)::text")
    }
  }

  private static func isOrdered(_ type: LogicalType, _ name: String) -> Bool {
    switch type {
    case .smallint, .integer, .bigint, .float, .double, .date, .timestamp, .timestampTZ: true
    case .varchar: name == "text" || name.hasPrefix("character varying")
    default: false
    }
  }

  // MARK: Parts

  /// A plain table's rows are asked for by where they lie; servers before 14 would look through the
  /// whole of it for each part.
  private static func parts(
    of table: String, _ connection: PostgreSQLConnection
  ) throws(CatchmentError) -> [Pages] {
    let found = try connection.rows(
      """
      SELECT pg_relation_size(oid) / current_setting('block_size')::int FROM pg_class
      WHERE oid = to_regclass(\(SQL.literal(table))) AND relkind IN ('r', 'm')
        AND current_setting('server_version_num')::int >= 140000
      """)
    let pages = found.first?.first.flatMap { $0 }.flatMap { Int($0) } ?? 0
    let size = max(leastPages, (pages + mostParts - 1) / mostParts)
    guard pages >= 2 * size else { return [(0, nil)] }
    let firsts = Array(stride(from: 0, to: pages, by: size))
    // Tables that inherit from it may have more pages than it has.
    return firsts.map { first in (first, first == firsts.last ? nil : first + size) }
  }

  // MARK: Reading

  /// Another connection that sees the same.
  func connect(_ url: PostgreSQLURL) throws(CatchmentError) -> PostgreSQLConnection {
    let connection = try PostgreSQLConnection(url)
    try connection.begin("SET TRANSACTION SNAPSHOT \(SQL.literal(snapshot))")
    try connection.execute("SET LOCAL search_path = \(SQL.identifier(url.schema)), public")
    return connection
  }

  /// Asks for a column's times as text in the engine's words; those that it cannot hold become dead
  /// letters.
  mutating func readAsText(_ place: Int) {
    columns[place].kept = .varchar
    columns[place].sql =
      "regexp_replace(c\(place)::text, '^(\\S+) (.*) BC$', '\\1 (BC) \\2')"
  }

  /// The statement that gives a part's rows.
  func copy(_ pages: Pages) -> String { "COPY (\(query(pages))) TO STDOUT (FORMAT binary)" }

  /// What is asked for a part's rows, or for all.
  func query(_ pages: Pages = (0, nil)) -> String {
    var conditions = condition.isEmpty ? [] : [condition]
    if pages.first > 0 || pages.end != nil {
      conditions.append("source.ctid >= '(\(pages.first),0)'")
    }
    if let end = pages.end { conditions.append("source.ctid < '(\(end),0)'") }
    let list = columns.map(\.sql).joined(separator: ", ")
    let rows = conditions.isEmpty ? "" : " WHERE \(conditions.joined(separator: " AND "))"
    return "SELECT \(list) FROM \(from)\(rows)\(limit.map { " LIMIT \($0)" } ?? "")"
  }
}

extension PostgreSQLConnection {
  /// Begins a transaction that sees one moment and changes nothing.
  fileprivate func begin(_ setting: String) throws(CatchmentError) {
    try execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \(setting)")
    try execute("SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'")
  }
}
