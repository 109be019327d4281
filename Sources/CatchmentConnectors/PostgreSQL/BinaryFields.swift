internal import Catchment
internal import DuckDB

/// Reads what a binary COPY sends, a row a piece, into the engine's chunks.
struct BinaryFields {
  private let columns: [PostgreSQLTable.Column]
  private let types: [PostgreSQLType]
  private var isFirst = true
  /// What was met and could not be set.
  private(set) var late: LateTime?

  init(_ columns: [PostgreSQLTable.Column]) {
    self.columns = columns
    types = columns.map { PostgreSQLType($0.kept) }
  }

  /// Sets the columns of a row; false at the end of the copy.
  ///
  /// A point in time that is beyond the engine's is noted in `late`.
  mutating func read(
    _ piece: UnsafeRawBufferPointer, into rows: OutputChunk
  ) throws(CatchmentError) -> Bool {
    var place = isFirst ? Self.header(of: piece) : 0
    isFirst = false
    func take<T: FixedWidthInteger>(_: T.Type) throws(CatchmentError) -> T {
      guard place + MemoryLayout<T>.size <= piece.count else { throw Self.cutShort }
      defer { place += MemoryLayout<T>.size }
      return T(bigEndian: piece.loadUnaligned(fromByteOffset: place, as: T.self))
    }
    guard try take(Int16.self) == columns.count else { return false }
    for column in columns.indices {
      let length = Int(try take(Int32.self))
      guard length >= 0 else { continue }
      guard place + length <= piece.count else { throw Self.cutShort }
      try set(column, UnsafeRawBufferPointer(rebasing: piece[place..<place + length]), rows)
      place += length
    }
    return true
  }

  /// A signature of 11 bytes, flags, and an extension with its length.
  private static func header(of piece: UnsafeRawBufferPointer) -> Int {
    guard piece.count >= 19 else { return 0 }
    return 19 + Int(Int32(bigEndian: piece.loadUnaligned(fromByteOffset: 15, as: Int32.self)))
  }

  private static let cutShort = CatchmentError(
    .sourceUnavailable, "the server sent a row that is cut short")

  private mutating func set(
    _ column: Int, _ bytes: UnsafeRawBufferPointer, _ rows: OutputChunk
  ) throws(CatchmentError) {
    func number<T: FixedWidthInteger>(_: T.Type) throws(CatchmentError) -> T {
      guard bytes.count == MemoryLayout<T>.size else { throw Self.cutShort }
      return T(bigEndian: bytes.loadUnaligned(as: T.self))
    }
    switch types[column] {
    case .boolean: rows.set(column, bytes.first == 1)
    case .smallint: rows.set(column, Int64(try number(Int16.self)))
    case .integer: rows.set(column, Int64(try number(Int32.self)))
    case .bigint, .time: rows.set(column, try number(Int64.self))
    case .float: rows.set(column, Double(Float(bitPattern: try number(UInt32.self))))
    case .double: rows.set(column, Double(bitPattern: try number(UInt64.self)))
    case .date: rows.set(column, PostgreSQLTime.days(try number(Int32.self)))
    case .timestamp, .timestampTZ:
      guard let micros = PostgreSQLTime.micros(try number(Int64.self)) else {
        late = LateTime(column: column)
        return
      }
      rows.setTimestamp(column, micros)
    case .uuid:
      guard bytes.count == 16 else { throw Self.cutShort }
      let high = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
      let low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      rows.setUUID(column, UUIDBytes(high: high, low: low))
    case .bytes: rows.setBlob(column, bytes)
    case .text, .json, .unsigned, .decimal, .texts, .uuids: rows.setText(column, bytes)
    }
  }
}

/// A time after the year 294,246, which the engine cannot hold: the rows are read again with the
/// column's values as text.
struct LateTime: Error {
  var column: Int
}

extension PostgreSQLTime {
  /// Days since 1970 of days since 2000.
  static func days(_ days: Int32) -> Int64 {
    switch days {
    case .max: Int64(Int32.max)
    case .min: -Int64(Int32.max)
    default: Int64(days) + epochDays
    }
  }

  /// Microseconds since 1970 of microseconds since 2000; nil when they are too many.
  static func micros(_ micros: Int64) -> Int64? {
    if micros == .max { return .max }
    if micros == .min { return -.max }
    let (moved, isTooHigh) = micros.addingReportingOverflow(epochMicros)
    return isTooHigh ? nil : moved
  }
}
