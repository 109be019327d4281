#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The lines of a stream, held one at a time.
///
/// Lines are found as by `LineReader`. A line longer than the limit is reported and passed over
/// without being held. One reader belongs to one thread.
///
/// ```swift
/// let lines = StreamLineReader(fileDescriptor: 0)
/// while let item = try lines.next() {
///   switch item {
///   case .line(let line): use(try parser.parse(line.bytes, isPadded: line.isPadded))
///   case .oversized(let offset, let length): report(offset, length)
///   }
/// }
/// ```
public final class StreamLineReader {
  /// What the stream has next.
  public enum Item {
    /// A line; its bytes are valid until the next call of `next`.
    case line(Line)
    /// A line over the limit: where it begins, and its length without its ending.
    case oversized(offset: Int, length: Int)
  }

  private let fill: (UnsafeMutableRawBufferPointer) throws -> Int
  private let limit: Int
  private var buffer: UnsafeMutableRawBufferPointer
  /// How much of the buffer is lines; `TapeParser.padding` bytes follow it.
  private var capacity: Int
  /// The stream's offset of the buffer's first byte.
  private var base: Int
  private var start = 0
  private var scanned = 0
  private var end = 0
  private var isAtEnd = false
  private var isBegun: Bool

  /// Lines from a closure that writes the stream's next bytes into the buffer it is given, at
  /// least one, and returns how many; nought at the stream's end.
  ///
  /// A stream that is resumed says at which `offset` it begins. Memory stays under
  /// twice `chunk`, or twice the longest line up to `limit`.
  public init(
    limit: Int = 256 << 20, chunk: Int = 1 << 20, from offset: Int = 0,
    fill: @escaping (UnsafeMutableRawBufferPointer) throws -> Int
  ) {
    self.limit = limit
    self.fill = fill
    base = offset
    isBegun = offset > 0
    capacity = max(chunk, 1)
    buffer = Self.makeBuffer(capacity)
  }

  deinit { buffer.deallocate() }

  private static func makeBuffer(_ capacity: Int) -> UnsafeMutableRawBufferPointer {
    let count = capacity + TapeParser.padding
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 64)
    buffer[capacity...].initializeMemory(as: UInt8.self, repeating: 0)
    return buffer
  }

  /// The next line, or nil at the stream's end.
  ///
  /// It throws what the closure throws.
  public func next() throws -> Item? {
    if !isBegun { try skipByteOrderMark() }
    while true {
      if let newline = bytes.offset(of: UInt8(ascii: "\n"), in: scanned..<end) {
        return take(start..<newline, isTerminated: true)
      }
      scanned = end
      // One byte more than the limit may yet prove to be a CR.
      if end - start > limit + 1 { return try skipOversized() }
      if isAtEnd { return start < end ? take(start..<end, isTerminated: false) : nil }
      try fillMore()
    }
  }

  /// Replaces `items` by the next up to `count` that are in memory together; by none at the stream's end.
  ///
  /// Their bytes are valid until the next call. It throws what the closure throws.
  public func next(_ count: Int, into items: inout [Item]) throws {
    items.removeAll(keepingCapacity: true)
    guard let first = try next() else { return }
    items.append(first)
    while items.count < count,
      let newline = bytes.offset(of: UInt8(ascii: "\n"), in: scanned..<end)
    { items.append(take(start..<newline, isTerminated: true)) }
  }

  private var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(buffer) }

  private func take(_ range: Range<Int>, isTerminated: Bool) -> Item {
    let offset = base + start
    start = isTerminated ? range.upperBound + 1 : range.upperBound
    scanned = start
    let line = bytes.line(range)
    guard line.count <= limit else { return .oversized(offset: offset, length: line.count) }
    return .line(
      Line(
        offset: offset, bytes: line, end: base + start, isTerminated: isTerminated, isPadded: true))
  }
}

extension StreamLineReader {
  private func skipByteOrderMark() throws {
    isBegun = true
    while end < 3, !isAtEnd { try fillMore() }
    start = LineReader.byteOrderMarkLength(of: UnsafeRawBufferPointer(rebasing: bytes[..<end]))
    scanned = start
  }

  /// Reads on after the last byte, having made room for it.
  private func fillMore() throws {
    guard !isAtEnd else { return }
    if start == end { discard() }
    if end == capacity { start > capacity / 2 ? move(to: buffer) : grow() }
    let count = try fill(UnsafeMutableRawBufferPointer(rebasing: buffer[end..<capacity]))
    precondition(count >= 0 && count <= capacity - end, "a fill must stay inside its buffer")
    end += count
    isAtEnd = count == 0
  }

  private func discard() {
    base += end
    (start, scanned, end) = (0, 0, 0)
  }

  private func grow() {
    let larger = Self.makeBuffer(2 * capacity)
    move(to: larger)
    buffer.deallocate()
    buffer = larger
    capacity *= 2
  }

  /// Moves what is left to the front of a buffer, perhaps our own.
  private func move(to target: UnsafeMutableRawBufferPointer) {
    target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
    base += start
    (start, scanned, end) = (0, scanned - start, end - start)
  }

  /// Passes over the rest of a line that is too long, keeping nothing but its length.
  private func skipOversized() throws -> Item {
    let offset = base + start
    var last = buffer[end - 1]
    while true {
      start = end
      try fillMore()
      let newline = bytes.offset(of: UInt8(ascii: "\n"), in: start..<end)
      let upper = newline ?? end
      if upper > start { last = buffer[upper - 1] }
      guard newline != nil || isAtEnd else { continue }
      start = newline == nil ? upper : upper + 1
      scanned = start
      let length = base + upper - offset - (last == UInt8(ascii: "\r") ? 1 : 0)
      return .oversized(offset: offset, length: length)
    }
  }
}

/// A file descriptor could not be read.
public struct ReadError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The system's error number.
  public let number: Int32

  /// The system's words for the number: `Input/output error`.
  public var description: String { String(cString: strerror(number)) }
}

extension StreamLineReader {
  /// Lines from a file descriptor, which the caller closes; `next` throws `ReadError`.
  public convenience init(
    fileDescriptor: Int32, limit: Int = 256 << 20, chunk: Int = 1 << 20, from offset: Int = 0
  ) {
    self.init(limit: limit, chunk: chunk, from: offset) { buffer in
      while true {
        let count = read(fileDescriptor, buffer.baseAddress, buffer.count)
        if count >= 0 { return count }
        guard errno == EINTR else { throw ReadError(number: errno) }
      }
    }
  }
}
