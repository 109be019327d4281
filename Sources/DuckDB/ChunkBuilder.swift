import CDuckDB

/// Makes chunks of rows outside of any query, column by column; a table function hands them on as they
/// lie.
///
/// ```swift
/// let chunk = ChunkBuilder([.bigint])
/// var numbers = chunk.column(0, of: Int64.self, rows: 2)
/// numbers.set(0, 17)
/// numbers.setNull(1)
/// let rows = chunk.finish(rowCount: 2)   // on any thread
/// try output.show(rows)                  // on the engine's
/// ```
public final class ChunkBuilder: RowWriter {
  private let types: [CType]
  private var chunk: Handle

  /// An empty chunk.
  public override init(_ types: [LogicalType]) {
    self.types = types.map(CType.init)
    chunk = Self.makeChunk(self.types)
    super.init(types)
    attach(chunk)
  }

  deinit { FilledChunk.destroy(chunk) }

  /// A column of numbers, whose first `rows` are all to be set.
  ///
  /// `Element` is how the column's type lies in memory, such as `Int32` for `DATE`; anything else is a
  /// programmer's error.
  public func column<Element: BitwiseCopyable>(
    _ index: Int, of element: Element.Type, rows: Int
  ) -> ColumnWriter<Element> {
    let memory = memory(index, of: rows)
    precondition(
      memory.pointee.storage.width == MemoryLayout<Element>.size,
      "A column of type \(memory.pointee.type) is none of \(element).")
    return ColumnWriter(memory)
  }

  /// A column of text, whose first `rows` are all to be set.
  public func textColumn(_ index: Int, rows: Int) -> TextColumnWriter {
    let memory = memory(index, of: rows)
    precondition(memory.pointee.storage == .bytes, "\(memory.pointee.type) is no text.")
    return TextColumnWriter(memory)
  }

  /// Ends the row when rows are set one after another; columns not set since the last one are NULL.
  ///
  /// Throws `.conversion` or `.misuse` when a `set` did not fit its column; the row is then as if never begun.
  public func endRow() throws(DuckDBError) { try finishRow() }

  /// Forgets what was written.
  public func restart() {
    duckdb_data_chunk_reset(chunk.raw)
    attach(chunk)
  }

  /// The first `rowCount` rows; what follows is written into a new chunk.
  public func finish(rowCount: Int) -> FilledChunk {
    seal(at: rowCount)
    duckdb_data_chunk_set_size(chunk.raw, idx_t(rowCount))
    defer {
      chunk = Self.makeChunk(types)
      attach(chunk)
    }
    return FilledChunk(chunk, rowCount: rowCount)
  }

  private func attach(_ chunk: Handle) {
    attach { duckdb_data_chunk_get_vector(chunk.raw, idx_t($0)) }
  }

  private static func makeChunk(_ types: [CType]) -> Handle {
    withExtendedLifetime(types) {
      var raw = types.map { $0.with { $0 } }
      guard let chunk = duckdb_create_data_chunk(&raw, idx_t(types.count)) else {
        preconditionFailure("DuckDB made no chunk")
      }
      return Handle(raw: chunk)
    }
  }
}

/// Rows that were made by a `ChunkBuilder`, and change no more.
public final class FilledChunk: Sendable {
  let handle: Handle
  /// How many rows there are.
  public let rowCount: Int

  init(_ handle: Handle, rowCount: Int) {
    self.handle = handle
    self.rowCount = rowCount
  }

  deinit { Self.destroy(handle) }

  static func destroy(_ handle: Handle) {
    var raw: OpaquePointer? = handle.raw
    duckdb_destroy_data_chunk(&raw)
  }
}
