/// A number as PostgreSQL sends it: digits to the base of 10,000, the highest first.
struct PostgreSQLNumeric {
  private(set) var digits: [Int16] = []
  /// The power of 10,000 that the first digit counts.
  private(set) var weight = 0
  private(set) var isNegative = false
  /// How many decimal digits are after the point.
  private(set) var scale = 0

  init(_ number: UInt64) { self.init("\(number)") }

  /// A number without its point, which has `scale` digits behind it.
  init(_ unscaled: Int64, scale: Int) {
    self.scale = scale
    isNegative = unscaled < 0
    // Filled up to whole digits behind the point; the highest come last.
    let filled = -scale & 3
    var rest = UInt128(unscaled.magnitude)
    for _ in 0..<filled { rest *= 10 }
    while rest > 0 {
      digits.append(Int16(rest % 10_000))
      rest /= 10_000
    }
    digits.reverse()
    weight = digits.count - 1 - (scale + filled) / 4
    trim()
  }

  /// Reads decimal digits, with a sign or a point or without.
  init(_ text: String) {
    isNegative = text.hasPrefix("-")
    let parts = text.drop { $0 == "-" }.split(
      separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    var whole = (parts.first ?? "").utf8.map { Int16($0 - UInt8(ascii: "0")) }
    var fraction = parts.count > 1 ? parts[1].utf8.map { Int16($0 - UInt8(ascii: "0")) } : []
    scale = fraction.count
    whole = Array(repeating: 0, count: -whole.count & 3) + whole
    fraction += Array(repeating: 0, count: -fraction.count & 3)
    weight = whole.count / 4 - 1
    let all = whole + fraction
    digits = stride(from: 0, to: all.count, by: 4).map { place in
      all[place..<place + 4].reduce(0) { $0 * 10 + $1 }
    }
    trim()
  }

  private mutating func trim() {
    while digits.first == 0 {
      digits.removeFirst()
      weight -= 1
    }
    while digits.last == 0 { digits.removeLast() }
    if digits.isEmpty { (weight, isNegative) = (0, false) }
  }
}
