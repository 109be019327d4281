#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

extension CarefulReader {
  /// Reads a string from its opening quote to its closing one, and decodes it.
  mutating func readString() throws(JSONError) {
    appendStructural()
    append(Tape.Mark.string, UInt64(stringEnd))
    let opening = position
    let header = stringEnd
    stringEnd += 4
    position += 1
    while true {
      copyPlainBytes()
      guard let byte = current else { throw unclosed(opening) }
      if byte == UInt8(ascii: "\"") { break }
      try readSpecial(byte)
    }
    position += 1
    let count = UInt32(stringEnd - header - 4)
    UnsafeMutableRawPointer(strings + header).storeBytes(of: count, as: UInt32.self)
    append(byte: 0)
  }

  private func unclosed(_ opening: Int) -> JSONError {
    let message = "expected '\"' to close the string from byte \(opening), but the document ends"
    return error(.truncated, message)
  }

  /// Copies the ASCII that stands for itself.
  private mutating func copyPlainBytes() {
    let start = position
    while position < end, bytes[position].standsForItself { position += 1 }
    guard position > start else { return }
    memcpy(strings + stringEnd, bytes + start, position - start)
    stringEnd += position - start
  }

  private mutating func readSpecial(_ byte: UInt8) throws(JSONError) {
    if byte == UInt8(ascii: "\\") { return try readEscape() }
    guard byte >= 0x20 else {
      throw error(.syntax, "expected a control character in a string to be escaped")
    }
    let length = utf8Length
    guard length > 0 else { throw error(.invalidUTF8, Self.invalidUTF8) }
    for _ in 0..<length {
      append(byte: bytes[position])
      position += 1
    }
  }

  private mutating func append(byte: UInt8) {
    strings[stringEnd] = byte
    stringEnd += 1
  }

  private mutating func append(scalar: Unicode.Scalar) {
    for byte in UTF8.encode(scalar).unsafelyUnwrapped { append(byte: byte) }
  }
}

// MARK: Escapes

extension CarefulReader {
  private mutating func readEscape() throws(JSONError) {
    position += 1
    guard let letter = current, let byte = Self.unescaped(letter) else {
      throw unexpected("expected one of \" \\ / b f n r t u after '\\'")
    }
    position += 1
    if letter == UInt8(ascii: "u") { return append(scalar: try readEscapedScalar()) }
    append(byte: byte)
  }

  /// What a letter behind a backslash stands for; nil for one that may not be there.
  private static func unescaped(_ letter: UInt8) -> UInt8? {
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "u"): letter
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    default: nil
    }
  }

  /// Reads the digits of `\u`, and of a second one if they are a surrogate pair.
  ///
  /// A half without its other half is U+FFFD.
  private mutating func readEscapedScalar() throws(JSONError) -> Unicode.Scalar {
    let high = try readHexadecimal()
    if let scalar = Unicode.Scalar(high) { return scalar }
    guard high < 0xDC00, position + 1 < end, bytes[position] == UInt8(ascii: "\\"),
      bytes[position + 1] == UInt8(ascii: "u")
    else { return "\u{FFFD}" }
    let next = position
    position += 2
    let low = try readHexadecimal()
    guard (0xDC00...0xDFFF).contains(low) else {
      position = next
      return "\u{FFFD}"
    }
    return Unicode.Scalar(0x1_0000 + (high - 0xD800) << 10 + (low - 0xDC00)) ?? "\u{FFFD}"
  }

  private mutating func readHexadecimal() throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw unexpected("expected four hexadecimal digits after '\\u'")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}

// MARK: UTF-8

extension CarefulReader {
  /// The length of the well-formed sequence at `position`, or nought: Unicode, table 3-7.
  var utf8Length: Int {
    switch bytes[position] {
    case 0x00...0x7F: 1
    case 0xC2...0xDF: continues(1, 0x80...0xBF) ? 2 : 0
    case 0xE0: continues(2, 0xA0...0xBF) ? 3 : 0
    case 0xED: continues(2, 0x80...0x9F) ? 3 : 0
    case 0xE1...0xEF: continues(2, 0x80...0xBF) ? 3 : 0
    case 0xF0: continues(3, 0x90...0xBF) ? 4 : 0
    case 0xF1...0xF3: continues(3, 0x80...0xBF) ? 4 : 0
    case 0xF4: continues(3, 0x80...0x8F) ? 4 : 0
    default: 0
    }
  }

  /// Whether `count` continuing bytes follow, the first of them in `range`.
  private func continues(_ count: Int, _ range: ClosedRange<UInt8>) -> Bool {
    guard position + count < end, range.contains(bytes[position + 1]) else { return false }
    for index in 1..<count + 1 where bytes[position + index] & 0xC0 != 0x80 { return false }
    return true
  }
}

extension UInt8 {
  fileprivate var standsForItself: Bool {
    self >= 0x20 && self < 0x80 && self != UInt8(ascii: "\"") && self != UInt8(ascii: "\\")
  }
}
