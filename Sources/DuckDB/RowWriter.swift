import CDuckDB

/// Rows written column by column into DuckDB's memory: what `Appender` and `OutputChunk` share.
///
/// Each `set` writes the current row of one column; what is not set is NULL. A `set` that does not
/// fit its column is remembered, and ends with an error from `endRow()`.
public class RowWriter {
  private let columns: UnsafeMutablePointer<ColumnMemory>
  /// The columns' types, in order.
  public final let columnTypes: [LogicalType]
  /// How many rows a chunk holds: 2,048.
  public final let capacity = Int(duckdb_vector_size())
  /// Behind a pointer, because a class's variables are watched for overlapping use at every touch.
  private let cursor: UnsafeMutablePointer<Cursor>

  init(_ types: [LogicalType]) {
    columnTypes = types
    cursor = .allocate(capacity: 1)
    cursor.initialize(to: Cursor())
    columns = .allocate(capacity: types.count)
    for (index, type) in types.enumerated() {
      (columns + index).initialize(to: ColumnMemory(type))
    }
  }

  deinit {
    for index in columnTypes.indices { columns[index].destroy() }
    columns.deinitialize(count: columnTypes.count)
    columns.deallocate()
    cursor.deinitialize(count: 1)
    cursor.deallocate()
  }

  private struct Cursor {
    var row = 0
    var failure: DuckDBError?
    var isRetired = false
  }

  /// The row being written, counted from 0 in each chunk.
  public final var row: Int { cursor.pointee.row }

  // MARK: Numbers

  /// A whole number; for dates, times and timestamps, the count in the column's unit.
  public final func set(_ column: Int, _ value: Int64) {
    guard let memory = open(column) else { return }
    switch memory.pointee.numbers {
    case .int64: memory.pointee.store(value, at: row)
    case .int32: store(Int32(exactly: value), memory)
    case .int16: store(Int16(exactly: value), memory)
    case .int8: store(Int8(exactly: value), memory)
    case .uint64: store(UInt64(exactly: value), memory)
    case .double: memory.pointee.store(Double(value), at: row)
    default: setWide(memory, Int128(value))
    }
  }

  public final func set(_ column: Int, _ value: Int) { set(column, Int64(value)) }

  public final func set(_ column: Int, _ value: Int32) { set(column, Int64(value)) }

  /// A whole number that may be above `Int64.max`, for any column of numbers that it fits.
  public final func set(_ column: Int, _ value: UInt64) {
    guard let memory = open(column) else { return }
    if memory.pointee.numbers == .uint64 {
      memory.pointee.store(value, at: row)
    } else {
      setWide(memory, Int128(value))
    }
  }

  /// For a `DOUBLE` column, or rounded to the nearest for a `FLOAT` one.
  public final func set(_ column: Int, _ value: Double) {
    guard let memory = open(column) else { return }
    switch memory.pointee.numbers {
    case .double: memory.pointee.store(value, at: row)
    case .float: memory.pointee.store(Float(value), at: row)
    default: mismatch(memory, "a floating-point number")
    }
  }

  /// For a `BOOLEAN` column and no other: numbers are not taken for booleans.
  public final func set(_ column: Int, _ value: Bool) {
    guard let memory = open(column) else { return }
    guard memory.pointee.storage == .boolean else { return mismatch(memory, "a boolean") }
    memory.pointee.store(value ? 1 : 0 as UInt8, at: row)
  }

  /// A `DECIMAL`, as the whole number that it is without its point: 12.50 of two places is 1250.
  public final func setDecimal(_ column: Int, _ unscaled: Int64) {
    guard let memory = open(column) else { return }
    guard memory.pointee.isDecimal else { return mismatch(memory, "a decimal") }
    switch memory.pointee.storage {
    case .int64: memory.pointee.store(unscaled, at: row)
    case .int32: store(Int32(exactly: unscaled), memory)
    case .int16: store(Int16(exactly: unscaled), memory)
    default: setWide(memory, Int128(unscaled))
    }
  }

  /// A `TIMESTAMP`, with or without time zone: microseconds since 1970 UTC.
  public final func setTimestamp(_ column: Int, _ micros: Int64) {
    guard let memory = open(column) else { return }
    guard memory.pointee.isTimestamp else { return mismatch(memory, "a timestamp") }
    memory.pointee.store(micros, at: row)
  }

  /// For a `UUID` column, without a detour through text.
  public final func setUUID(_ column: Int, _ uuid: UUIDBytes) {
    guard let memory = open(column) else { return }
    guard memory.pointee.isUUID else { return mismatch(memory, "a UUID") }
    memory.pointee.store(uuid: uuid, at: row)
  }

  // MARK: Text and bytes

  /// Text whose bytes are known to be valid UTF-8; they are copied, not checked.
  public final func setText(_ column: Int, _ utf8: UnsafeRawBufferPointer) {
    guard let memory = open(column) else { return }
    guard memory.pointee.storage == .bytes else { return mismatch(memory, "text") }
    guard utf8.count <= Self.longest else { return tooLong(memory) }
    memory.pointee.store(bytes: utf8, at: row)
  }

  /// Text for a `VARCHAR` column or another that is stored as bytes, at most 4,294,967,295 bytes of
  /// UTF-8.
  public final func setText(_ column: Int, _ text: String) {
    var text = text
    text.withUTF8 { setText(column, UnsafeRawBufferPointer($0)) }
  }

