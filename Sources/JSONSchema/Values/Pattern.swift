/// A regular expression of ECMA-262, as the keywords `pattern` and `patternProperties` have it.
///
/// It is translated into Swift's dialect, and matches anywhere in a text, code point by code point.
/// It is as quick as Swift's backtracking is: patterns are taken from schemas one trusts.
struct Pattern {
  let source: String
  private let regex: Regex<AnyRegexOutput>

  /// Throws what Swift says about a pattern that is none.
  init(_ source: String) throws {
    self.source = source
    var translation = PatternTranslation(source)
    regex = try Regex(translation.translate()).matchingSemantics(.unicodeScalar)
  }

  func matches(_ text: String) -> Bool { text.firstMatch(of: regex) != nil }
}

/// Rewrites what the two dialects mean differently.
private struct PatternTranslation {
  private var rest: ArraySlice<Unicode.Scalar>
  private var text = ""
  private var isInClass = false

  init(_ source: String) { rest = Array(source.unicodeScalars)[...] }

  mutating func translate() -> String {
    while let scalar = rest.popFirst() {
      if scalar == "\\" {
        translateEscape()
      } else if isInClass {
        translateInClass(scalar)
      } else {
        translateOutside(scalar)
      }
    }
    return text
  }

  private mutating func translateOutside(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "^": text += #"\A"#
    // Only the very end: Swift's own `$` also stands before a last line break.
    case "$": text += #"\z"#
    case ".": text += #"[^\n\r\u{2028}\u{2029}]"#
    case "[":
      isInClass = true
      text += "["
      if rest.first == "^" {
        rest.removeFirst()
        text += "^"
      }
    default: text.unicodeScalars.append(scalar)
    }
  }

  private mutating func translateInClass(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "]":
      isInClass = false
      text += "]"
    // To Swift these open a set in a set, or join two.
    case "[", "&", "~": text += "\\\(scalar)"
    default: text.unicodeScalars.append(scalar)
    }
  }

  private mutating func translateEscape() {
    guard let scalar = rest.popFirst() else { return text += "\\" }
    switch scalar {
    case "d": text += inClass("0-9")
    case "w": text += inClass("A-Za-z0-9_")
    case "s": text += inClass(Self.whitespace)
    case "D": text += "[^0-9]"
    case "W": text += "[^A-Za-z0-9_]"
    case "S": text += "[^\(Self.whitespace)]"
    case "/": text += "/"
    case "c":
      if let letter = rest.popFirst() { text += #"\u{\#(String(letter.value % 32, radix: 16))}"# }
    case "x": appendScalar(digits: 2)
    case "u" where rest.first != "{": appendScalar(digits: 4)
    default:
      text += "\\"
      text.unicodeScalars.append(scalar)
    }
  }

  private static let whitespace = #"\u{9}-\u{D}\u{20}\u{A0}\u{FEFF}\u{2028}\u{2029}\p{Zs}"#

  private func inClass(_ set: String) -> String { isInClass ? set : "[\(set)]" }

  private mutating func appendScalar(digits count: Int) {
    text += #"\u{\#(String(String.UnicodeScalarView(rest.prefix(count))))}"#
    rest = rest.dropFirst(count)
  }
}
