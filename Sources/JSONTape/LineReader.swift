#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A line of a region or a stream, where it lies.
public struct Line {
  /// The offset of its first byte in the region or the stream.
  public let offset: Int
  /// Its bytes without the line ending; perhaps none.
  public let bytes: UnsafeRawBufferPointer
  /// Where the next line begins, and so where to resume.
  public let end: Int
  /// False for a last line without a newline, which its writer may not have finished.
  public let isTerminated: Bool
  /// Whether `TapeParser.padding` bytes can be read behind it.
  public let isPadded: Bool
}

/// The lines of a region of bytes, such as a mapped file.
///
/// A line ends at LF; a CR before it, or at the region's end, is left off. Blank lines are lines.
/// A byte order mark at the beginning is passed over.
///
/// ```swift
/// for line in LineReader(file) {
///   let value = try parser.parse(line.bytes, isPadded: line.isPadded)
/// }
/// ```
public struct LineReader: Sequence, IteratorProtocol {
  private let region: UnsafeRawBufferPointer
  private var position: Int

  /// The lines of `region` from `offset` on, which must be where a line begins.
  ///
  /// The caller keeps the region alive.
  public init(_ region: UnsafeRawBufferPointer, from offset: Int = 0) {
    self.region = region
    position = offset > 0 ? offset : Self.byteOrderMarkLength(of: region)
  }

  /// The next line, or nil at the region's end; its bytes are those of the region.
  public mutating func next() -> Line? {
    guard position < region.count else { return nil }
    let start = position
    let newline = region.offset(of: UInt8(ascii: "\n"), in: start..<region.count)
    let end = newline ?? region.count
    position = newline == nil ? end : end + 1
    return Line(
      offset: start,
      bytes: region.line(start..<end),
      end: position,
      isTerminated: newline != nil,
      isPadded: region.count - end >= TapeParser.padding)
  }

  /// 3 if the bytes begin with UTF-8's byte order mark, else 0.
  public static func byteOrderMarkLength(of bytes: UnsafeRawBufferPointer) -> Int {
    bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }
}

extension UnsafeRawBufferPointer {
  /// Where a byte is first found in a range.
  func offset(of byte: UInt8, in range: Range<Int>) -> Int? {
    guard let base = baseAddress, !range.isEmpty,
      let found = memchr(base + range.lowerBound, Int32(byte), range.count)
    else { return nil }
    return UnsafeRawPointer(found) - base
  }

  /// The bytes of a range without a CR at its end.
  func line(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    let hasReturn = !range.isEmpty && self[range.upperBound - 1] == UInt8(ascii: "\r")
    let count = hasReturn ? range.count - 1 : range.count
    return UnsafeRawBufferPointer(start: baseAddress.map { $0 + range.lowerBound }, count: count)
  }
}
