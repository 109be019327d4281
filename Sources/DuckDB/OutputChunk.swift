import CDuckDB

/// The rows that a function hands to DuckDB: up to `capacity`, set column by column.
///
/// ```swift
/// while !rows.isFull, let event = next() {
///   rows.set(0, event.number)
///   try rows.endRow()
/// }
/// ```
///
/// Valid only inside the call that received it.
public final class OutputChunk: RowWriter {
  private let wanted: Set<Int>?

  /// The chunk of a table function.
  ///
  /// A column that the query does not read has no vector.
  init(_ chunk: OpaquePointer, types: [LogicalType], projection: [Int]) {
    wanted = Set(projection)
    var places: [Int: Int] = [:]
    for (place, column) in projection.enumerated() { places[column] = place }
    super.init(types)
    attach { column in
      places[column].map { duckdb_data_chunk_get_vector(chunk, idx_t($0)) } ?? nil
    }
  }

  /// The one column of a scalar function.
  init(column vector: OpaquePointer?, type: LogicalType) {
    wanted = nil
    super.init([type])
    attach { _ in vector }
  }

  /// Whether no further row fits.
  public var isFull: Bool { row == capacity }

  /// Whether the query reads the column; setting one that it does not read does nothing.
  public func isWanted(_ column: Int) -> Bool { wanted?.contains(column) ?? true }

  /// Ends the row; columns not set since the last one are NULL.
  ///
  /// Throws `.misuse` when the chunk is full or a `set` did not fit its column.
  public func endRow() throws(DuckDBError) {
    guard !isFull else { throw DuckDBError(.misuse, "The chunk holds \(capacity) rows.") }
    try finishRow()
  }
}
