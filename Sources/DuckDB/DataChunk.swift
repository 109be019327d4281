import CDuckDB

/// Up to 2,048 rows of a result, column by column, in DuckDB's own memory.
public final class DataChunk {
  private let raw: OpaquePointer
  private let isOwned: Bool
  /// The columns' types, in order.
  public let columnTypes: [LogicalType]
  /// How many rows there are.
  public let rowCount: Int

  init(_ raw: OpaquePointer, types: [LogicalType], isOwned: Bool) {
    self.raw = raw
    self.isOwned = isOwned
    self.columnTypes = types
    self.rowCount = Int(duckdb_data_chunk_get_size(raw))
  }

  /// A chunk that DuckDB lends for the time of a call.
  convenience init(borrowing raw: OpaquePointer) {
    let types = (0..<duckdb_data_chunk_get_column_count(raw)).map {
      LogicalType(taking: duckdb_vector_get_column_type(duckdb_data_chunk_get_vector(raw, $0)))
    }
    self.init(raw, types: types, isOwned: false)
  }

  deinit {
    guard isOwned else { return }
    var raw: OpaquePointer? = raw
    duckdb_destroy_data_chunk(&raw)
  }

  /// How many columns there are.
  public var columnCount: Int { columnTypes.count }

  /// A column, counted from 0; it keeps the chunk alive.
  ///
  /// Ask once a chunk, not once a row.
  public func column(_ index: Int) -> Vector {
    precondition(columnTypes.indices.contains(index), "There is no column \(index).")
    let vector = duckdb_data_chunk_get_vector(raw, idx_t(index))
    return Vector(vector, columnTypes[index], owner: self)
  }

  /// A row, boxed.
  public func row(_ index: Int) -> [Value] {
    (0..<columnCount).map { column($0).value(at: index) }
  }
}
