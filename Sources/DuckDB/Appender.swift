import CDuckDB

/// Rows in bulk into one table, a chunk of 2,048 at a time: the fastest way in.
///
/// ```swift
/// let appender = try Appender(connection, table: "events", columns: ["id", "text"])
/// for event in events {
///   appender.setUUID(0, event.id)
///   appender.setText(1, event.text)
///   try appender.endRow()
/// }
/// try appender.close()
/// ```
///
/// Rows become part of the connection's transaction at `flush()` and `close()`. An appender that
/// goes without `close()` drops what it has not flushed, so that an error leaves no half batch.
/// Not `Sendable`; it keeps the connection alive.
public final class Appender: RowWriter {
  private let connection: HandleSlot
  private var raw: OpaquePointer?
  private var chunk: OpaquePointer?

  /// Opens a table.
  ///
  /// With `columns`, only those are written, in that order; the others take their defaults. Throws
  /// `.catalog` when there is no such table or column.
  public init(
    _ connection: Connection, catalog: String? = nil, schema: String? = nil, table: String,
    columns: [String]? = nil
  ) throws(DuckDBError) {
    let open = try connection.open
    let made = AppenderHandle()
    try made.check(duckdb_appender_create_ext(open.raw, catalog, schema, table, &made.raw))
    for name in columns ?? [] { try made.check(duckdb_appender_add_column(made.raw, name)) }
    let types = (0..<duckdb_appender_column_count(made.raw)).map {
      LogicalType(taking: duckdb_appender_column_type(made.raw, $0))
    }
    self.connection = connection.slot
    self.raw = made.release()
    super.init(types)
    makeChunk()
  }

  deinit {
    _ = duckdb_appender_clear(raw)
    release()
  }

  private func makeChunk() {
    chunk = CType.with(columnTypes) { duckdb_create_data_chunk($0, idx_t(columnTypes.count)) }
    attach { duckdb_data_chunk_get_vector(chunk, idx_t($0)) }
  }

  /// Ends the row; columns not set since the last one are NULL.
  ///
  /// Throws `.misuse` or `.conversion` when a `set` did not fit its column; the row is then dropped
  /// and the appender goes on.
  public func endRow() throws(DuckDBError) {
    try finishRow()
    if row == capacity { try append() }
  }

  /// Hands all rows to the table.
  ///
  /// Throws `.constraint` when one breaks a rule; all that were not flushed before are then lost.
  public func flush() throws(DuckDBError) {
    try append()
    try check(duckdb_appender_flush(raw))
  }

  /// Flushes and ends; calling it twice is harmless, `endRow()` after it throws `.misuse`.
  public func close() throws(DuckDBError) {
    guard raw != nil else { return }
    defer {
      retire(.closed("appender"))
      release()
    }
    try append()
    try check(duckdb_appender_close(raw))
  }

  /// Gives the finished rows to DuckDB, which copies them, and starts over.
  private func append() throws(DuckDBError) {
    guard connection.current != nil else { throw .closed("connection") }
    guard let raw else { throw .closed("appender") }
    guard row > 0 else { return }
    seal()
    duckdb_data_chunk_set_size(chunk, idx_t(row))
    let state = duckdb_append_data_chunk(raw, chunk)
    duckdb_data_chunk_reset(chunk)
    attach { duckdb_data_chunk_get_vector(chunk, idx_t($0)) }
    try check(state)
  }

  private func check(_ state: duckdb_state) throws(DuckDBError) {
    if state != CDUCKDB_OK { throw DuckDBError(ofAppender: raw) }
  }

  private func release() {
    duckdb_destroy_data_chunk(&chunk)
    _ = duckdb_appender_destroy(&raw)
  }
}

/// An appender while it is being set up: destroyed when that fails.
private final class AppenderHandle {
  var raw: OpaquePointer?

  func check(_ state: duckdb_state) throws(DuckDBError) {
    if state != CDUCKDB_OK { throw DuckDBError(ofAppender: raw) }
  }

  func release() -> OpaquePointer? {
    defer { raw = nil }
    return raw
  }

  deinit { _ = duckdb_appender_destroy(&raw) }
}

extension DuckDBError {
  fileprivate init(ofAppender raw: OpaquePointer?) {
    var data = duckdb_appender_error_data(raw)
    defer { duckdb_destroy_error_data(&data) }
    let message = duckdb_error_data_message(data).map { String(cString: $0) } ?? "Unknown error."
    let code = Code(duckdb: message)
    // An appender's message lacks the prefix; the type then says as much.
    self.init(code == .other ? Code(duckdb_error_data_error_type(data)) : code, message)
  }
}

extension DuckDBError.Code {
  fileprivate init(_ type: duckdb_error_type) {
    switch type {
    case DUCKDB_ERROR_CATALOG, DUCKDB_ERROR_INVALID_INPUT: self = .catalog
    case DUCKDB_ERROR_CONSTRAINT: self = .constraint
    case DUCKDB_ERROR_CONVERSION: self = .conversion
    case DUCKDB_ERROR_OUT_OF_MEMORY: self = .outOfMemory
    case DUCKDB_ERROR_TRANSACTION: self = .conflict
    case DUCKDB_ERROR_IO: self = .io
    default: self = .other
    }
  }
}
