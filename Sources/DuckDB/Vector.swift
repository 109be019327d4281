import CDuckDB

/// A column of a chunk: typed reads straight from memory, nothing boxed.
///
/// The reads trust their caller: rows run from 0 to the chunk's `rowCount`, the type is the
/// column's, and a NULL row holds garbage, so ask `isNull` first.
public struct Vector {
  /// The column's type.
  public let type: LogicalType
  private let raw: OpaquePointer?
  let data: UnsafeRawPointer
  let validity: UnsafePointer<UInt64>?
  private let storage: Storage
  private let owner: DataChunk

  init(_ raw: OpaquePointer?, _ type: LogicalType, owner: DataChunk) {
    self.type = type
    self.raw = raw
    self.storage = Storage(type)
    self.owner = owner
    validity = duckdb_vector_get_validity(raw).map { UnsafePointer($0) }
    data = UnsafeRawPointer(duckdb_vector_get_data(raw)) ?? Self.nothing
  }

  /// A structure has no memory of its own: its parts have.
  ///
  /// Nothing is read from here.
  private static var nothing: UnsafeRawPointer {
    UnsafeRawPointer(UnsafeMutableRawPointer(bitPattern: 16).unsafelyUnwrapped)
  }

  /// Whether the row is NULL.
  public func isNull(at row: Int) -> Bool {
    guard let validity else { return false }
    return validity[row >> 6] & (1 << UInt64(row & 63)) == 0
  }

  /// A whole number of up to 64 bits; also the count behind a date, a time or a timestamp.
  public func int64(at row: Int) -> Int64 {
    switch storage {
    case .int64: load(row)
    case .int32: Int64(load(row) as Int32)
    case .int16: Int64(load(row) as Int16)
    case .int8: Int64(load(row) as Int8)
    case .uint64: Int64(truncatingIfNeeded: load(row) as UInt64)
    case .uint32: Int64(load(row) as UInt32)
    case .uint16: Int64(load(row) as UInt16)
    case .uint8, .boolean: Int64(load(row) as UInt8)
    default: mismatch("a number")
    }
  }

  /// A whole number of a column of unsigned 64 bits or less.
  public func uint64(at row: Int) -> UInt64 { UInt64(bitPattern: int64(at: row)) }

  /// A `BOOLEAN`; the program stops on a column of another type.
  public func bool(at row: Int) -> Bool {
    guard storage == .boolean else { mismatch("a boolean") }
    return (load(row) as UInt8) != 0
  }

  /// A `DOUBLE`, a `FLOAT`, or a whole number made one.
  public func double(at row: Int) -> Double {
    switch storage {
    case .double: load(row)
    case .float: Double(load(row) as Float)
    default: Double(int64(at: row))
    }
  }

  /// A `UUID`, in the order of its text and not of DuckDB's number.
  public func uuid(at row: Int) -> UUIDBytes {
    let number = hugeint(at: row)
    return UUIDBytes(hugeInteger: number.upper, number.lower)
  }

  /// Microseconds since 1970 of a `TIMESTAMP` or `TIMESTAMP WITH TIME ZONE`.
  public func timestamp(at row: Int) -> Int64 { int64(at: row) }

  /// The bytes of a `VARCHAR`, `BLOB` or `BIT`, valid while this vector is.
  @_lifetime(borrow self)
  public func utf8(at row: Int) -> Span<UInt8> {
    let bytes = UnsafeBufferPointer<UInt8>(rebasing: bytes(row).bindMemory(to: UInt8.self)[...])
    return _overrideLifetime(Span(_unsafeElements: bytes), borrowing: self)
  }

  /// Runs `body` with the bytes of a `VARCHAR`, `BLOB` or `BIT`.
  public func withBytes<R>(at row: Int, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R
  {
    defer { withExtendedLifetime(owner) {} }
    return try body(bytes(row))
  }

  /// The text of a `VARCHAR`.
  public func string(at row: Int) -> String { String(decoding: bytes(row), as: UTF8.self) }

  // MARK: What the boxed reads need

  func load<T: BitwiseCopyable>(_ row: Int) -> T {
    data.load(fromByteOffset: row &* MemoryLayout<T>.stride, as: T.self)
  }

  func hugeint(at row: Int) -> duckdb_hugeint {
    guard storage == .hugeint else { mismatch("of 128 bits") }
    return duckdb_hugeint(
      lower: data.load(fromByteOffset: row &* 16, as: UInt64.self),
      upper: data.load(fromByteOffset: row &* 16 &+ 8, as: Int64.self))
  }

  func listEntry(at row: Int) -> Range<Int> {
    let start = Int(data.load(fromByteOffset: row &* 16, as: UInt64.self))
    return start..<start + Int(data.load(fromByteOffset: row &* 16 &+ 8, as: UInt64.self))
  }

  func listElements(_ type: LogicalType) -> Vector {
    Vector(duckdb_list_vector_get_child(raw), type, owner: owner)
  }

  func arrayElements(_ type: LogicalType) -> Vector {
    Vector(duckdb_array_vector_get_child(raw), type, owner: owner)
  }

  func part(_ index: Int, _ type: LogicalType) -> Vector {
    Vector(duckdb_struct_vector_get_child(raw, idx_t(index)), type, owner: owner)
  }

  /// Text of up to 12 bytes lies in the 16-byte slot, longer text where the slot points.
  func bytes(_ row: Int) -> UnsafeRawBufferPointer {
    guard storage == .bytes else { mismatch("text or bytes") }
    let slot = data + row &* 16
    let count = Int(slot.load(as: UInt32.self))
    let start = count <= 12 ? slot + 4 : slot.load(fromByteOffset: 8, as: UnsafeRawPointer.self)
    return UnsafeRawBufferPointer(start: start, count: count)
  }

  private func mismatch(_ wanted: String) -> Never {
    preconditionFailure("A column of type \(type) is not \(wanted).")
  }
}
