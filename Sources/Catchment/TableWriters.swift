public import DuckDB

/// The open appenders of a load, one a table, in the order of the source's tables.
///
/// Not shared between threads: each worker loads through writers of its own.
public final class TableWriters {
  private let appenders: [Appender]

  /// One for each of the source's tables, in the order of `Source.tables`.
  public init(_ appenders: [Appender]) { self.appenders = appenders }

  /// The appender of a table, by its place in `Source.tables`.
  public subscript(table: Int) -> Appender { appenders[table] }
}