  /// Bytes of a `BLOB`.
  public final func setBlob(_ column: Int, _ bytes: UnsafeRawBufferPointer) {
    guard let memory = open(column) else { return }
    guard memory.pointee.type == .blob else { return mismatch(memory, "a blob") }
    guard bytes.count <= Self.longest else { return tooLong(memory) }
    memory.pointee.store(bytes: bytes, at: row)
  }

  /// A row of a `VARCHAR[]` column.
  public final func setTextList(_ column: Int, _ texts: [String]) {
    guard let memory = open(column) else { return }
    guard memory.pointee.type == .list(.varchar) else { return mismatch(memory, "a text list") }
    for (index, text) in zip(memory.pointee.openList(row, count: texts.count), texts) {
      memory.pointee.children[0].open(index)
      memory.pointee.children[0].store(text: text, at: index)
    }
  }

  /// A row of a `UUID[]` column.
  public final func setUUIDList(_ column: Int, _ uuids: [UUIDBytes]) {
    guard let memory = open(column) else { return }
    guard memory.pointee.type == .list(.uuid) else { return mismatch(memory, "a UUID list") }
    for (index, uuid) in zip(memory.pointee.openList(row, count: uuids.count), uuids) {
      memory.pointee.children[0].open(index)
      memory.pointee.children[0].store(uuid: uuid, at: index)
    }
  }

  // MARK: Anything

  /// NULL, which is what a column is that nothing set.
  public final func setNull(_ column: Int) {
    guard let memory = open(column) else { return }
    memory.pointee.setNull(row)
  }

  /// A boxed value of any type that fits the column: slower, for what has no `set` of its own.
  public final func set(_ column: Int, _ value: Value) {
    guard let memory = open(column) else { return }
    do { try memory.pointee.store(value, at: row) } catch { fail(error) }
  }

  // MARK: Chunks

  /// The row is as if never begun.
  public final func abandonRow() { _ = discardRow() }

  /// The row is whole: go to the next.
  ///
  /// After an error the row is as if never begun.
  final func finishRow() throws(DuckDBError) {
    if cursor.pointee.failure != nil { throw discardRow() }
    cursor.pointee.row &+= 1
  }

  private final func discardRow() -> DuckDBError {
    for index in columnTypes.indices { columns[index].discard(row) }
    defer { if !cursor.pointee.isRetired { cursor.pointee.failure = nil } }
    return cursor.pointee.failure ?? DuckDBError(.other, "The row was not written.")
  }

  /// The chunk has so many rows, which were not written here.
  final func take(_ rowCount: Int) {
    detach()
    cursor.pointee.row = rowCount
  }

  /// From now on every row fails with this error, and no memory is touched.
  final func retire(_ error: DuckDBError) {
    detach()
    cursor.pointee.failure = error
    cursor.pointee.isRetired = true
  }

  /// Forgets the vectors, whose memory is DuckDB's again: what is set from now on goes nowhere.
  final func detach() { attach { _ in nil } }

  /// Begins a chunk that holds no rows.
  final func attach(_ vector: (Int) -> OpaquePointer?) {
    cursor.pointee.row = 0
    cursor.pointee.failure = nil
    for index in columnTypes.indices { columns[index].attach(vector(index)) }
  }

  /// Ends the chunk's columns at the rows that were finished.
  final func seal() { seal(at: row) }

  final func seal(at count: Int) {
    for index in columnTypes.indices {
      columns[index].discard(count)
      columns[index].seal(count)
    }
  }

  /// Where a column lies, of which the first `count` rows are about to be set, each of them.
  final func memory(_ column: Int, of count: Int) -> UnsafeMutablePointer<ColumnMemory> {
    precondition(columnTypes.indices.contains(column), "There is no column \(column).")
    precondition(count <= capacity, "A chunk holds \(capacity) rows.")
    columns[column].claim(count)
    return columns + column
  }

  // MARK: Within

  private static let longest = Int(UInt32.max)

  @inline(__always)
  private final func open(_ column: Int) -> UnsafeMutablePointer<ColumnMemory>? {
    guard UInt(bitPattern: column) < UInt(bitPattern: columnTypes.count) else {
      fail(DuckDBError(.misuse, "There is no column \(column)."))
      return nil
    }
    let memory = columns + column
    // A table function's column that the query does not read.
    guard memory.pointee.vector != nil else { return nil }
    memory.pointee.open(row)
    return memory
  }

  private final func store<T: FixedWidthInteger & BitwiseCopyable>(
    _ value: T?, _ memory: UnsafeMutablePointer<ColumnMemory>
  ) {
    guard let value else { return outOfRange(memory) }
    memory.pointee.store(value, at: row)
  }

  private final func setWide(_ memory: UnsafeMutablePointer<ColumnMemory>, _ value: Int128) {
    do { try memory.pointee.store(number: value, at: row) } catch { fail(error) }
  }

  private final func fail(_ error: DuckDBError) {
    if cursor.pointee.failure == nil { cursor.pointee.failure = error }
  }

  private final func mismatch(_ memory: UnsafeMutablePointer<ColumnMemory>, _ what: String) {
    fail(DuckDBError(.misuse, "A column of type \(memory.pointee.type) does not take \(what)."))
  }

  private final func outOfRange(_ memory: UnsafeMutablePointer<ColumnMemory>) {
    let type = memory.pointee.type
    fail(DuckDBError(.conversion, "The number does not fit a column of type \(type)."))
  }

  private final func tooLong(_ memory: UnsafeMutablePointer<ColumnMemory>) {
    fail(DuckDBError(.conversion, "A \(memory.pointee.type) holds at most 4,294,967,295 bytes."))
  }
}
