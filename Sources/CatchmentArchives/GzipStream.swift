internal import CZlib
internal import Catchment

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// What a gzip file holds, member after member (RFC 1952), each checked against its CRC and length.
///
/// libarchive reads gzip too, but passes over both.
final class GzipStream {
  static let signature: [UInt8] = [0x1F, 0x8B]
  private static let chunk = 1 << 18
  /// 15 bits of window, and 16 for the header and the trailer of gzip.
  private static let windowBits: Int32 = 15 + 16

  private let path: String
  private let descriptor: Int32
  private let input: UnsafeMutableBufferPointer<UInt8>
  private let output: UnsafeMutableBufferPointer<UInt8>
  /// Behind a pointer: zlib's state points back at it.
  private let stream: UnsafeMutablePointer<z_stream>
  private var isBetweenMembers = true
  private var hasMembers = false
  private var isAtEnd = false
  /// How many bytes of the file were read.
  private(set) var consumed: Int64 = 0
  /// Why reading ended, for those who were called back and could not throw.
  private(set) var failure: CatchmentError?

  init(_ path: String) throws(CatchmentError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("open", path, code: .sourceUnavailable) }
    self.path = path
    self.descriptor = descriptor
    input = .allocate(capacity: Self.chunk)
    output = .allocate(capacity: Self.chunk)
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let status = inflateInit2_(
      stream, Self.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { throw CatchmentError(.failed, "zlib could not begin") }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    input.deallocate()
    output.deallocate()
    close(descriptor)
  }

  /// The next bytes, valid until the next call; empty at the end, nil on a failure.
  func next() -> UnsafeRawBufferPointer? {
    do throws(CatchmentError) { return try inflateMore() } catch {
      failure = error
      return nil
    }
  }

  private func inflateMore() throws(CatchmentError) -> UnsafeRawBufferPointer {
    stream.pointee.next_out = output.baseAddress
    stream.pointee.avail_out = UInt32(output.count)
    while stream.pointee.avail_out > 0, !isAtEnd {
      if stream.pointee.avail_in == 0, try !fill() { break }
      try step()
    }
    let count = output.count - Int(stream.pointee.avail_out)
    return UnsafeRawBufferPointer(start: output.baseAddress, count: count)
  }

  private func step() throws(CatchmentError) {
    if isBetweenMembers, hasMembers, stream.pointee.next_in?.pointee != Self.signature[0] {
      // Some programs pad a file with zeros.
      isAtEnd = true
      return
    }
    isBetweenMembers = false
    switch inflate(stream, Z_NO_FLUSH) {
    case Z_OK: break
    case Z_STREAM_END:
      (isBetweenMembers, hasMembers) = (true, true)
      inflateReset(stream)
    default:
      throw unreadable(stream.pointee.msg.map { String(cString: $0) } ?? "its bytes are no gzip")
    }
  }

  /// Reads on; false at the file's end, which must be one of a member.
  private func fill() throws(CatchmentError) -> Bool {
    while true {
      let count = read(descriptor, input.baseAddress, input.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .system("read", path, code: .sourceUnavailable) }
      guard count > 0 else {
        guard isBetweenMembers else { throw unreadable("it is cut short") }
        isAtEnd = true
        return false
      }
      consumed += Int64(count)
      stream.pointee.next_in = input.baseAddress
      stream.pointee.avail_in = UInt32(count)
      return true
    }
  }

  private func unreadable(_ cause: String) -> CatchmentError {
    CatchmentError(
      .sourceUnavailable, "\(path) cannot be unpacked",
      hint: "fetch it again; nothing was taken from it", cause: cause)
  }
}
