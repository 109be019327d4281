/// Keeps copies of decoded text while a reduction lives, so that drafts can point at them.
///
/// The one owner of this memory: what it gives out is valid until `reset`.
final class TextArena {
  private static let chunkSize = 1 << 18
  private var chunks: [UnsafeMutableRawBufferPointer] = []
  private var current = 0
  private var used = 0
  private var large: [UnsafeMutableRawBufferPointer] = []

  deinit {
    for chunk in chunks + large { chunk.deallocate() }
  }

  /// - Parameter padding: how many bytes behind the text must be readable, whatever they are.
  func keep(_ bytes: UnsafeRawBufferPointer, padding: Int = 0) -> UnsafeRawBufferPointer {
    let size = bytes.count + padding
    guard size <= Self.chunkSize / 4 else { return keepLarge(bytes, size) }
    if chunks.isEmpty || used + size > Self.chunkSize { nextChunk() }
    let place = UnsafeMutableRawBufferPointer(
      rebasing: chunks[current][used..<used + bytes.count])
    place.copyMemory(from: bytes)
    used += size
    return UnsafeRawBufferPointer(place)
  }

  func keep(_ text: String) -> UnsafeRawBufferPointer {
    var text = text
    return text.withUTF8 { keep(UnsafeRawBufferPointer($0)) }
  }

  /// Forgets everything that was kept; what was given out is no longer valid.
  func reset() {
    for chunk in large { chunk.deallocate() }
    large.removeAll()
    current = 0
    used = 0
  }

  private func nextChunk() {
    if !chunks.isEmpty { current += 1 }
    if current >= chunks.count {
      chunks.append(.allocate(byteCount: Self.chunkSize, alignment: 8))
      current = chunks.count - 1
    }
    used = 0
  }

  private func keepLarge(
    _ bytes: UnsafeRawBufferPointer, _ size: Int
  ) -> UnsafeRawBufferPointer {
    let place = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 8)
    place.copyMemory(from: bytes)
    large.append(place)
    return UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(place)[..<bytes.count])
  }
}
