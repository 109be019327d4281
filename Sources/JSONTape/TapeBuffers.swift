/// Room for a tape of our own, kept from one document to the next.
///
/// Each array is made for the worst document of its length, as simdjson's are; pages that nobody
/// writes to cost nothing.
struct TapeBuffers: ~Copyable {
  private(set) var words: UnsafeMutablePointer<UInt64>
  private(set) var strings: UnsafeMutablePointer<UInt8>
  private(set) var structurals: UnsafeMutablePointer<UInt32>
  /// The longest document there is room for; none yet, not even an empty one.
  private var capacity = -1

  init() {
    words = .allocate(capacity: 0)
    strings = .allocate(capacity: 0)
    structurals = .allocate(capacity: 0)
  }

  deinit { free() }

  private func free() {
    words.deallocate()
    strings.deallocate()
    structurals.deallocate()
  }

  /// Makes room for a document of `count` bytes, without keeping what there was.
  mutating func reserve(_ count: Int) {
    guard count > capacity else { return }
    free()
    capacity = max(count, 2 * capacity, 4_096)
    // "1," is two words in two bytes; "" and its comma five bytes of length and end in three.
    words = .allocate(capacity: capacity + 4)
    strings = .allocate(capacity: capacity / 3 * 5 + 64)
    structurals = .allocate(capacity: capacity + 4)
  }

  /// Reads a document that simdjson refused.
  mutating func read(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, _ maximumDepth: Int
  ) throws(JSONError) -> Tape {
    reserve(count)
    var reader = CarefulReader(bytes, count, maximumDepth, self)
    try reader.readDocument()
    return Tape(
      words: UnsafePointer(words), strings: UnsafePointer(strings),
      structurals: UnsafePointer(structurals), bytes: bytes)
  }
}
