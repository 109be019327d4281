internal import Catchment
internal import DuckDB

/// Rows in the format of PostgreSQL's binary COPY, put together in one buffer.
struct BinaryRows {
  /// When the buffer is worth sending.
  private static let full = 1 << 18
  private static let header: [UInt8] =
    Array("PGCOPY\n".utf8) + [0xFF] + Array("\r\n\0".utf8) + [0, 0, 0, 0, 0, 0, 0, 0]

  private let types: [PostgreSQLType]
  private let buffer = ByteBuffer(capacity: full * 2)

  init(_ columns: [FollowerTable.Column]) {
    types = columns.map { PostgreSQLType($0.type) }
    Self.header.withUnsafeBytes(buffer.append)
  }

  /// A column of a chunk: of numbers and nothing else, as it is copied for every value.
  private struct Column: BitwiseCopyable {
    let reader: ColumnReader
    let form: Form
  }

  /// How a column's values lie in the engine's memory and are sent.
  private enum Form: BitwiseCopyable {
    case boolean, bits16, bits32, bits64, date, timestamp, text, bytes
    /// A decimal of up to 18 digits, with how many bytes hold it and how many digits are behind the point.
    case decimal(width: Int, scale: Int)
    /// A value of another kind, which is boxed first.
    case boxed

    init(_ type: PostgreSQLType, _ logical: LogicalType) {
      switch (type, logical) {
      case (.boolean, .boolean): self = .boolean
      case (.smallint, .smallint): self = .bits16
      case (.integer, .integer), (.float, .float): self = .bits32
      case (.bigint, .bigint), (.time, .time), (.double, .double): self = .bits64
      case (.date, .date): self = .date
      case (.timestamp, .timestamp), (.timestampTZ, .timestampTZ): self = .timestamp
      case (.text, .varchar), (.text, .json): self = .text
      case (.bytes, .blob): self = .bytes
      case (.decimal, .decimal(let width, let scale)) where width <= 18:
        self = .decimal(width: width <= 4 ? 2 : width <= 9 ? 4 : 8, scale: scale)
      default: self = .boxed
      }
    }
  }

  /// Adds the rows of a chunk, handing the buffer over whenever it is full.
  func append(
    _ chunk: DataChunk, _ send: (UnsafeRawBufferPointer) throws(CatchmentError) -> Void
  ) throws(CatchmentError) {
    let vectors = types.indices.map(chunk.column)
    let columns = zip(vectors, types).map {
      Column(reader: $0.reader, form: Form($1, $0.type))
    }
    defer { withExtendedLifetime(chunk) {} }
    for row in 0..<chunk.rowCount {
      buffer.append(Int16(types.count))
      columns.withUnsafeBufferPointer { columns in
        for place in columns.indices {
          let column = columns[place]
          if column.reader.isNull(at: row) {
            buffer.append(Int32(-1))
          } else if case .boxed = column.form {
            append(vectors[place], row, types[place])
          } else {
            append(column, row)
          }
        }
      }
      if buffer.count >= Self.full { try flush(send) }
    }
  }

  /// Ends the copy.
  func finish(
    _ send: (UnsafeRawBufferPointer) throws(CatchmentError) -> Void
  ) throws(CatchmentError) {
    buffer.append(Int16(-1))
    try flush(send)
  }

  private func flush(
    _ send: (UnsafeRawBufferPointer) throws(CatchmentError) -> Void
  ) throws(CatchmentError) {
    try send(buffer.bytes)
    // A record of many megabytes is no reason to keep as much for all that follow.
    buffer.removeAll(keepingUpTo: Self.full * 16)
  }

  // MARK: Values where they lie

  @inline(__always)
  private func append(_ column: Column, _ row: Int) {
    let reader = column.reader
    switch column.form {
    case .boolean: field(reader.value(at: row, as: UInt8.self))
    case .bits16: field(reader.value(at: row, as: Int16.self))
    case .bits32: field(reader.value(at: row, as: Int32.self))
    case .bits64: field(reader.value(at: row, as: Int64.self))
    case .date: field(PostgreSQLTime.date(Int64(reader.value(at: row, as: Int32.self))))
    case .timestamp: field(PostgreSQLTime.timestamp(reader.value(at: row, as: Int64.self)))
    case .text: append(text: reader.bytes(at: row))
    case .bytes: append(plain: reader.bytes(at: row))
    case .decimal(let width, let scale): append(decimal: reader, row, width, scale)
    case .boxed: break
    }
  }

  private func append(decimal reader: ColumnReader, _ row: Int, _ width: Int, _ scale: Int) {
    let number =
      switch width {
      case 2: Int64(reader.value(at: row, as: Int16.self))
      case 4: Int64(reader.value(at: row, as: Int32.self))
      default: reader.value(at: row, as: Int64.self)
      }
    append(numeric: PostgreSQLNumeric(number, scale: scale))
  }

