/// A column of a chunk, where it lies: what `Vector` reads, for loops over all its values.
///
/// It trusts its caller as `Vector` does, and keeps nothing alive: it is valid while its chunk is. It
/// is inlined where it is used, and copied at no cost.
public struct ColumnReader: BitwiseCopyable {
  @usableFromInline let data: UnsafeRawPointer
  @usableFromInline let validity: UnsafePointer<UInt64>?

  init(data: UnsafeRawPointer, validity: UnsafePointer<UInt64>?) {
    self.data = data
    self.validity = validity
  }

  /// Whether the row is NULL.
  @inlinable @inline(__always)
  public func isNull(at row: Int) -> Bool {
    guard let validity else { return false }
    return validity[row >> 6] & (1 << UInt64(row & 63)) == 0
  }

  /// A value as it lies in memory: an `Int32` of a `DATE`, an `Int64` of a `BIGINT`.
  @inlinable @inline(__always)
  public func value<Element: BitwiseCopyable>(at row: Int, as: Element.Type) -> Element {
    data.load(fromByteOffset: row &* MemoryLayout<Element>.stride, as: Element.self)
  }

  /// The bytes of a `VARCHAR`, `BLOB` or `BIT`: up to 12 lie in the 16-byte slot, more where it points.
  @inlinable @inline(__always)
  public func bytes(at row: Int) -> UnsafeRawBufferPointer {
    let slot = data + row &* 16
    let count = Int(slot.load(as: UInt32.self))
    let start = count <= 12 ? slot + 4 : slot.load(fromByteOffset: 8, as: UnsafeRawPointer.self)
    return UnsafeRawBufferPointer(start: start, count: count)
  }
}

extension Vector {
  /// Reads the same column at less cost, while the vector is there.
  public var reader: ColumnReader { ColumnReader(data: data, validity: validity) }
}
