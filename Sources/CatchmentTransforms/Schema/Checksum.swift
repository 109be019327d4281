/// Digits that show that a number was not made up or mistyped.
enum Checksum {
  /// Of card numbers (ISO/IEC 7812): every second digit from the right counts twice.
  static func luhn(_ digits: [Int]) -> Bool {
    guard digits.count > 1 else { return false }
    var sum = 0
    for (place, digit) in digits.reversed().enumerated() {
      let weighted = place % 2 == 0 ? digit : digit * 2
      sum += weighted > 9 ? weighted - 9 : weighted
    }
    return sum % 10 == 0
  }

  /// Of IBANs (ISO 13616): with the first four at the end and letters as numbers, 1 is left of 97.
  static func iban(_ characters: [UInt8]) -> Bool {
    guard characters.count > 4 else { return false }
    var rest = 0
    for character in characters[4...] + characters[..<4] {
      switch character {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): rest = (rest * 10 + Int(character) - 48) % 97
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): rest = (rest * 100 + Int(character) - 55) % 97
      default: return false
      }
    }
    return rest == 1
  }

  /// Of books before 2007: weights of 10 to 1, and a last X is 10.
  static func isbn10(_ values: [Int]) -> Bool {
    guard values.count == 10, !values.dropLast().contains(10) else { return false }
    return values.enumerated().reduce(0) { $0 + (10 - $1.offset) * $1.element } % 11 == 0
  }

  /// Of books since 2007: weights of 1 and 3 in turn.
  static func isbn13(_ digits: [Int]) -> Bool {
    guard digits.count == 13, !digits.contains(10) else { return false }
    return digits.enumerated().reduce(0) { $0 + ($1.offset % 2 == 0 ? 1 : 3) * $1.element } % 10
      == 0
  }
}
