/// A value as it is written, with what its characters are: enough to rule most things out at once.
struct ValueText {
  let bytes: UnsafeRawBufferPointer
  private(set) var digits = 0
  private(set) var letters = 0
  private(set) var spaces = 0
  private(set) var dots = 0
  private(set) var colons = 0
  private(set) var hyphens = 0
  private(set) var slashes = 0
  private(set) var ats = 0
  private(set) var commas = 0
  private(set) var others = 0

  /// Without the spaces around it.
  init(_ all: UnsafeRawBufferPointer) {
    var (start, end) = (all.startIndex, all.endIndex)
    while start < end, all[start] == UInt8(ascii: " ") { start += 1 }
    while start < end, all[end - 1] == UInt8(ascii: " ") { end -= 1 }
    bytes = UnsafeRawBufferPointer(rebasing: all[start..<end])
    for byte in bytes { count(byte) }
  }

  private mutating func count(_ byte: UInt8) {
    switch byte {
    case _ where byte.isDigit: digits += 1
    case _ where byte.isLetter: letters += 1
    case UInt8(ascii: " "): spaces += 1
    case UInt8(ascii: "."): dots += 1
    case UInt8(ascii: ":"): colons += 1
    case UInt8(ascii: "-"): hyphens += 1
    case UInt8(ascii: "/"): slashes += 1
    case UInt8(ascii: "@"): ats += 1
    case UInt8(ascii: ","): commas += 1
    default: others += 1
    }
  }

  var count: Int { bytes.count }
  var isEmpty: Bool { bytes.isEmpty }
  var first: UInt8 { bytes.first ?? 0 }
  var string: String { String(decoding: bytes, as: UTF8.self) }

  /// The bytes between marks, none left out.
  func parts(_ mark: Character) -> [Slice<UnsafeRawBufferPointer>] {
    bytes.split(separator: mark.asciiValue ?? 0, omittingEmptySubsequences: false)
  }

  /// The digits as numbers, whatever stands between them.
  var digitValues: [Int] { bytes.filter(\.isDigit).map { Int($0) - 48 } }

  /// Letters as x, digits as 9: what it looks like, and nothing of what it says.
  var mask: String {
    let shape = string.prefix(40).map { character in
      character.isNumber ? "9" : character.isLetter ? "x" : character
    }
    return String(shape)
  }
}

extension UInt8 {
  var isDigit: Bool { self &- 48 < 10 }
  var isLetter: Bool { (self | 0x20) &- 97 < 26 }
  var isHexDigit: Bool { isDigit || (self | 0x20) &- 97 < 6 }
  var isUpper: Bool { self &- 65 < 26 }
}

extension String {
  /// Its shape alone, when it is an address, a card or the like.
  var maskedIfSensitive: String {
    var text = self
    return text.withUTF8 { bytes in
      let value = ValueText(UnsafeRawBufferPointer(bytes))
      let isSensitive = SemanticKind.allCases.contains { $0.isSensitive && $0.fits(value) }
      return isSensitive ? value.mask : self
    }
  }
}
