internal import JSONTape

/// A decimal number of any size, exactly as it is written.
///
/// It is `digits` times ten to the `exponent`, without a zero at either end: two numbers are the same
/// if and only if all parts are, however they are written. Nought has no digits.
struct ExactNumber: Hashable, Sendable {
  private(set) var isNegative = false
  /// Values of 0 to 9, the most significant first.
  private(set) var digits: [UInt8] = []
  private(set) var exponent = 0

  /// Reads a number as JSON writes it.
  init(_ text: some Sequence<UInt8>) {
    var written = 0
    var isExponent = false
    var exponentIsNegative = false
    var isFraction = false
    for byte in text {
      switch byte {
      case UInt8(ascii: "-"): if isExponent { exponentIsNegative = true } else { isNegative = true }
      case UInt8(ascii: "."): isFraction = true
      case UInt8(ascii: "e"), UInt8(ascii: "E"): isExponent = true
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        let digit = byte - UInt8(ascii: "0")
        if isExponent {
          // Beyond this nothing but the sign of the exponent matters.
          written = min(written * 10 + Int(digit), Self.largestExponent)
        } else {
          if !digits.isEmpty || digit > 0 { digits.append(digit) }
          if isFraction { exponent -= 1 }
        }
      default: break
      }
    }
    exponent += exponentIsNegative ? -written : written
    normalize()
  }

  private static let largestExponent = 1 << 40

  private mutating func normalize() {
    while digits.last == 0 {
      digits.removeLast()
      exponent += 1
    }
    if digits.isEmpty { (isNegative, exponent) = (false, 0) }
  }

  var isWhole: Bool { exponent >= 0 }

  var isPositive: Bool { !isNegative && !digits.isEmpty }

  /// The value where it is whole and small; nil for any other.
  var small: Int64? {
    guard isWhole, digits.count + exponent <= 18 else { return nil }
    var value: Int64 = 0
    for digit in digits { value = value * 10 + Int64(digit) }
    for _ in 0..<exponent { value *= 10 }
    return isNegative ? -value : value
  }
}

extension ExactNumber: Comparable {
  static func < (left: ExactNumber, right: ExactNumber) -> Bool {
    guard left.isNegative == right.isNegative else { return left.isNegative }
    let (small, large) = left.isNegative ? (right, left) : (left, right)
    return small.isCloserToZero(than: large)
  }

  private func isCloserToZero(than other: ExactNumber) -> Bool {
    guard !digits.isEmpty, !other.digits.isEmpty else { return digits.count < other.digits.count }
    let (magnitude, otherMagnitude) = (digits.count + exponent, other.digits.count + other.exponent)
    guard magnitude == otherMagnitude else { return magnitude < otherMagnitude }
    return digits.lexicographicallyPrecedes(other.digits)
  }
}

extension ExactNumber {
  /// How many digits a divisor may have.
  static let divisorDigits = 19

  /// Whether it is a whole multiple of a positive number of at most `divisorDigits` digits.
  func isMultiple(of divisor: ExactNumber) -> Bool {
    if digits.isEmpty { return true }
    // The last digit is not 0, so no power of ten divides what stands before the exponent.
    guard exponent >= divisor.exponent else { return false }
    let modulus = divisor.digits.reduce(0 as UInt128) { $0 * 10 + UInt128($1) }
    let remainder = digits.reduce(0 as UInt128) { ($0 * 10 + UInt128($1)) % modulus }
    let power = Self.powerOfTen(exponent - divisor.exponent, modulus)
    return remainder * power % modulus == 0
  }

  private static func powerOfTen(_ exponent: Int, _ modulus: UInt128) -> UInt128 {
    var (result, base, rest) = (1 % modulus, 10 % modulus, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result = result * base % modulus }
      base = base * base % modulus
      rest >>= 1
    }
    return result
  }
}

extension ExactNumber {
  /// The value of a JSON number; nil for anything else.
  init?(_ value: JSONValue) {
    guard let text = value.numberText else { return nil }
    self.init(text.bytes)
  }
}
