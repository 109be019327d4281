import CSimdJSON

/// Parses JSON documents one after another, in buffers it keeps.
///
/// simdjson does the work. What it refuses is read again by a careful reader of our own, which
/// either says at which byte the document goes wrong or accepts what real data has and simdjson
/// does not: escaped halves of surrogate pairs (read as U+FFFD), integers beyond 64 bits, and
/// numbers beyond a double's range.
///
/// A parser belongs to one thread. The buffers grow to suit the longest document and then stay.
///
/// ```swift
/// let parser = TapeParser()
/// for line in LineReader(file) {
///   let value = try parser.parse(line.bytes, isPadded: line.isPadded)
///   value.forEachMember { key, value in … }
/// }
/// ```
public final class TapeParser {
  /// What a document may not exceed.
  public struct Limits: Sendable {
    /// Bytes in a document, at most 4 GiB.
    public let maximumBytes: Int
    /// Levels of objects and arrays.
    public let maximumDepth: Int

    /// 256 MiB and 1,024 levels unless said otherwise; what is out of range is brought into it.
    public init(maximumBytes: Int = 256 << 20, maximumDepth: Int = 1_024) {
      self.maximumBytes = min(maximumBytes, Int(UInt32.max) - TapeParser.padding)
      self.maximumDepth = min(max(maximumDepth, 1), 1 << 20)
    }
  }

  /// How many bytes must be readable behind a document for it to be parsed where it lies.
  public static let padding = 64

  private let limits: Limits
  private let simd: OpaquePointer
  private let tape: UnsafeMutablePointer<Tape>
  private var padded = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var careful = TapeBuffers()

  /// A parser whose buffers come with its first document.
  public init(limits: Limits = .init()) {
    precondition(csimdjson_padding() <= Self.padding, "this simdjson reads further ahead")
    // simdjson does not count an empty innermost container: one level less, and it never accepts
    // what the careful reader would refuse.
    guard let simd = csimdjson_create(limits.maximumDepth) else {
      preconditionFailure("out of memory for a JSON parser")
    }
    self.limits = limits
    self.simd = simd
    tape = .allocate(capacity: 1)
  }

  deinit {
    csimdjson_destroy(simd)
    tape.deallocate()
    padded.deallocate()
  }

  /// Parses one document.
  ///
  /// With `isPadded`, at least `TapeParser.padding` bytes behind `bytes` can be read, whatever they
  /// are, and the document is parsed where it lies; without, it is copied first. The value, and all
  /// that is got from it, is valid until the next `parse`, while the parser and `bytes` live.
  public func parse(_ bytes: UnsafeRawBufferPointer, isPadded: Bool) throws(JSONError) -> JSONValue
  {
    guard let start = bytes.baseAddress, bytes.count > 0 else {
      throw JSONError(code: .empty, offset: 0, message: "expected a value")
    }
    guard bytes.count <= limits.maximumBytes else { throw tooLarge(bytes.count) }
    let document = (isPadded ? start : copy(bytes)).assumingMemoryBound(to: UInt8.self)
    var found = csimdjson_tape()
    if csimdjson_parse(simd, document, bytes.count, &found) == 0 {
      tape.initialize(to: Tape(found, document))
    } else {
      tape.initialize(to: try careful.read(document, bytes.count, limits.maximumDepth))
    }
    return JSONValue(tape: tape, index: 1, structural: 0)
  }

  private func tooLarge(_ count: Int) -> JSONError {
    let message = "the document has \(count) bytes, the limit is \(limits.maximumBytes)"
    return JSONError(code: .tooLarge, offset: limits.maximumBytes, message: message)
  }

  private func copy(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawPointer {
    let needed = bytes.count + Self.padding
    if padded.count < needed {
      padded.deallocate()
      padded = .allocate(byteCount: max(needed, 2 * padded.count, 4_096), alignment: 64)
      padded.initializeMemory(as: UInt8.self, repeating: 0)
    }
    padded.copyMemory(from: bytes)
    return UnsafeRawPointer(padded.baseAddress.unsafelyUnwrapped)
  }
}

extension Tape {
  fileprivate init(_ tape: csimdjson_tape, _ document: UnsafePointer<UInt8>) {
    self.init(
      words: tape.words, strings: tape.strings, structurals: tape.structurals, bytes: document)
  }
}
