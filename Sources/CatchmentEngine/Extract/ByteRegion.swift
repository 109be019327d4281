internal import Catchment
internal import JSONTape

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The bytes of one unit at a time, held still while it is read.
///
/// A file is copied rather than mapped: another process may cut it short at any moment, and a
/// mapping of a file that shrinks kills the reader. Small files go to memory that is used again;
/// large ones to a private file without a name, which is mapped, so that what is not being looked at
/// need not be in memory.
final class ByteRegion {
  /// Files up to this size are held in memory.
  private static let inMemoryLimit = 32 << 20
  private static let chunk = 4 << 20

  private let spill: String
  private var memory: UnsafeMutableRawBufferPointer
  private var mapping: UnsafeMutableRawBufferPointer?
  /// The file that is mapped, when more may be appended to it.
  private var spilled: SpillFile?

  /// - Parameter spill: the directory for what is too large to hold.
  init(spill: String) {
    self.spill = spill
    memory = .allocate(byteCount: 0, alignment: 64)
  }

  deinit {
    memory.deallocate()
    unmap()
  }

  /// Reads the first `size` bytes of a file.
  ///
  /// Throws `sourceUnavailable` when it cannot be read or is shorter than it was when it was found.
  func load(_ path: String, size: Int) throws(CatchmentError) -> UnsafeRawBufferPointer {
    unmap()
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("open", path, code: .sourceUnavailable) }
    defer { close(descriptor) }
    if size > Self.inMemoryLimit { return try spill(path, descriptor, size) }
    let space = try reserve(size)
    var filled = 0
    var cancellation = CancellationCheck()
    while filled < size {
      let piece = UnsafeMutableRawBufferPointer(rebasing: space[filled..<size])
      let count = try read(path, descriptor, into: piece, at: filled, of: size)
      filled += count
      try cancellation.advance(by: count)
    }
    return UnsafeRawBufferPointer(rebasing: space[..<size])
  }

  /// Copies a large file piece by piece; it is mapped when all of it is there.
  private func spill(
    _ path: String, _ descriptor: Int32, _ size: Int
  ) throws(CatchmentError) -> UnsafeRawBufferPointer {
    if memory.count < Self.chunk { _ = try reserve(Self.chunk) }
    let chunk = UnsafeMutableRawBufferPointer(rebasing: memory[..<Self.chunk])
    var cancellation = CancellationCheck()
    return try receive { (file) throws(CatchmentError) in
      while file.size < size {
        let room = min(chunk.count, size - file.size)
        let piece = UnsafeMutableRawBufferPointer(rebasing: chunk[..<room])
        let count = try read(path, descriptor, into: piece, at: file.size, of: size)
        try file.append(UnsafeRawBufferPointer(rebasing: piece[..<count]))
        try cancellation.advance(by: count)
      }
    }
  }

  /// Reads what comes next; tells how much that was.
  private func read(
    _ path: String, _ descriptor: Int32, into piece: UnsafeMutableRawBufferPointer,
    at offset: Int, of size: Int
  ) throws(CatchmentError) -> Int {
    while true {
      let count = pread(
        descriptor, piece.baseAddress, min(Self.chunk, piece.count), off_t(offset))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .system("read", path, code: .sourceUnavailable) }
      guard count > 0 else {
        throw CatchmentError(
          .sourceUnavailable, "\(path) shrank from \(size) to \(offset) bytes while it was read",
          hint: "nothing was taken from it; the next import reads it again")
      }
      return count
    }
  }

  /// Space for `size` bytes and the parser's padding, for a caller that fills it.
  func reserve(_ size: Int) throws(CatchmentError) -> UnsafeMutableRawBufferPointer {
    let needed = size + TapeParser.padding
    if size > Self.inMemoryLimit { return try map(needed) }
    if memory.count < needed {
      // Twice what it was, so that it is not made anew for each file; no more than that, for a
      // conversation of thousands of small files has a region for each.
      let size = max(needed, 2 * memory.count)
      memory.deallocate()
      memory = .allocate(byteCount: size, alignment: 64)
    }
    return memory
  }

  /// What `fill` writes, held as a large file is.
  func receive(
    _ fill: (inout SpillFile) throws(CatchmentError) -> Void
  ) throws(CatchmentError) -> UnsafeRawBufferPointer {
    unmap()
    var file = try SpillFile(in: spill)
    try fill(&file)
    return try hold(file)
  }

  private func hold(_ file: consuming SpillFile) throws(CatchmentError) -> UnsafeRawBufferPointer {
    let size = file.size
    let space = try file.map(size + TapeParser.padding)
    mapping = space
    spilled = consume file
    return UnsafeRawBufferPointer(rebasing: space[..<size])
  }

  /// Puts more behind the bytes that are held; what was got from the region before is then no longer
  /// valid.
  func append(
    _ more: [UInt8], to bytes: UnsafeRawBufferPointer
  ) throws(CatchmentError) -> UnsafeRawBufferPointer {
    if var file = spilled.take() {
      unmap()
      try more.withUnsafeBufferPointer { (more) throws(CatchmentError) in
        try file.append(UnsafeRawBufferPointer(more))
      }
      return try hold(file)
    }
    let needed = bytes.count + more.count + TapeParser.padding
    if memory.count < needed {
      let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: needed, alignment: 64)
      larger.copyMemory(from: bytes)
      memory.deallocate()
      memory = larger
    }
    UnsafeMutableRawBufferPointer(rebasing: memory[bytes.count...]).copyBytes(from: more)
    return UnsafeRawBufferPointer(rebasing: memory[..<(bytes.count + more.count)])
  }

  private func map(_ size: Int) throws(CatchmentError) -> UnsafeMutableRawBufferPointer {
    var file = try SpillFile(in: spill)
    let space = try file.map(size)
    mapping = space
    return space
  }

  /// Gives back the memory that a large file's bytes take: what is looked at again comes from the
  /// disk, or from the system's cache of it.
  func forget() {
    if let mapping { madvise(mapping.baseAddress, mapping.count, MADV_DONTNEED) }
  }

  /// Lets go of a large file's bytes; what was got from the region is then no longer valid.
  func release() { unmap() }

  private func unmap() {
    spilled = nil
    guard let mapping else { return }
    munmap(mapping.baseAddress, mapping.count)
    self.mapping = nil
  }
}
