internal import Catchment

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A private file without a name, for bytes that arrive piece by piece: when they are all there, it
/// is mapped, so that what is not being looked at need not be in memory.
struct SpillFile: ~Copyable {
  private static let bufferSize = 1 << 20

  private let directory: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  /// In bytes.
  private(set) var size = 0

  init(in directory: String) throws(CatchmentError) {
    self.directory = directory
    descriptor = try TemporaryFile.make(in: directory).descriptor
  }

  deinit { close(descriptor) }

  mutating func append(_ bytes: UnsafeRawBufferPointer) throws(CatchmentError) {
    size += bytes.count
    if buffer.count + bytes.count > Self.bufferSize { try flush() }
    guard bytes.count <= Self.bufferSize else { return try write(bytes) }
    if buffer.capacity == 0 { buffer.reserveCapacity(Self.bufferSize) }
    buffer.append(contentsOf: bytes)
  }

  mutating func append(_ text: StaticString) throws(CatchmentError) {
    try append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func append(_ text: String) throws(CatchmentError) {
    var text = text
    let bytes = text.withUTF8 { Array($0) }
    try bytes.withUnsafeBufferPointer { (bytes) throws(CatchmentError) in
      try append(UnsafeRawBufferPointer(bytes))
    }
  }

  /// Appends JSON with its line ends as spaces.
  mutating func append(lineOf json: UnsafeRawBufferPointer) throws(CatchmentError) {
    var start = 0
    for (place, byte) in json.enumerated() where byte == 0x0A || byte == 0x0D {
      try append(UnsafeRawBufferPointer(rebasing: json[start..<place]))
      try append(" ")
      start = place + 1
    }
    try append(UnsafeRawBufferPointer(rebasing: json[start...]))
  }

  /// Maps `length` bytes of the file, which are zero beyond what was written.
  mutating func map(_ length: Int) throws(CatchmentError) -> UnsafeMutableRawBufferPointer {
    try flush()
    // Claimed, so that a full disk is an error here and not a fault when a page is touched.
    let claimed = posix_fallocate(descriptor, 0, off_t(length))
    guard claimed == 0 else {
      throw .system("claim space in", directory, code: .destinationUnavailable, number: claimed)
    }
    guard
      let start = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
      start != MAP_FAILED
    else { throw .system("map a file in", directory, code: .destinationUnavailable) }
    return UnsafeMutableRawBufferPointer(start: start, count: length)
  }

  private mutating func flush() throws(CatchmentError) {
    try buffer.withUnsafeBufferPointer { (bytes) throws(CatchmentError) in
      try write(UnsafeRawBufferPointer(bytes))
    }
    buffer.removeAll(keepingCapacity: true)
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws(CatchmentError) {
    guard DescriptorBytes.write(bytes, to: descriptor) else {
      throw .system("write in", directory, code: .destinationUnavailable)
    }
  }
}
