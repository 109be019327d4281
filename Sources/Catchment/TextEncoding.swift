/// How the bytes of a text file stand for characters.
public enum TextEncoding: String, OptionWord, Hashable {
  case utf8 = "utf-8"
  case latin1 = "latin-1"
  /// The first PCs' own.
  case cp437 = "cp437"
  /// Windows' for western Europe; its five empty places are the control characters of Latin-1.
  case cp1252 = "cp1252"

  /// What the bytes from 128 on stand for, in order; nil for UTF-8, whose characters are no bytes.
  private var upperHalf: String? {
    switch self {
    case .utf8: nil
    case .latin1: String(String.UnicodeScalarView((0x80...0xFF).compactMap(Unicode.Scalar.init)))
    case .cp437: Self.cp437Characters
    case .cp1252: Self.cp1252Characters
    }
  }

  private static let cp437Characters = """
    ÇüéâäàåçêëèïîìÄÅ\
    ÉæÆôöòûùÿÖÜ¢£¥₧ƒ\
    áíóúñÑªº¿⌐¬½¼¡«»\
    ░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧\
    ╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
    αßΓπΣσµτΦΘΩδ∞φε∩\
    ≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{A0}
    """

  private static let cp1252Characters = """
    €\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8D}Ž\u{8F}\
    \u{90}‘’“”•–—˜™š›œ\u{9D}žŸ\
    \u{A0}¡¢£¤¥¦§¨©ª«¬\u{AD}®¯\
    °±²³´µ¶·¸¹º»¼½¾¿\
    ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏ\
    ÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞß\
    àáâãäåæçèéêëìíîï\
    ðñòóôõö÷øùúûüýþÿ
    """

  /// The text that bytes stand for; what is no UTF-8 is replaced where that is the encoding.
  public func string(of bytes: some Collection<UInt8>) -> String {
    guard self != .utf8 else { return String(decoding: bytes, as: UTF8.self) }
    let decoder = TextDecoder(self)
    var text: [UInt8] = []
    for byte in bytes { decoder.append(byte, to: &text) }
    return String(decoding: text, as: UTF8.self)
  }

  /// The characters from 128 on, as UTF-8.
  fileprivate var upperBytes: [[UInt8]] {
    (upperHalf ?? "").unicodeScalars.map { Array(String($0).utf8) }
  }
}

/// Makes UTF-8 of text in an encoding of one byte a character.
public struct TextDecoder: Sendable {
  /// The longest of a character in UTF-8.
  public static let longest = 3
  private let upper: [[UInt8]]

  public init(_ encoding: TextEncoding) { upper = encoding.upperBytes }

  /// Appends a byte's character.
  public func append(_ byte: UInt8, to text: inout [UInt8]) {
    if byte < 0x80 { text.append(byte) } else { text += upper[Int(byte) - 0x80] }
  }
}
