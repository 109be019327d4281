public import Catchment
internal import DuckDB

/// A table of a SQLite file, or the rows of a query; the file is opened for reading only.
public struct SQLiteSource: SnapshotSource, Configurable {
  public static let kind = "sqlite"
  public static let summary = "A table of a SQLite file, or the rows of a query."
  public static var options: [StepOption<SQLiteSource>] {
    [
      .required("path", \.path, "The file."),
      .optional("table", \.choice.table, TableChoice.tableSummary),
      .optional("query", \.choice.query, TableChoice.querySummary),
    ]
  }

  private var path = ""
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
    try choice.discover(name, path, logEnding: "-wal")
  }

  /// Throws `sourceUnavailable` when the file cannot be read, `configuration` when there is no such
  /// table or the query is wrong.
  public func write(
    _ unit: Unit, since bound: CursorBound?, to file: String, in bench: Workbench
  ) throws(CatchmentError) -> String {
    try withReader(since: bound, in: bench) { (reader) throws(CatchmentError) in
      try Self.write(reader, to: file, in: bench)
    }
  }

  public func query(
    for unit: Unit, since bound: CursorBound?, in bench: Workbench
  ) throws(CatchmentError) -> String? {
    try withReader(since: bound, in: bench) { (reader) throws(CatchmentError) in reader.query }
  }

  private func withReader<R>(
    since bound: CursorBound?, in bench: Workbench,
    _ body: (SQLiteReader) throws(CatchmentError) -> R
  ) throws(CatchmentError) -> R {
    do throws(CatchmentError) {
      let database = try SQLiteFile(reading: path)
      defer { database.close() }
      let limit = bench.rowLimit
      var reader = try SQLiteReader(
        database, from: choice.from(limit: bound == nil ? limit : nil, SQL.identifier))
      if let bound { try reader.take(since: bound, limit: limit, in: bench) }
      return try body(reader)
    } catch  where error.code == .destinationUnavailable || error.code == .locked {
      if let cause = error.cause, cause.contains("no such") || cause.contains("syntax") {
        throw choice.failure(of: path, cause: cause)
      }
      throw CatchmentError(
        .sourceUnavailable, "\(path) cannot be read as a SQLite database",
        hint: "check the path and who may read it; if another program writes to it, try again",
        cause: error.cause ?? error.message)
    }
  }

  /// A value that a column cannot keep as it is has all rows read again, the column as another type;
  /// at most twice for each.
  private static func write(
    _ first: SQLiteReader, to file: String, in bench: Workbench
  ) throws(CatchmentError) -> String {
    var reader = first
    while true {
      let columns = reader.columns.map {
        TableSnapshot.Column(name: $0.name, kept: $0.kept, meant: $0.meant)
      }
      let rows = try ForeignRows(columns.map { .init($0.name, $0.kept) }, in: bench) {
        [reader] in try reader.fill()
      }
      do throws(CatchmentError) {
        return try rows.told { () throws(CatchmentError) in
          try TableSnapshot(columns: columns).write(
            "SELECT * FROM \(rows.sql)", to: file, in: bench)
        }
      } catch {
        guard let misfit = rows.failure as? SQLiteReader.Misfit else { throw error }
        reader.keep(misfit)
      }
    }
  }

  public func read(
    _ unit: Unit, keptAt path: String, in bench: Workbench
  ) throws(CatchmentError) -> Extracted {
    try TableSnapshot.read(path, in: bench)
  }
}

extension TableSource where Self == SQLiteSource {
  /// Every row of a table in a SQLite file.
  public static func sqlite(_ path: String, table: String) -> SQLiteSource {
    SQLiteSource(path, table: table)
  }

  /// The rows that a query of a SQLite file gives.
  public static func sqlite(_ path: String, query: String) -> SQLiteSource {
    SQLiteSource(path, query: query)
  }
}
