/// What a value is by how it is written, before anybody asks what it means.
enum LexicalForm: Int, CaseIterable {
  case boolean, integer
  /// A whole number of more than 64 bits.
  case wide
  /// Digits that begin with 0: a number would lose it.
  case padded
  case decimal, float, text

  /// What is counted, in words.
  var test: String {
    switch self {
    case .boolean: "are true or false, yes or no"
    case .integer: "are whole numbers"
    case .wide: "are whole numbers of more than 64 bits"
    case .padded: "begin with a 0, which a number would lose"
    case .decimal: "have a fraction"
    case .float: "have an exponent or are no finite number"
    case .text: "are other text"
    }
  }

  init(_ value: ValueText) {
    if value.digits == 0 {
      self = Self.word(value)
    } else {
      self = Self.number(value)
    }
  }

  private static func word(_ value: ValueText) -> LexicalForm {
    guard value.count < 10 else { return .text }
    switch value.string.lowercased() {
    case "true", "false", "yes", "no", "t", "f", "y", "n": return .boolean
    case "nan", "inf", "-inf", "infinity", "-infinity": return .float
    default: return .text
    }
  }

  private static func number(_ value: ValueText) -> LexicalForm {
    let isSigned = value.first == UInt8(ascii: "-") || value.first == UInt8(ascii: "+")
    let body = value.bytes.dropFirst(isSigned ? 1 : 0)
    guard let first = body.first, first.isDigit || first == UInt8(ascii: "."),
      value.letters < 2, value.dots < 2
    else { return .text }
    if value.digits == body.count {
      if first == UInt8(ascii: "0"), body.count > 1 { return .padded }
      return body.count <= 18 ? .integer : body.count <= 38 ? .wide : .text
    }
    if value.dots == 1, value.digits + 1 == body.count { return .decimal }
    let isExponent = value.letters == 1 && body.contains { $0 | 0x20 == UInt8(ascii: "e") }
    return isExponent && Double(value.string) != nil ? .float : .text
  }
}