  private func append(text: UnsafeRawBufferPointer) {
    guard PostgreSQLText.mustEscape(text) else { return append(plain: text) }
    var escaped: [UInt8] = []
    PostgreSQLText.append(text, to: &escaped)
    escaped.withUnsafeBytes(append(plain:))
  }

  @inline(__always)
  private func append(plain: UnsafeRawBufferPointer) {
    buffer.append(Int32(clamping: plain.count))
    buffer.append(plain)
  }

  @inline(__always)
  private func field<T: FixedWidthInteger>(_ value: T) {
    buffer.append(Int32(MemoryLayout<T>.size))
    buffer.append(value)
  }

  // MARK: Values in boxes

  private func append(_ column: Vector, _ row: Int, _ type: PostgreSQLType) {
    switch type {
    case .boolean: field(UInt8(column.bool(at: row) ? 1 : 0))
    case .smallint: field(Int16(truncatingIfNeeded: column.int64(at: row)))
    case .integer: field(Int32(truncatingIfNeeded: column.int64(at: row)))
    case .bigint, .time: field(column.int64(at: row))
    case .unsigned: append(numeric: PostgreSQLNumeric(column.uint64(at: row)))
    case .decimal: append(numeric: PostgreSQLNumeric(column.value(at: row).description))
    case .float: field(Float(column.double(at: row)).bitPattern)
    case .double: field(column.double(at: row).bitPattern)
    case .date: field(PostgreSQLTime.date(column.int64(at: row)))
    case .timestamp, .timestampTZ: field(PostgreSQLTime.timestamp(column.timestamp(at: row)))
    case .uuid: append(uuid: column.uuid(at: row))
    case .text: column.withBytes(at: row) { append(text: $0) }
    case .bytes: column.withBytes(at: row) { append(plain: $0) }
    case .json: column.withBytes(at: row) { append(json: $0) }
    case .texts, .uuids: append(list: column.value(at: row), type)
    }
  }

  /// The binary form of `jsonb` is its text after a version.
  private func append(json: UnsafeRawBufferPointer) {
    var text: [UInt8] = [1]
    PostgreSQLText.append(json: json, to: &text)
    text.withUnsafeBytes(append(plain:))
  }

  private func append(uuid: UUIDBytes) {
    buffer.append(Int32(16))
    buffer.append(uuid.high)
    buffer.append(uuid.low)
  }

  private func append(numeric number: PostgreSQLNumeric) {
    buffer.append(Int32(8 + 2 * number.digits.count))
    buffer.append(Int16(number.digits.count))
    buffer.append(Int16(number.weight))
    buffer.append(Int16(bitPattern: number.isNegative ? 0x4000 : 0))
    buffer.append(Int16(number.scale))
    for digit in number.digits { buffer.append(digit) }
  }

  /// One dimension, counted from 1.
  private func append(list: Value, _ type: PostgreSQLType) {
    guard case .list(let elements) = list else { return buffer.append(Int32(-1)) }
    let start = buffer.count
    buffer.append(Int32(0))
    buffer.append(Int32(elements.isEmpty ? 0 : 1))
    buffer.append(Int32(elements.contains(.null) ? 1 : 0))
    buffer.append(type == .uuids ? Self.uuidOID : Self.textOID)
    if !elements.isEmpty {
      buffer.append(Int32(elements.count))
      buffer.append(Int32(1))
    }
    for element in elements {
      switch element {
      case .uuid(let uuid): append(uuid: uuid)
      case .text(var text): text.withUTF8 { append(text: UnsafeRawBufferPointer($0)) }
      default: buffer.append(Int32(-1))
      }
    }
    buffer.replace(Int32(clamping: buffer.count - start - 4), at: start)
  }

  /// These numbers are the same in every PostgreSQL.
  private static let textOID: Int32 = 25
  private static let uuidOID: Int32 = 2950
}

/// Points in time as PostgreSQL counts them: from 2000 on.
enum PostgreSQLTime {
  static let epochDays: Int64 = 10_957
  static let epochMicros: Int64 = epochDays * 86_400_000_000
  /// 4713 BC: the server knows nothing before.
  private static let firstMicros: Int64 = -211_813_488_000_000_000

  /// What lies before all that the server knows is its `-infinity`, as the engine's is.
  static func timestamp(_ micros: Int64) -> Int64 {
    if micros == .max { return .max }
    let (moved, isTooLow) = micros.subtractingReportingOverflow(epochMicros)
    return isTooLow || moved < firstMicros ? .min : moved
  }

  static func date(_ days: Int64) -> Int32 {
    if days == Int64(Int32.max) { return .max }
    return days < firstMicros / 86_400_000_000 + epochDays
      ? .min : Int32(clamping: days - epochDays)
  }
}
