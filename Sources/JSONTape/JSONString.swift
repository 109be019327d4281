/// Text as a JSON string (RFC 8259 §7).
public enum JSONString {
  /// The text in quotation marks, with what must be escaped escaped.
  ///
  /// Whole answers of models come through here, so it goes by bytes: no byte of a longer character is
  /// one that must be escaped.
  public static func quoted(_ text: String) -> String {
    var text = text
    return text.withUTF8 { bytes in
      String(unsafeUninitializedCapacity: bytes.reduce(2) { $0 + escape(of: $1).length }) { space in
        var end = 0
        func put(_ byte: UInt8) {
          space[end] = byte
          end += 1
        }
        put(quotationMark)
        for byte in bytes {
          switch escape(of: byte) {
          case .none: put(byte)
          case .letter(let letter):
            put(backslash)
            put(letter)
          case .code:
            for character in "\\u00".utf8 { put(character) }
            put(digit(byte >> 4))
            put(digit(byte & 15))
          }
        }
        put(quotationMark)
        return end
      }
    }
  }

  private enum Escape {
    case none, letter(UInt8), code

    var length: Int {
      switch self {
      case .none: 1
      case .letter: 2
      case .code: 6
      }
    }
  }

  private static func escape(of byte: UInt8) -> Escape {
    switch byte {
    case quotationMark, backslash: .letter(byte)
    case UInt8(ascii: "\n"): .letter(UInt8(ascii: "n"))
    case UInt8(ascii: "\t"): .letter(UInt8(ascii: "t"))
    case UInt8(ascii: "\r"): .letter(UInt8(ascii: "r"))
    case 0..<0x20: .code
    default: .none
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }

  private static let quotationMark = UInt8(ascii: "\"")
  private static let backslash = UInt8(ascii: "\\")
}
