public import Catchment
internal import DuckDB
internal import FoundationEssentials

/// A table of a DuckDB file, or the rows of a query; the file is opened for reading only.
public struct DuckDBSource: SnapshotSource, Configurable {
  public static let kind = "duckdb"
  public static let summary = "A table of a DuckDB file, or the rows of a query."
  public static var options: [StepOption<DuckDBSource>] {
    [
      .required("path", \.path, "The file."),
      .optional("table", \.choice.table, TableChoice.tableSummary),
      .optional("query", \.choice.query, TableChoice.querySummary),
      .optional("schema", \.schema, "The schema that the names are meant in."),
    ]
  }

  private var path = ""
  private var schema = "main"
  private var choice = TableChoice()
  public var name: String { Self.kind }
  public var place: String? { Path.absolute(path) }

  public init() {}

  /// Every row of a table or a view.
  public init(_ path: String, table: String) {
    self.path = path
    choice.table = table
  }

  /// The rows that a query gives.
  public init(_ path: String, query: String) {
    self.path = path
    choice.query = query
  }

  public mutating func locate(in directory: String) { path = Path.joined(path, to: directory) }
  public func check() throws(OptionError) { try choice.check() }

  public func discover() throws(CatchmentError) -> Discovery {
    try choice.discover(name, path, logEnding: ".wal")
  }

  /// Throws `locked` when another process writes to the file, `sourceUnavailable` when it is none of
  /// DuckDB's, `configuration` when there is no such table or the query is wrong.
  public func write(
    _ unit: Unit, since bound: CursorBound?, to file: String, in bench: Workbench
  ) throws(CatchmentError) -> String {
    try withFile(in: bench) { (catalog) throws(CatchmentError) in
      let rows = try rows(of: catalog, since: bound, in: bench)
      let columns = rows.columns.map { column in
        let kept = Self.isKept(column.type) ? column.type : .varchar
        return TableSnapshot.Column(name: column.name, kept: kept, meant: Self.meant(column.type))
      }
      let list = columns.map { column in
        let name = SQL.identifier(column.name)
        return "\(name)::\(column.kept) AS \(name)"
      }
      return try TableSnapshot(columns: columns).write(
        "SELECT \(list.joined(separator: ", ")) FROM \(rows.sql)", to: file, in: bench)
    }
  }

  public func query(
    for unit: Unit, since bound: CursorBound?, in bench: Workbench
  ) throws(CatchmentError) -> String? {
    try withFile(in: bench) { (catalog) throws(CatchmentError) in
      let condition = try Self.condition(
        bound, on: all(of: catalog, in: bench), in: bench)
      return "SELECT * FROM \(choice.from(limit: nil, SQL.identifier))\(condition)"
    }
  }

  private func rows(
    of catalog: String, since bound: CursorBound?, in bench: Workbench
  ) throws(CatchmentError) -> Relation {
    let all = try all(of: catalog, in: bench)
    let condition = try Self.condition(bound, on: all, in: bench)
    let limit = bench.rowLimit.map { " LIMIT \($0)" } ?? ""
    guard !condition.isEmpty || !limit.isEmpty else { return all }
    return try bench.view("SELECT * FROM \(all.sql)\(condition)\(limit)")
  }

  private static func condition(
    _ bound: CursorBound?, on rows: Relation, in bench: Workbench
  ) throws(CatchmentError) -> String {
    guard let bound, let column = rows.column(named: bound.column), isKept(column.type),
      let text = try bound.text(as: column.type, in: bench)
    else { return "" }
    let name = SQL.identifier(column.name)
    let orNull = bound.includesNulls ? " OR \(name) IS NULL" : ""
    return " WHERE \(name) >= CAST(\(SQL.literal(text)) AS \(column.type))\(orNull)"
  }

  private func all(
    of catalog: String, in bench: Workbench
  ) throws(CatchmentError) -> Relation {
    let schema = "\(catalog).\(SQL.identifier(self.schema))"
    do throws(CatchmentError) {
      try bench.execute("USE \(schema)")
      let from = choice.from(limit: nil) { "\(schema).\(SQL.identifier($0))" }
      return try bench.view("SELECT * FROM \(from)")
    } catch  where error.code == .configuration {
      throw choice.failure(of: path, cause: error.message)
    }
  }

  public func read(
    _ unit: Unit, keptAt path: String, in bench: Workbench
  ) throws(CatchmentError) -> Extracted {
    try TableSnapshot.read(path, in: bench)
  }

  // MARK: The file

  /// A file that the pipeline also loads into is attached already, and cannot be a second time.
  private func withFile<R>(
    in bench: Workbench, _ body: (String) throws(CatchmentError) -> R
  ) throws(CatchmentError) -> R {
    let absolute = FileWalk.absolute(path) ?? path
    let mark = bench.made
    let attached = try bench.query("SELECT database_name, path FROM duckdb_databases()")
      .first { row in row[1].text.flatMap(FileWalk.absolute) == absolute }
    let name = attached?[0].text ?? "source_\(UUID().uuidString)"
    let catalog = SQL.identifier(name)
    if attached == nil { try attach(absolute, as: catalog, in: bench) }
    defer { Self.leave(attached == nil ? catalog : nil, in: bench) }
    let result = try body(catalog)
    try bench.release(after: mark)
    return result
  }

  private func attach(
    _ absolute: String, as catalog: String, in bench: Workbench
  ) throws(CatchmentError) {
    do throws(DuckDBError) {
      try bench.connection.execute(
        "ATTACH \(SQL.literal(absolute)) AS \(catalog) (TYPE duckdb, READ_ONLY)")
    } catch {
      switch error.code {
      case .locked: throw .destination(error, path)
      default:
        throw CatchmentError(
          .sourceUnavailable, "\(path) cannot be read as a DuckDB file",
          hint: "check the path, and that this DuckDB is not older than the file",
          cause: error.message)
      }
    }
  }

  private static func leave(_ catalog: String?, in bench: Workbench) {
    // A file that stays attached goes with the workbench; nothing was written to it.
    do throws(DuckDBError) {
      try bench.connection.execute("USE memory.main")
      if let catalog { try bench.connection.execute("DETACH \(catalog)") }
    } catch {}
  }

  // MARK: Types

  /// Parquet has no integers of more than 64 bits, nor intervals of microseconds.
  private static func isKept(_ type: LogicalType) -> Bool {
    switch type {
    case .boolean, .tinyint, .smallint, .integer, .bigint, .utinyint, .usmallint, .uinteger,
      .ubigint, .float, .double, .decimal, .varchar, .blob, .uuid, .json, .date, .time, .timestamp,
      .timestampTZ, .timestampNanoseconds:
      true
    case .list(let element): isKept(element)
    case .structure(let fields): fields.allSatisfy { isKept($0.type) }
    case .map(let key, let value): isKept(key) && isKept(value)
    default: false
    }
  }

  /// What its text, or its kept value, is read as.
  private static func meant(_ type: LogicalType) -> LogicalType {
    switch type {
    case .enumeration, .union, .null, .any, .other: .varchar
    default: type
    }
  }
}

extension TableSource where Self == DuckDBSource {
  /// Every row of a table in a DuckDB file.
  public static func duckdb(_ path: String, table: String) -> DuckDBSource {
    DuckDBSource(path, table: table)
  }

  /// The rows that a query of a DuckDB file gives.
  public static func duckdb(_ path: String, query: String) -> DuckDBSource {
    DuckDBSource(path, query: query)
  }
}
