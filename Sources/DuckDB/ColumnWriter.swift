/// A column of a `ChunkBuilder`, where it lies: each of its rows is set once, or set to NULL.
///
/// Valid until the builder's chunk is finished or begun again. What is here is inlined where it is used:
/// a call for every value costs more than the value.
public struct ColumnWriter<Element: BitwiseCopyable> {
  @usableFromInline let data: UnsafeMutableRawPointer
  @usableFromInline var nulls: ColumnNulls

  init(_ memory: UnsafeMutablePointer<ColumnMemory>) {
    data = memory.pointee.data
    nulls = ColumnNulls(memory)
  }

  @inlinable @inline(__always)
  public func set(_ row: Int, _ value: Element) {
    data.storeBytes(
      of: value, toByteOffset: row &* MemoryLayout<Element>.stride, as: Element.self)
  }

  @inlinable @inline(__always)
  public mutating func setNull(_ row: Int) { nulls.add(row) }
}

/// The same of a column of text.
public struct TextColumnWriter {
  /// How many bytes behind a text must be readable.
  public static let padding = 12

  @usableFromInline let data: UnsafeMutableRawPointer
  @usableFromInline let memory: UnsafeMutablePointer<ColumnMemory>
  @usableFromInline var nulls: ColumnNulls

  init(_ memory: UnsafeMutablePointer<ColumnMemory>) {
    self.memory = memory
    data = memory.pointee.data
    nulls = ColumnNulls(memory)
  }

  /// Text whose bytes are known to be valid UTF-8 and shorter than 4 GiB; `padding` bytes behind it are
  /// read, and not used.
  @inlinable @inline(__always)
  public func set(_ row: Int, _ padded: UnsafeRawBufferPointer) {
    guard padded.count <= 12, let start = padded.baseAddress else { return setLong(row, padded) }
    let low = UInt64(padded.count &* 8)
    // Shifts by as much as there are bits, or more, leave nothing; by less than none go the other way.
    let first = start.loadUnaligned(as: UInt64.self) & ~(UInt64.max << low)
    let second =
      start.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
      & ~(UInt32.max << (Int(low) - 64))
    let slot = data + row &* 16
    slot.storeBytes(of: UInt32(truncatingIfNeeded: padded.count), as: UInt32.self)
    slot.storeBytes(of: first, toByteOffset: 4, as: UInt64.self)
    slot.storeBytes(of: low > 64 ? second : 0, toByteOffset: 12, as: UInt32.self)
  }

  @usableFromInline
  func setLong(_ row: Int, _ bytes: UnsafeRawBufferPointer) {
    memory.pointee.storeLong(bytes, at: row)
  }

  @inlinable @inline(__always)
  public mutating func setNull(_ row: Int) { nulls.add(row) }
}

/// Which rows of a column are NULL, in the mask that its vector has from the first of them on.
@usableFromInline
struct ColumnNulls {
  @usableFromInline let memory: UnsafeMutablePointer<ColumnMemory>
  @usableFromInline var mask: UnsafeMutablePointer<UInt64>?

  init(_ memory: UnsafeMutablePointer<ColumnMemory>) {
    self.memory = memory
    mask = memory.pointee.validity
  }

  @inlinable @inline(__always)
  mutating func add(_ row: Int) {
    if mask == nil { makeMask() }
    mask?[row >> 6] &= ~(1 << UInt64(row & 63))
  }

  @usableFromInline
  mutating func makeMask() { mask = memory.pointee.makeValidity() }
}
