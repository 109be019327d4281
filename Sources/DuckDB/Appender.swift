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
/// Rows become part of the connection's transaction in batches as they come, and the last of them at
/// `flush()` and `close()`. An appender that goes without `close()` drops what it has not flushed:
/// begin a transaction where an error must leave nothing behind.
/// Not `Sendable`; it keeps the connection alive.
public final class Appender: RowWriter {
  /// How many chunks are inserted at once: few, so that they are still in the processor's cache and
  /// their memory is soon used again; not one, because every INSERT has a cost of its own.
  private static let batchSize = 4

  private let number: Int64
  private let types: [Handle]
  private var insert: Statement?
  private var chunk: Handle
  /// Chunks that wait to be inserted, and empty ones to be used again.
  private var filled: [Handle] = []
  private var spare: [Handle] = []

  /// Opens a table.
  ///
  /// With `columns`, only those are written, in that order; the others take their defaults. Throws
  /// `.catalog` when there is no such table or column.
  public init(
    _ connection: Connection, catalog: String? = nil, schema: String? = nil, table: String,
    columns: [String]? = nil
  ) throws(DuckDBError) {
    types = try TableTypes(connection, catalog, schema, table, columns ?? []).taken()
    number = PendingRows.open(types: types)
    chunk = Self.makeChunk(types)
    super.init(types.map { LogicalType($0.raw) })
    attach(chunk)
    let name = [catalog, schema, table].compactMap { $0?.quoted }.joined(separator: ".")
    let list = columns.map { "(\($0.map(\.quoted).joined(separator: ", ")))" } ?? ""
    insert = try connection.prepare(
      "INSERT INTO \(name) \(list) SELECT * FROM \(PendingRows.function)(\(number))")
  }

  deinit {
    PendingRows.close(number)
    for chunk in filled + spare + [chunk] {
      var raw: OpaquePointer? = chunk.raw
      duckdb_destroy_data_chunk(&raw)
    }
    for type in types {
      var raw: OpaquePointer? = type.raw
      duckdb_destroy_logical_type(&raw)
    }
  }

  /// Ends the row; columns not set since the last one are NULL.
  ///
  /// Throws `.misuse` or `.conversion` when a `set` did not fit its column; the row is then dropped
  /// and the appender goes on. Throws what `flush` throws when the row fills a batch.
  public func endRow() throws(DuckDBError) {
    try finishRow()
    if row == capacity { try endChunk() }
  }

  /// Hands all rows to the table.
  ///
  /// Throws `.constraint` when one breaks a rule; all that were not flushed before are then lost.
  public func flush() throws(DuckDBError) {
    if row > 0 { try endChunk() }
    try insertFilled()
  }

  /// Flushes and ends; calling it twice is harmless, `endRow()` after it throws `.misuse`.
  public func close() throws(DuckDBError) {
    guard insert != nil else { return }
    defer {
      retire(.closed("appender"))
      insert = nil
    }
    try flush()
  }

  private func endChunk() throws(DuckDBError) {
    seal()
    duckdb_data_chunk_set_size(chunk.raw, idx_t(row))
    filled.append(chunk)
    chunk = spare.popLast() ?? Self.makeChunk(types)
    attach(chunk)
    if filled.count == Self.batchSize { try insertFilled() }
  }

  private func insertFilled() throws(DuckDBError) {
    guard let insert else { throw .closed("appender") }
    guard !filled.isEmpty else { return }
    PendingRows.show(filled, of: number)
    defer { useAgain() }
    try insert.execute()
  }

  private func useAgain() {
    for chunk in filled { duckdb_data_chunk_reset(chunk.raw) }
    spare += filled
    filled.removeAll(keepingCapacity: true)
    PendingRows.show([], of: number)
  }

  private func attach(_ chunk: Handle) {
    attach { duckdb_data_chunk_get_vector(chunk.raw, idx_t($0)) }
  }

  private static func makeChunk(_ types: [Handle]) -> Handle {
    var raw = types.map { Optional($0.raw) }
    guard let chunk = duckdb_create_data_chunk(&raw, idx_t(types.count)) else {
      preconditionFailure("DuckDB made no chunk")
    }
    return Handle(raw: chunk)
  }
}

/// The types of a table's columns as the engine has them, with what `LogicalType` leaves out, such as
/// that a text is JSON.
private final class TableTypes {
  private var raw: OpaquePointer?

  init(
    _ connection: Connection, _ catalog: String?, _ schema: String?, _ table: String,
    _ columns: [String]
  ) throws(DuckDBError) {
    try check(duckdb_appender_create_ext(try connection.open.raw, catalog, schema, table, &raw))
    for name in columns { try check(duckdb_appender_add_column(raw, name)) }
  }

  deinit { _ = duckdb_appender_destroy(&raw) }

  /// The caller destroys them.
  func taken() -> [Handle] {
    (0..<duckdb_appender_column_count(raw)).compactMap {
      duckdb_appender_column_type(raw, $0).map(Handle.init)
    }
  }

  private func check(_ state: duckdb_state) throws(DuckDBError) {
    if state != CDUCKDB_OK { throw DuckDBError(ofAppender: raw) }
  }
}

extension String {
  /// As a name in SQL, whatever it holds.
  fileprivate var quoted: String { "\"\(replacing("\"", with: "\"\""))\"" }
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
