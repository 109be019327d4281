internal import Catchment

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Bytes that are written once and then read here and there: in memory while they are few, else in a file
/// that goes with them.
struct ScratchBytes: ~Copyable {
  private static let inMemory = 8 << 20

  private let directory: String
  private var bytes: [UInt8] = []
  private var file: Int32?
  private(set) var count = 0

  init(in directory: String) { self.directory = directory }

  deinit { if let file { close(file) } }

  mutating func append(_ more: UnsafeRawBufferPointer) throws(CatchmentError) {
    bytes.append(contentsOf: more)
    count += more.count
    if bytes.count >= Self.inMemory { try flush() }
  }

  private mutating func flush() throws(CatchmentError) {
    if file == nil { file = try TemporaryFile.make(in: directory).descriptor }
    guard let target = file else { return }
    guard bytes.withUnsafeBytes({ DescriptorBytes.write($0, to: target) }) else {
      throw .system("write", directory, code: .destinationUnavailable)
    }
    bytes.removeAll(keepingCapacity: true)
  }

  /// All of them, which change no more.
  mutating func sealed() throws(CatchmentError) -> SealedBytes {
    guard file != nil else { return SealedBytes(bytes) }
    try flush()
    guard let file, let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, file, 0),
      start != MAP_FAILED
    else { throw .system("map", directory, code: .destinationUnavailable) }
    return SealedBytes(mapped: UnsafeRawBufferPointer(start: start, count: count))
  }
}

/// Bytes that stay as they are while this does.
final class SealedBytes: Sendable {
  /// Nothing writes to them, so that any thread may read.
  nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
  private let isMapped: Bool

  fileprivate init(_ bytes: [UInt8]) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
    copy.copyBytes(from: bytes)
    (self.bytes, isMapped) = (UnsafeRawBufferPointer(copy), false)
  }

  fileprivate init(mapped: UnsafeRawBufferPointer) { (bytes, isMapped) = (mapped, true) }

  deinit {
    if isMapped {
      munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    } else {
      bytes.deallocate()
    }
  }
}
