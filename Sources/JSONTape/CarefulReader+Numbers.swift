extension CarefulReader {
  /// Reads a number of any size: exactly if it is whole, else as the nearest double.
  mutating func readNumber() throws(JSONError) {
    appendStructural()
    let start = position
    if current == UInt8(ascii: "-") { position += 1 }
    let digits = position
    try readWhole()
    let whole = position
    try readFraction()
    try readExponent()
    if position == whole {
      appendInteger(digits: digits..<whole, isNegative: digits > start)
    } else {
      appendDouble(start..<position)
    }
  }

  private mutating func readWhole() throws(JSONError) {
    let start = position
    try readDigits("expected a digit after '-'")
    guard bytes[start] == UInt8(ascii: "0"), position > start + 1 else { return }
    position = start + 1
    throw error(.syntax, "expected no digit after a leading 0")
  }

  private mutating func readFraction() throws(JSONError) {
    guard current == UInt8(ascii: ".") else { return }
    position += 1
    try readDigits("expected a digit after '.'")
  }

  private mutating func readExponent() throws(JSONError) {
    guard current == UInt8(ascii: "e") || current == UInt8(ascii: "E") else { return }
    position += 1
    if current == UInt8(ascii: "-") || current == UInt8(ascii: "+") { position += 1 }
    try readDigits("expected a digit in the exponent")
  }

  private mutating func readDigits(_ expected: String) throws(JSONError) {
    let start = position
    while let byte = current, byte.isDigit { position += 1 }
    guard position > start else { throw unexpected(expected) }
  }

  private mutating func appendInteger(digits: Range<Int>, isNegative: Bool) {
    guard let magnitude = magnitude(digits) else { return append(Tape.Mark.bigInteger) }
    if isNegative {
      guard magnitude <= Int64.min.magnitude else { return append(Tape.Mark.bigInteger) }
      append(Tape.Mark.integer)
      append(bits: 0 &- magnitude)
    } else {
      append(magnitude > Int64.max ? Tape.Mark.unsignedInteger : Tape.Mark.integer)
      append(bits: magnitude)
    }
  }

  /// The value of some digits; nil beyond 64 bits.
  private func magnitude(_ digits: Range<Int>) -> UInt64? {
    guard digits.count <= 20 else { return nil }
    var value: UInt64 = 0
    for index in digits {
      let (tens, overflows) = value.multipliedReportingOverflow(by: 10)
      let digit = UInt64(bytes[index] - UInt8(ascii: "0"))
      let (sum, carries) = tens.addingReportingOverflow(digit)
      if overflows || carries { return nil }
      value = sum
    }
    return value
  }

  private mutating func appendDouble(_ range: Range<Int>) {
    let digits = UnsafeBufferPointer(start: bytes + range.lowerBound, count: range.count)
    // Beyond its range this gives infinity or zero, the nearest doubles.
    let value = Double(String(decoding: digits, as: UTF8.self)) ?? .nan
    append(Tape.Mark.double)
    append(bits: value.bitPattern)
  }
}

extension UInt8 {
  fileprivate var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
}
