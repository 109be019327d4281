/// Bytes that grow at the end, in memory that is not zeroed first.
///
/// `Array` is right nearly everywhere; this is for the two places where hundreds of megabytes pass
/// through: pages on their way to the compressor and JSON that is put together from pieces.
public struct ByteBuffer: Sendable {
  private var storage: ContiguousArray<UInt8> = []

  /// Begins empty; nothing is allocated before the first `append`.
  public init() {}

  public var count: Int { storage.count }
  public var isEmpty: Bool { storage.isEmpty }

  /// Copies bytes onto the end.
  @inline(__always)
  public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    storage.append(contentsOf: bytes)
  }

  /// A number in the machine's byte order, in as many bytes as its type has.
  ///
  /// A format with an order of its own is served by `value.littleEndian` or `value.bigEndian`.
  @inline(__always)
  public mutating func append<T: FixedWidthInteger>(_ value: T) {
    Swift.withUnsafeBytes(of: value) { storage.append(contentsOf: $0) }
  }

  /// The UTF-8 bytes of a literal, without making a `String` of it.
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

  /// Lends the bytes to `body`, in which alone they may be used.
  public func withUnsafeBytes<R, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    try storage.withUnsafeBufferPointer { (buffer) throws(E) in
      try body(UnsafeRawBufferPointer(buffer))
    }
  }
}
