/// Bytes that grow at the end, in memory that is not zeroed first.
///
/// `Array` is right nearly everywhere; this is for the two places where hundreds of megabytes pass
/// through: pages on their way to the compressor and JSON that is put together from pieces.
public struct ByteBuffer: Sendable {
  private var storage: ContiguousArray<UInt8> = []

  public init() {}

  public var count: Int { storage.count }
  public var isEmpty: Bool { storage.isEmpty }

  @inline(__always)
  public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    storage.append(contentsOf: bytes)
  }

  @inline(__always)
  public mutating func append<T: FixedWidthInteger>(_ value: T) {
    Swift.withUnsafeBytes(of: value) { storage.append(contentsOf: $0) }
  }

  @inline(__always)
  public mutating func append(_ text: StaticString) {
    storage.append(
      contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Keeps the memory for what comes next, unless it is more than is usual.
  public mutating func removeAll() {
    storage.removeAll(keepingCapacity: storage.capacity <= Self.usual)
  }

  private static let usual = 16 << 20

  public func withUnsafeBytes<R, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    try storage.withUnsafeBufferPointer { (buffer) throws(E) in
      try body(UnsafeRawBufferPointer(buffer))
    }
  }
}
