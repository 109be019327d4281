internal import Foundation

/// What a character is to a word, and how it is written when case and accents do not count.
struct Letter {
  enum Kind: UInt8 {
    case separator, lower, upper, digit
    /// A word of its own: scripts without spaces are found character by character.
    case ideograph
    /// Belongs to the letter before it and is not written.
    case mark
  }

  var kind: Kind
  var folded: [UInt8]
}

/// The letters of Unicode, looked up as they are met.
struct LetterTable {
  private var known: [UInt32: Letter] = [:]

  /// The kind of each ASCII character; only letters and digits make words.
  static let ascii: [Letter.Kind] = (0..<128).map { (byte: UInt8) in
    switch byte {
    case 0x61...0x7A: .lower
    case 0x41...0x5A: .upper
    case 0x30...0x39: .digit
    default: .separator
    }
  }

  subscript(_ scalar: Unicode.Scalar) -> Letter {
    mutating get {
      if let letter = known[scalar.value] { return letter }
      let letter = Self.letter(scalar)
      known[scalar.value] = letter
      return letter
    }
  }

  private static func letter(_ scalar: Unicode.Scalar) -> Letter {
    let kind = kind(scalar)
    guard kind != .separator, kind != .mark else { return Letter(kind: kind, folded: []) }
    let folded = String(scalar).folding(
      options: [.caseInsensitive, .diacriticInsensitive, .widthInsensitive], locale: nil)
    return Letter(kind: kind, folded: Array(folded.lowercased().utf8))
  }

  private static func kind(_ scalar: Unicode.Scalar) -> Letter.Kind {
    switch scalar.value {
    case 0x2E80...0x2FDF, 0x3005...0x3007, 0x3040...0x30FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
      0xF900...0xFAFF, 0x20000...0x3FFFD:
      return .ideograph
    default: break
    }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .titlecaseLetter: return .upper
    case .lowercaseLetter, .modifierLetter, .otherLetter, .letterNumber: return .lower
    case .decimalNumber, .otherNumber: return .digit
    case .nonspacingMark, .spacingMark, .enclosingMark: return .mark
    default: return .separator
    }
  }
}
