internal import Catchment
internal import DuckDB

/// Rows in the format of PostgreSQL's binary COPY, put together in one buffer.
struct BinaryRows {
  /// When the buffer is worth sending.
  private static let full = 1 << 18
  private static let header: [UInt8] =
    Array("PGCOPY\n".utf8) + [0xFF] + Array("\r\n\0".utf8) + [0, 0, 0, 0, 0, 0, 0, 0]

  private let types: [PostgreSQLType]
  private(set) var bytes: [UInt8]

  init(_ columns: [FollowerTable.Column]) {
    types = columns.map { PostgreSQLType($0.type) }
    bytes = Self.header
    bytes.reserveCapacity(Self.full * 2)
  }

  /// Adds the rows of a chunk, handing the buffer over whenever it is full.
  mutating func append(
    _ chunk: DataChunk, _ send: (UnsafeRawBufferPointer) throws(CatchmentError) -> Void
  ) throws(CatchmentError) {
    let columns = types.indices.map(chunk.column)
    for row in 0..<chunk.rowCount {
      append(Int16(types.count))
      for (column, type) in zip(columns, types) {
        if column.isNull(at: row) { append(Int32(-1)) } else { append(column, row, type) }
      }
      if bytes.count >= Self.full { try flush(send) }
    }
  }

  /// Ends the copy.
  mutating func finish(
    _ send: (UnsafeRawBufferPointer) throws(CatchmentError) -> Void
  ) throws(CatchmentError) {
    append(Int16(-1))
    try flush(send)
  }

  private mutating func flush(
    _ send: (UnsafeRawBufferPointer) throws(CatchmentError) -> Void
  ) throws(CatchmentError) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(CatchmentError) in
      try send(UnsafeRawBufferPointer(buffer))
    }
    // A record of many megabytes is no reason to keep as much for all that follow.
    let isUsual = bytes.capacity <= Self.full * 16
    bytes.removeAll(keepingCapacity: isUsual)
  }

  // MARK: Values

  private mutating func append(_ column: Vector, _ row: Int, _ type: PostgreSQLType) {
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

  private mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append(text: UnsafeRawBufferPointer($0)) }
  }

  private mutating func append(text: UnsafeRawBufferPointer) {
    let start = open()
    PostgreSQLText.append(text, to: &bytes)
    close(start)
  }

  private mutating func append(plain: UnsafeRawBufferPointer) {
    append(Int32(clamping: plain.count))
    bytes.append(contentsOf: plain)
  }

  /// The binary form of `jsonb` is its text after a version.
  private mutating func append(json: UnsafeRawBufferPointer) {
    let start = open()
    bytes.append(1)
    PostgreSQLText.append(json: json, to: &bytes)
    close(start)
  }

  private mutating func append(uuid: UUIDBytes) {
    append(Int32(16))
    append(uuid.high)
    append(uuid.low)
  }

  private mutating func append(numeric number: PostgreSQLNumeric) {
    append(Int32(8 + 2 * number.digits.count))
    append(Int16(number.digits.count))
    append(Int16(number.weight))
    append(Int16(bitPattern: number.isNegative ? 0x4000 : 0))
    append(Int16(number.scale))
    for digit in number.digits { append(digit) }
  }

  /// One dimension, counted from 1.
  private mutating func append(list: Value, _ type: PostgreSQLType) {
    guard case .list(let elements) = list else { return append(Int32(-1)) }
    let start = open()
    append(Int32(elements.isEmpty ? 0 : 1))
    append(Int32(elements.contains(.null) ? 1 : 0))
    append(type == .uuids ? Self.uuidOID : Self.textOID)
    if !elements.isEmpty {
      append(Int32(elements.count))
      append(Int32(1))
    }
    for element in elements {
      switch element {
      case .uuid(let uuid): append(uuid: uuid)
      case .text(let text): append(text)
      default: append(Int32(-1))
      }
    }
    close(start)
  }

  /// These numbers are the same in every PostgreSQL.
  private static let textOID: Int32 = 25
  private static let uuidOID: Int32 = 2950

  // MARK: Bytes

  private mutating func field<T: FixedWidthInteger>(_ value: T) {
    append(Int32(MemoryLayout<T>.size))
    append(value)
  }

  private mutating func append<T: FixedWidthInteger>(_ value: T) {
    withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
  }

  /// Leaves room for a field's length, which is known when it is written.
  private mutating func open() -> Int {
    append(Int32(0))
    return bytes.count
  }

  private mutating func close(_ start: Int) {
    let length = Int32(clamping: bytes.count - start).bigEndian
    bytes.withUnsafeMutableBytes {
      $0.storeBytes(of: length, toByteOffset: start - 4, as: Int32.self)
    }
  }
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
