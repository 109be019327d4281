import CDuckDB
import Synchronization

/// The chunks that appenders have filled, where the engine finds them.
///
/// The engine's own appender copies every chunk into a collection, and reads that. Here an INSERT
/// reads the chunks where they lie: `INSERT INTO t SELECT * FROM pending_rows(7)`, where 7 is the
/// appender's number. A number that no appender has is an error.
enum PendingRows {
  static let function = "pending_rows"

  /// What one appender shows: the types of its columns, and the chunks of the batch that is being
  /// inserted.
  struct Batch: Sendable {
    var types: [Handle]
    var chunks: [Handle] = []
  }

  private struct Appenders {
    var last: Int64 = 0
    var batches: [Int64: Batch] = [:]
  }

  private static let appenders = Mutex(Appenders())

  /// Gives a new appender its number.
  static func open(types: [Handle]) -> Int64 {
    appenders.withLock { appenders in
      appenders.last += 1
      appenders.batches[appenders.last] = Batch(types: types)
      return appenders.last
    }
  }

  static func show(_ chunks: [Handle], of number: Int64) {
    appenders.withLock { $0.batches[number]?.chunks = chunks }
  }

  static func close(_ number: Int64) {
    appenders.withLock { _ = $0.batches.removeValue(forKey: number) }
  }

  fileprivate static func batch(_ number: Int64) throws(DuckDBError) -> Batch {
    guard let batch = appenders.withLock({ $0.batches[number] }) else {
      throw DuckDBError(.misuse, "There is no appender \(number).")
    }
    return batch
  }

  /// Makes the function known to a database that was just opened; a second opening finds it there.
  static func register(with connection: OpaquePointer?) {
    var raw = duckdb_create_table_function()
    defer { duckdb_destroy_table_function(&raw) }
    duckdb_table_function_set_name(raw, function)
    CType(.bigint).with { duckdb_table_function_add_parameter(raw, $0) }
    duckdb_table_function_set_bind(raw, bindPending)
    duckdb_table_function_set_init(raw, openPending)
    duckdb_table_function_set_function(raw, showPending)
    _ = duckdb_register_table_function(connection, raw)
  }
}

/// How far an INSERT has read a batch.
private final class PendingReader {
  private var rest: ArraySlice<Handle>

  init(_ chunks: [Handle]) { rest = chunks[...] }

  /// Lets the engine's chunk refer to the next one of ours; without one it stays empty, the end.
  func next(into output: OpaquePointer) {
    guard let chunk = rest.popFirst()?.raw else { return }
    for column in 0..<duckdb_data_chunk_get_column_count(chunk) {
      duckdb_vector_reference_vector(
        duckdb_data_chunk_get_vector(output, column), duckdb_data_chunk_get_vector(chunk, column))
    }
    duckdb_data_chunk_set_size(output, duckdb_data_chunk_get_size(chunk))
  }
}

// MARK: The callbacks, on DuckDB's threads.

private let bindPending: @convention(c) (OpaquePointer?) -> Void = { info in
  report(info, duckdb_bind_set_error) {
    let number = Value(taking: duckdb_bind_get_parameter(info, 0)).int64 ?? 0
    for (index, type) in try PendingRows.batch(number).types.enumerated() {
      duckdb_bind_add_result_column(info, "column\(index)", type.raw)
    }
    duckdb_bind_set_bind_data(info, Box.retain(number), destroyBox)
  }
}

private let openPending: @convention(c) (OpaquePointer?) -> Void = { info in
  report(info, duckdb_init_set_error) {
    let number = try box(Int64.self, duckdb_init_get_bind_data(info))
    let reader = PendingReader(try PendingRows.batch(number).chunks)
    duckdb_init_set_init_data(info, Box.retain(reader), destroyBox)
  }
}

private let showPending: @convention(c) (OpaquePointer?, OpaquePointer?) -> Void = { info, chunk in
  guard let chunk else { return }
  report(info, duckdb_function_set_error) {
    try box(PendingReader.self, duckdb_function_get_init_data(info)).next(into: chunk)
  }
}
