import CDuckDB

/// What a statement gave back: columns, and chunks of up to 2,048 rows until there are no more.
///
/// ```swift
/// while let chunk = try result.next() {
///   let ids = chunk.column(0)
///   for row in 0..<chunk.rowCount { total += ids.int64(at: row) }
/// }
/// ```
public final class ResultSet {
  private var raw: duckdb_result
  private let connection: HandleSlot
  private let sql: String
  private var isAtEnd = false
  /// The columns' names, in order.
  public let columnNames: [String]
  /// The columns' types, in order.
  public let columnTypes: [LogicalType]

  init(
    adopting result: duckdb_result, _ state: duckdb_state, sql: String, connection: HandleSlot
  ) throws(DuckDBError) {
    var raw = result
    guard state == CDUCKDB_OK else {
      defer { duckdb_destroy_result(&raw) }
      throw DuckDBError(duckdb: duckdb_result_error(&raw), sql: sql)
    }
    let columns = 0..<duckdb_column_count(&raw)
    columnNames = columns.map { String(cString: duckdb_column_name(&raw, $0)) }
    columnTypes = columns.map { LogicalType(taking: duckdb_column_logical_type(&raw, $0)) }
    self.raw = raw
    self.connection = connection
    self.sql = sql
  }

  deinit { duckdb_destroy_result(&raw) }

  /// How many rows an INSERT, UPDATE, DELETE or MERGE changed; 0 for anything else.
  public var rowsChanged: Int { Int(duckdb_rows_changed(&raw)) }

  /// The next rows, or nil at the end, however often it is asked.
  public func next() throws(DuckDBError) -> DataChunk? {
    guard connection.current != nil else { throw .closed("connection") }
    guard !isAtEnd else { return nil }
    guard let chunk = duckdb_fetch_chunk(raw) else {
      isAtEnd = true
      guard let message = duckdb_result_error(&raw), message.pointee != 0 else { return nil }
      throw DuckDBError(duckdb: message, sql: sql)
    }
    return DataChunk(chunk, types: columnTypes, isOwned: true)
  }

  /// All rows that are left, boxed: for small results.
  public func rows() throws(DuckDBError) -> [[Value]] {
    var all: [[Value]] = []
    while let chunk = try next() {
      for row in 0..<chunk.rowCount { all.append(chunk.row(row)) }
    }
    return all
  }

  /// The first column of the next row, or nil when there is no row.
  public func scalar() throws(DuckDBError) -> Value? {
    guard let chunk = try next(), chunk.rowCount > 0, chunk.columnCount > 0 else { return nil }
    return chunk.column(0).value(at: 0)
  }
}
