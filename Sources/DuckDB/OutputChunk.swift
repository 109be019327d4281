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
  private let raw: OpaquePointer?
  private let projection: [Int]

  /// The chunk of a table function.
  ///
  /// A column that the query does not read has no vector.
  init(_ chunk: OpaquePointer, types: [LogicalType], projection: [Int]) {
    wanted = Set(projection)
    (raw, self.projection) = (chunk, projection)
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
    (raw, projection) = (nil, [])
    super.init([type])
    attach { _ in vector }
  }

  /// Whether no further row fits.
  public var isFull: Bool { row == capacity }

  /// Whether the query reads the column; setting one that it does not read does nothing.
  public func isWanted(_ column: Int) -> Bool { wanted?.contains(column) ?? true }

  /// Hands on rows that were made elsewhere, as they lie; nothing else may be in the chunk.
  ///
  /// Throws `.misuse` when it has rows already, or is none of a table function.
  public func show(_ rows: FilledChunk) throws(DuckDBError) {
    guard let raw, row == 0 else { throw DuckDBError(.misuse, "The chunk has rows of its own.") }
    for (place, column) in projection.enumerated() {
      duckdb_vector_reference_vector(
        duckdb_data_chunk_get_vector(raw, idx_t(place)),
        duckdb_data_chunk_get_vector(rows.handle.raw, idx_t(column)))
    }
    take(rows.rowCount)
  }

  /// Ends the row; columns not set since the last one are NULL.
  ///
  /// Throws `.misuse` when the chunk is full or a `set` did not fit its column.
  public func endRow() throws(DuckDBError) {
    guard !isFull else { throw DuckDBError(.misuse, "The chunk holds \(capacity) rows.") }
    try finishRow()
  }
}
