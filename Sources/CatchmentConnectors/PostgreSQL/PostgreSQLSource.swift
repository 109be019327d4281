public import Catchment
internal import DuckDB
internal import FoundationEssentials

/// A table of a PostgreSQL database, or the rows of a query.
///
/// A large table is read by several connections at once, which all see the same moment.
public struct PostgreSQLSource: SnapshotSource, Configurable {
  public static let kind = "postgresql"
  public static let summary = "A table of a PostgreSQL database, or the rows of a query."
  public static var options: [StepOption<PostgreSQLSource>] {
    [
      .required("url", \.url, PostgreSQLURL.summary),
      .optional("table", \.choice.table, TableChoice.tableSummary),
      .optional("query", \.choice.query, TableChoice.querySummary),
    ]
  }

  private var url = SecretText("")
  private var choice = TableChoice()
  public var name: String { Self.kind }

  public init() {}

  /// Every row of a table or a view in the schema that the URL names, which is `public` when it names
  /// none.
  public init(_ url: String, table: String) {
    self.url = SecretText(url)
    choice.table = table
  }

  /// The rows that a query gives; it sees the schema that the URL names.
  public init(_ url: String, query: String) {
    self.url = SecretText(url)
    choice.query = query
  }

  public func check() throws(OptionError) {
    try PostgreSQLURL.check(url.text)
    try choice.check()
  }

  /// Whether rows have changed only reading them tells, so the unit is always another one.
  public func discover() throws(CatchmentError) -> Discovery {
    let now = Int64(Date().timeIntervalSince1970 * 1_000_000) * 1_000
    return Discovery(units: [
      choice.unit(
        of: name, in: try PostgreSQLURL(url.text).shown, .init(size: 0, modified: now))
    ])
  }

  /// Throws `sourceUnavailable` when there is no server or it is gone, `configuration` when it refuses
  /// who asks, or there is no such table, or the query is wrong.
  public func write(
    _ unit: Unit, since bound: CursorBound?, to file: String, in bench: Workbench
  ) throws(CatchmentError) -> String {
    try withTable(since: bound, in: bench) { (table, connection) throws(CatchmentError) in
      var table = table
      while true {
        do {
          return try Self.write(PostgreSQLReader(table, connection.url), to: file, in: bench)
        } catch let late as LateTime {
          table.readAsText(late.column)
        } catch let error as CatchmentError {
          throw error
        } catch {
          throw CatchmentError(.failed, "\(connection.url.shown) cannot be read", cause: "\(error)")
        }
      }
    }
  }

  public func query(
    for unit: Unit, since bound: CursorBound?, in bench: Workbench
  ) throws(CatchmentError) -> String? {
    try withTable(since: bound, in: bench) { (table, _) throws(CatchmentError) in table.query() }
  }

  private func withTable<R>(
    since bound: CursorBound?, in bench: Workbench,
    _ body: (PostgreSQLTable, PostgreSQLConnection) throws(CatchmentError) -> R
  ) throws(CatchmentError) -> R {
    do throws(CatchmentError) {
      let connection = try PostgreSQLConnection(PostgreSQLURL(url.text))
      // Until the end: the others see what this one sees.
      defer { connection.close() }
      return try body(PostgreSQLTable(choice, since: bound, in: bench, connection), connection)
    } catch {
      throw try asSource(error)
    }
  }

  /// Throws `LateTime` when a column has one.
  private static func write(
    _ reader: PostgreSQLReader, to file: String, in bench: Workbench
  ) throws -> String {
    let columns = reader.table.columns.map {
      TableSnapshot.Column(name: $0.name, kept: $0.kept, meant: $0.meant)
    }
    let names = columns.map(\.name)
    let place = TableChoice.distinct(names + ["place"])[names.count]
    let rows = try ForeignRows(
      columns.map { .init($0.name, $0.kept) } + [.init(place, .bigint)],
      threads: reader.table.parts.count, in: bench
    ) { try reader.fill() }
    // Rows of one connection come in the order in which it gives them.
    let order = reader.table.parts.count > 1 ? " ORDER BY \(SQL.identifier(place))" : ""
    do throws(CatchmentError) {
      return try rows.told { () throws(CatchmentError) in
        try TableSnapshot(columns: columns).write(
          "SELECT \(SQL.identifiers(names)) FROM \(rows.sql)\(order)", to: file, in: bench)
      }
    } catch {
      throw rows.failure as? LateTime ?? error as any Error
    }
  }

  public func read(
    _ unit: Unit, keptAt path: String, in bench: Workbench
  ) throws(CatchmentError) -> Extracted {
    try TableSnapshot.read(path, in: bench)
  }

  /// There is no such table or column, the query is wrong, or the server cannot be read from.
  private func asSource(_ error: CatchmentError) throws(CatchmentError) -> CatchmentError {
    let shown = try PostgreSQLURL(url.text).shown
    let wrong = ["42P01", "42601", "42703", "42883", "3F000", "25006"]
    if let cause = error.cause, wrong.contains(where: { cause.hasSuffix("(SQLSTATE \($0))") }) {
      return choice.failure(of: shown, cause: cause)
    }
    guard error.code == .destinationUnavailable else { return error }
    return CatchmentError(
      .sourceUnavailable, "\(shown) cannot be read",
      hint: "see that the server runs and lets this machine in; nothing was loaded from it",
      cause: error.cause ?? error.message)
  }
}

extension TableSource where Self == PostgreSQLSource {
  /// Every row of a table in a PostgreSQL database.
  public static func postgreSQL(_ url: String, table: String) -> PostgreSQLSource {
    PostgreSQLSource(url, table: table)
  }

  /// The rows that a query of a PostgreSQL database gives.
  public static func postgreSQL(_ url: String, query: String) -> PostgreSQLSource {
    PostgreSQLSource(url, query: query)
  }
}
