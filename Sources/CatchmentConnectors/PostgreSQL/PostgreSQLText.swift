#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Text and JSON as PostgreSQL takes them, with nothing lost.
///
/// The server refuses U+0000 in text, and in `jsonb` also halves of surrogate pairs. So `␛` (U+241B)
/// escapes: `␛0` stands for U+0000, `␛uD83D` for half of a pair, `␛␛` for itself. A document with a
/// number that `jsonb` would not keep becomes an object whose only key is `␛`, with the document's
/// text.
enum PostgreSQLText {
  private static let escape: [UInt8] = Array("\u{241B}".utf8)
  /// Its first byte.
  private static let escapeStart: UInt8 = 0xE2

  /// Appends text, escaped where it must be.
  static func append(_ text: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
    guard mustEscape(text) else { return bytes.append(contentsOf: text) }
    var index = 0
    while index < text.count {
      if text[index] == 0 {
        bytes += escape + [UInt8(ascii: "0")]
        index += 1
      } else if isEscape(text, index) {
        bytes += escape + escape
        index += 3
      } else {
        bytes.append(text[index])
        index += 1
      }
    }
  }

  /// Whether text has what the server would not take, or what stands for it.
  static func mustEscape(_ text: UnsafeRawBufferPointer) -> Bool {
    guard let start = text.baseAddress else { return false }
    // A call costs more than a look at a few bytes.
    if text.count <= 16, !text.contains(where: { $0 == 0 || $0 == escapeStart }) { return false }
    return memchr(start, 0, text.count) != nil || holdsEscape(text)
  }

  private static func holdsEscape(_ text: UnsafeRawBufferPointer) -> Bool {
    guard let start = text.baseAddress else { return false }
    var index = 0
    while let found = memchr(start + index, Int32(escape[0]), text.count - index) {
      index = UnsafeRawPointer(found) - start
      if isEscape(text, index) { return true }
      index += 1
    }
    return false
  }

  private static func isEscape(_ text: UnsafeRawBufferPointer, _ index: Int) -> Bool {
    index + 2 < text.count && text[index] == escape[0] && text[index + 1] == escape[1]
      && text[index + 2] == escape[2]
  }

  /// Appends a JSON document that is known to be well formed.
  static func append(json: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
    let start = bytes.count
    var scanner = JSONScanner(json)
    guard scanner.copy(to: &bytes) else {
      bytes.removeSubrange(start...)
      return wrap(json, &bytes)
    }
  }

  /// The document as a text within another one.
  private static func wrap(_ json: UnsafeRawBufferPointer, _ bytes: inout [UInt8]) {
    bytes += Array("{\"".utf8) + escape + Array("\":\"".utf8)
    for index in json.indices {
      switch json[index] {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), json[index]]
      case 0..<0x20: bytes.append(UInt8(ascii: " "))
      default:
        if isEscape(json, index) { bytes += escape }
        bytes.append(json[index])
      }
    }
    bytes += Array("\"}".utf8)
  }

  /// Goes through a document once, copying what lies between the places that must be escaped.
  private struct JSONScanner {
    private let json: UnsafeRawBufferPointer
    private var index = 0
    /// The first byte that is not copied yet.
    private var copied = 0

    init(_ json: UnsafeRawBufferPointer) { self.json = json }

    /// False when there is a number that `jsonb` would not keep.
    mutating func copy(to bytes: inout [UInt8]) -> Bool {
      while index < json.count {
        switch json[index] {
        case UInt8(ascii: "\""): passString(&bytes)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
          guard passNumber() else { return false }
        default: index += 1
        }
      }
      copyRest(to: &bytes)
      return true
    }

    private mutating func copyRest(to bytes: inout [UInt8]) {
      bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: json[copied..<index]))
      copied = index
    }

    private mutating func passString(_ bytes: inout [UInt8]) {
      index += 1
      while index < json.count {
        switch json[index] {
        case UInt8(ascii: "\""):
          index += 1
          return
        case UInt8(ascii: "\\"): passEscape(&bytes)
        case escape[0] where isEscape(json, index): put(escape, to: &bytes, skipping: 3)
        default: index += 1
        }
      }
    }

    private mutating func passEscape(_ bytes: inout [UInt8]) {
      guard let unit = unit(at: index) else { return index += 2 }
      switch unit {
      case 0: put(Array("0".utf8), to: &bytes, skipping: 6)
      case 0x241B: put(escape, to: &bytes, skipping: 6)
      case 0xD800..<0xDC00:
        if let next = self.unit(at: index + 6), (0xDC00..<0xE000).contains(next) {
          index += 12
        } else {
          putHalf(to: &bytes)
        }
      case 0xDC00..<0xE000: putHalf(to: &bytes)
      default: index += 6
      }
    }

    /// The number of a `\u0000` at a place, when there is one.
    private func unit(at place: Int) -> UInt16? {
      guard place + 5 < json.count, json[place] == UInt8(ascii: "\\"),
        json[place + 1] == UInt8(ascii: "u")
      else { return nil }
      let digits = UnsafeRawBufferPointer(rebasing: json[place + 2..<place + 6])
      return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    private mutating func putHalf(to bytes: inout [UInt8]) {
      let digits = Array(json[index + 1..<index + 6])
      put(digits, to: &bytes, skipping: 6)
    }

    /// Writes the escape and what follows it in the place of some bytes.
    private mutating func put(
      _ replacement: [UInt8], to bytes: inout [UInt8], skipping count: Int
    ) {
      copyRest(to: &bytes)
      bytes += escape + replacement
      index += count
      copied = index
    }

    /// A number of usual length, with an exponent of three digits at most, is kept as it is.
    private mutating func passNumber() -> Bool {
      let start = index
      var exponentDigits: Int?
      while index < json.count {
        switch json[index] {
        case UInt8(ascii: "e"), UInt8(ascii: "E"): exponentDigits = 0
        case UInt8(ascii: "0")...UInt8(ascii: "9"): exponentDigits = exponentDigits.map { $0 + 1 }
        case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."): break
        default: return isKept(index - start, exponentDigits)
        }
        index += 1
      }
      return isKept(index - start, exponentDigits)
    }

    private func isKept(_ length: Int, _ exponentDigits: Int?) -> Bool {
      length <= 1_000 && (exponentDigits ?? 0) <= 3
    }
  }
}
