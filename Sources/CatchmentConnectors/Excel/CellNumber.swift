/// A number as a cell has it, in decimal digits.
struct CellNumber {
  let value: Double
  /// The same, when it is whole: exact where the digits are.
  let whole: Int64?

  /// Powers of ten that a `Double` holds exactly.
  private static let powers: [Double] = (0...22).map { power in
    (0..<power).reduce(1.0) { product, _ in product * 10 }
  }
  /// Whole numbers below it are exact as a `Double`.
  private static let exact: UInt64 = 1 << 53

  /// Nil for what is no number.
  init?(_ text: UnsafeRawBufferPointer) {
    var place = 0
    let isNegative = text.first == UInt8(ascii: "-")
    if isNegative || text.first == UInt8(ascii: "+") { place = 1 }
    var (digits, fraction, mantissa): (Int, Int, UInt64) = (0, 0, 0)
    var hasPoint = false
    while place < text.count {
      let byte = text[place]
      if byte &- 0x30 < 10 {
        // More digits than that are read with care, below.
        if digits < 19 { mantissa = mantissa &* 10 &+ UInt64(byte &- 0x30) }
        if mantissa > 0 { digits &+= 1 }
        if hasPoint { fraction &+= 1 }
      } else if byte == UInt8(ascii: "."), !hasPoint {
        hasPoint = true
      } else {
        break
      }
      place &+= 1
    }
    guard place == text.count, digits < 19, fraction <= 22,
      text.last.map({ $0 &- 0x30 < 10 }) == true
    else {
      guard let value = Self.careful(text) else { return nil }
      self.init(value: value, whole: Self.whole(text, value))
      return
    }
    if fraction == 0 {
      let number = Int64(mantissa)
      self.init(value: Double(isNegative ? -number : number), whole: isNegative ? -number : number)
      return
    }
    let value =
      mantissa < Self.exact
      ? Double(mantissa) / Self.powers[fraction] : Self.careful(text)?.magnitude ?? .nan
    let signed = isNegative ? -value : value
    self.init(value: signed, whole: Self.whole(of: signed))
  }

  private init(value: Double, whole: Int64?) { (self.value, self.whole) = (value, whole) }

  /// By the system's own reading, which also knows words and other bases.
  private static func careful(_ text: UnsafeRawBufferPointer) -> Double? {
    let marks = "+-.eE".utf8
    guard !text.isEmpty, text.allSatisfy({ $0 &- 0x30 < 10 || marks.contains($0) }),
      let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite
    else { return nil }
    return value
  }

  private static func whole(_ text: UnsafeRawBufferPointer, _ value: Double) -> Int64? {
    Int64(String(decoding: text, as: UTF8.self)) ?? whole(of: value)
  }

  private static func whole(of value: Double) -> Int64? {
    value.magnitude < Double(exact) && value == value.rounded(.towardZero) ? Int64(value) : nil
  }
}
