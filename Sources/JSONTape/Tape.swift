/// Where a parsed document lies: simdjson's tape, or the same layout written by `CarefulReader`.
///
/// A word of the tape holds a type in its upper byte and a payload below. A container's first word
/// holds its member count (24 bits) and the index one past its last word (32 bits); a string's the
/// position of its length and text in `strings`; a number has its bits in the word that follows.
struct Tape {
  var words: UnsafePointer<UInt64>
  var strings: UnsafePointer<UInt8>
  /// Offsets of every `{ } [ ] : ,` and of each scalar's first byte, then the document's length.
  var structurals: UnsafePointer<UInt32>
  var bytes: UnsafePointer<UInt8>

  /// The types of word; simdjson's, and one of ours for integers beyond 64 bits.
  enum Mark {
    static let root = UInt8(ascii: "r")
    static let object = UInt8(ascii: "{")
    static let objectEnd = UInt8(ascii: "}")
    static let array = UInt8(ascii: "[")
    static let arrayEnd = UInt8(ascii: "]")
    static let string = UInt8(ascii: "\"")
    static let integer = UInt8(ascii: "l")
    static let unsignedInteger = UInt8(ascii: "u")
    static let double = UInt8(ascii: "d")
    static let bigInteger = UInt8(ascii: "z")
    static let yes = UInt8(ascii: "t")
    static let no = UInt8(ascii: "f")
    static let null = UInt8(ascii: "n")
  }

  static let maximumCount: UInt64 = 0xFF_FFFF

  @inline(__always)
  func mark(at index: UInt32) -> UInt8 {
    UInt8(truncatingIfNeeded: words[Int(index)] >> 56)
  }

  /// One past the last word of the container that begins at `index`.
  @inline(__always)
  func end(ofContainerAt index: UInt32) -> UInt32 {
    UInt32(truncatingIfNeeded: words[Int(index)])
  }

  @inline(__always)
  func text(at index: UInt32) -> JSONText {
    let start = UnsafeRawPointer(strings + Int(words[Int(index)] & 0x00FF_FFFF_FFFF_FFFF))
    let count = Int(start.loadUnaligned(as: UInt32.self))
    return JSONText(bytes: UnsafeRawBufferPointer(start: start + 4, count: count))
  }

  /// The structural that closes the container opened at `structural`.
  @inline(__always)
  func closer(ofContainerAt structural: UInt32) -> UInt32 {
    var index = Int(structural)
    var depth = 0
    repeat {
      // Bit 5 makes a brace of a bracket.
      let byte = bytes[Int(structurals[index])] | 0x20
      if byte == UInt8(ascii: "{") { depth &+= 1 }
      if byte == UInt8(ascii: "}") { depth &-= 1 }
      index &+= 1
    } while depth > 0
    return UInt32(truncatingIfNeeded: index &- 1)
  }

  /// One past the last byte of the scalar at `structural`, without the whitespace behind it.
  func end(ofScalarAt structural: UInt32) -> Int {
    var end = Int(structurals[Int(structural) + 1])
    while bytes[end - 1].isJSONWhitespace { end -= 1 }
    return end
  }
}

extension UInt8 {
  @inline(__always)
  var isJSONWhitespace: Bool {
    self == UInt8(ascii: " ") || self == UInt8(ascii: "\n") || self == UInt8(ascii: "\r")
      || self == UInt8(ascii: "\t")
  }
}
