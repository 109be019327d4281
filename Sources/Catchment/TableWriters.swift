public import DuckDB

/// The open appenders of a load, one a table, in the order of the source's tables.
///
/// Not shared between threads: each worker loads through writers of its own.
public final class TableWriters {
  private let writers: [TableWriter]

  public init(_ writers: [TableWriter]) { self.writers = writers }

  /// The writer of a table, by its place in `Source.tables`.
  public subscript(table: Int) -> TableWriter { writers[table] }
}

/// Appends rows to one table and tells the undo log each row's key.
public final class TableWriter {
  public let rows: Appender
  private let log: (UUIDBytes) throws(DuckDBError) -> Void

  public init(rows: Appender, log: @escaping (UUIDBytes) throws(DuckDBError) -> Void) {
    self.rows = rows
    self.log = log
  }

  /// Ends the row that `rows` holds. Columns that were not set are NULL.
  @inline(__always)
  public func endRow(key: UUIDBytes) throws(DuckDBError) {
    try rows.endRow()
    try log(key)
  }
}
