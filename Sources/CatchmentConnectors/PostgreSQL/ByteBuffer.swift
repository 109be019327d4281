/// Bytes that are put together to be sent; numbers among them with their highest byte first.
final class ByteBuffer {
  private var memory: UnsafeMutableRawBufferPointer
  private(set) var count = 0

  init(capacity: Int) { memory = .allocate(byteCount: capacity, alignment: 16) }

  deinit { memory.deallocate() }

  /// Valid until something is added.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }

  /// Forgets the bytes, and gives memory back that is more than so much.
  func removeAll(keepingUpTo capacity: Int) {
    count = 0
    if memory.count > capacity { resize(to: capacity) }
  }

  @inline(__always)
  func append<T: FixedWidthInteger>(_ value: T) {
    let place = claim(MemoryLayout<T>.size)
    memory.storeBytes(of: value.bigEndian, toByteOffset: place, as: T.self)
  }

  @inline(__always)
  func append(_ bytes: UnsafeRawBufferPointer) {
    let place = claim(bytes.count)
    UnsafeMutableRawBufferPointer(rebasing: memory[place...]).copyMemory(from: bytes)
  }

  /// Writes a number again where another was.
  func replace<T: FixedWidthInteger>(_ value: T, at place: Int) {
    precondition(place + MemoryLayout<T>.size <= count, "there are no such bytes")
    memory.storeBytes(of: value.bigEndian, toByteOffset: place, as: T.self)
  }

  /// Where so many bytes go.
  @inline(__always)
  private func claim(_ size: Int) -> Int {
    let place = count
    if memory.count &- place < size { resize(to: max(memory.count * 2, place + size)) }
    count = place &+ size
    return place
  }

  private func resize(to capacity: Int) {
    let other = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
    other.copyMemory(from: bytes)
    memory.deallocate()
    memory = other
  }
}
