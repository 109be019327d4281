internal import Catchment
internal import DuckDB

/// What is wrong with a value or a line.
struct LayoutFault: Error {
  var code: String
  /// As the end of a sentence that begins with the value, or a sentence of its own.
  var message: String
  var column: String?
  var value: String?
}

/// Reads the values of one column from their bytes into a column of the engine, by the rules that its
/// layout says.
struct FieldReader {
  /// What becomes of a value; the error is the end of a sentence that begins with it.
  enum Outcome { case fits, null, isWrong(StaticString) }

  let name: String
  private let output: Int
  private let type: LayoutType
  private let trimsLeft: Bool
  private let trimsRight: Bool
  private let keepsEmpty: Bool
  private let isRequired: Bool
  private let nulls: [[UInt8]]
  private let dates: DatePattern
  private let values: [[UInt8]]
  private let range: ClosedRange<Double>?
  private let length: Int?
  private let isDigits: Bool
  private let pad: UInt8?
  /// Whether text is stored as it stands, which most is.
  private let isPlain: Bool
  private let letters: LayoutColumn.Letters?
  private let squeezes: Bool

  init(_ name: String, _ column: LayoutColumn, output: Int, of layout: Layout) {
    self.name = name
    self.output = output
    type = column.type
    trimsLeft = layout.trim == .both || layout.trim == .left
    trimsRight = layout.trim == .both || layout.trim == .right
    keepsEmpty = layout.keepsEmpty
    isRequired = column.isRequired || layout.key.contains(name)
    let isDate = type == .date || type == .timestamp
    let tokens = column.nulls ?? layout.nulls
    let dateTokens = isDate ? column.nullDates ?? layout.nullDates : []
    nulls = (tokens + dateTokens).map { Array($0.utf8) }
    dates = column.dates ?? layout.dates
    values = column.values.map { Array($0.utf8) }
    range = Self.range(column, dates)
    length = column.length
    isDigits = column.isDigits
    pad = column.pad?.utf8.first
    (letters, squeezes) = (column.letters, column.squeezes)
    isPlain =
      length == nil && !isDigits && pad == nil && letters == nil && !squeezes
      && values.isEmpty
  }

  /// Bounds as numbers; those of dates as seconds since 1970.
  private static func range(_ column: LayoutColumn, _ dates: DatePattern) -> ClosedRange<Double>? {
    func bound(_ scalar: Scalar?) -> Double? {
      switch scalar {
      case .integer(let number): Double(number)
      case .number(let number): number
      case .text(let text):
        Array(text.utf8).withUnsafeBytes { DatePattern.iso.seconds($0) ?? dates.seconds($0) }
          .map(Double.init)
      default: nil
      }
    }
    guard column.minimum != nil || column.maximum != nil else { return nil }
    let low = bound(column.minimum) ?? -.infinity
    return low...max(low, bound(column.maximum) ?? .infinity)
  }

  // MARK: Values

  /// Reads one value; `decoder` makes UTF-8 of text that has other than ASCII, nil where it is UTF-8.
  @inline(__always)
  func read(
    _ bytes: UnsafeRawBufferPointer, into rows: OutputChunk, _ decoder: TextDecoder?,
    _ scratch: inout [UInt8]
  ) throws(LayoutFault) {
    let value = trimmed(bytes)
    let outcome = isNull(value) ? .null : store(value, into: rows, decoder, &scratch)
    switch outcome {
    case .fits: return
    case .null:
      // What nothing sets is NULL.
      guard isRequired else { return }
      throw LayoutFault(code: "required", message: "has no value", column: name)
    case .isWrong(let reason): throw fault(value, reason, decoder)
    }
  }

  @inline(__always)
  private func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    var (first, end) = (0, bytes.count)
    if trimsRight { while end > 0, bytes[end &- 1] == 0x20 { end &-= 1 } }
    if trimsLeft { while first < end, bytes[first] == 0x20 { first &+= 1 } }
    return UnsafeRawBufferPointer(rebasing: bytes[first..<end])
  }

  @inline(__always)
  private func isNull(_ value: UnsafeRawBufferPointer) -> Bool {
    if value.isEmpty { return !keepsEmpty || type != .text }
    if nulls.isEmpty { return false }
    return nulls.contains { $0.count == value.count && $0.elementsEqual(value) }
  }

  @inline(__always)
  private func store(
    _ value: UnsafeRawBufferPointer, into rows: OutputChunk, _ decoder: TextDecoder?,
    _ scratch: inout [UInt8]
  ) -> Outcome {
    switch type {
    case .text:
      if isPlain, decoder == nil {
        rows.setText(output, value)
        return .fits
      }
      return storeText(value, into: rows, decoder, &scratch)
    case .integer:
      guard let number = Self.integer(value) else { return .isWrong("is no whole number") }
      guard isInRange(Double(number)) else { return .isWrong("is out of range") }
      rows.set(output, number)
    case .decimal(let width, let scale):
      guard let number = Self.decimal(value, scale) else {
        return .isWrong("is no decimal of so many places")
      }
      guard number.magnitude < Self.powers[width],
        isInRange(Double(number) / Double(Self.powers[scale]))
      else { return .isWrong("is out of range") }
      rows.setDecimal(output, number)
    case .date, .timestamp:
      guard let seconds = dates.seconds(value) else { return .isWrong("is no such date") }
      guard isInRange(Double(seconds)) else { return .isWrong("is out of range") }
      rows.set(output, type == .date ? seconds / 86_400 : seconds * 1_000_000)
    case .number, .boolean: return storeSeldom(value, into: rows)
    }
    return .fits
  }

  @inline(__always)
  private func isInRange(_ number: Double) -> Bool { range?.contains(number) ?? true }

  @inline(never)
  private func storeSeldom(_ value: UnsafeRawBufferPointer, into rows: OutputChunk) -> Outcome {
    if type == .boolean {
      guard let flag = Self.flag(value) else { return .isWrong("is neither true nor false") }
      rows.set(output, flag)
      return .fits
    }
    guard let number = Double(String(decoding: value, as: UTF8.self)), number.isFinite else {
      return .isWrong("is no number")
    }
    guard isInRange(number) else { return .isWrong("is out of range") }
    rows.set(output, number)
    return .fits
  }

  private static func flag(_ value: UnsafeRawBufferPointer) -> Bool? {
    switch String(decoding: value, as: UTF8.self).lowercased() {
    case "y", "yes", "t", "true", "1": true
    case "n", "no", "f", "false", "0": false
    default: nil
    }
  }

  // MARK: Text

  /// Text with rules of its own, or in another encoding than UTF-8.
  private func storeText(
    _ value: UnsafeRawBufferPointer, into rows: OutputChunk, _ decoder: TextDecoder?,
    _ scratch: inout [UInt8]
  ) -> Outcome {
    scratch.removeAll(keepingCapacity: true)
    if let decoder {
      for byte in value { decoder.append(byte, to: &scratch) }
    } else {
      scratch += value
    }
    if squeezes { Self.squeeze(&scratch) }
    if let letters { Self.recase(&scratch, letters) }
    if let pad, let length, scratch.count < length {
      scratch.insert(contentsOf: repeatElement(pad, count: length - scratch.count), at: 0)
    }
    if let length, Self.characters(scratch) != length { return .isWrong("has another length") }
    if isDigits, !scratch.allSatisfy({ $0 &- 48 < 10 }) { return .isWrong("has other than digits") }
    if !values.isEmpty, !values.contains(scratch) {
      return .isWrong("is none of the values there are")
    }
    scratch.withUnsafeBytes { rows.setText(output, $0) }
    return .fits
  }

  private static func squeeze(_ text: inout [UInt8]) {
    var (end, last) = (0, UInt8(0))
    for byte in text where byte != 0x20 || last != 0x20 {
      text[end] = byte
      (end, last) = (end + 1, byte)
    }
    text.removeSubrange(end...)
  }

  private static func recase(_ text: inout [UInt8], _ letters: LayoutColumn.Letters) {
    let string = String(decoding: text, as: UTF8.self)
    text = Array((letters == .upper ? string.uppercased() : string.lowercased()).utf8)
  }

  private static func characters(_ text: [UInt8]) -> Int { text.count { $0 & 0xC0 != 0x80 } }

  private func fault(
    _ value: UnsafeRawBufferPointer, _ reason: StaticString, _ decoder: TextDecoder?
  ) -> LayoutFault {
    var text: [UInt8] = []
    for byte in value {
      if let decoder { decoder.append(byte, to: &text) } else { text.append(byte) }
    }
    return LayoutFault(
      code: "cast", message: "\(reason)", column: name,
      value: String(decoding: text, as: UTF8.self))
  }
}

// MARK: Numbers from digits

extension FieldReader {
  static let powers: [UInt64] = (0...18).map { power in
    (0..<power).reduce(1) { product, _ in product * 10 }
  }

  /// A whole number of up to 18 digits.
  @inline(__always)
  static func integer(_ text: UnsafeRawBufferPointer) -> Int64? {
    let first = text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: "+") ? 1 : 0
    guard text.count > first, text.count &- first <= 18 else { return nil }
    var number: Int64 = 0
    for place in first..<text.count {
      let digit = text[place] &- 48
      guard digit < 10 else { return nil }
      number = number &* 10 &+ Int64(digit)
    }
    return text[0] == UInt8(ascii: "-") ? -number : number
  }

  /// A number without its point, with so many places behind it; more may be there when they are zeros.
  @inline(__always)
  static func decimal(_ text: UnsafeRawBufferPointer, _ scale: Int) -> Int64? {
    let first = text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: "+") ? 1 : 0
    var (number, digits, places): (Int64, Int, Int?) = (0, 0, nil)
    for place in first..<text.count {
      let byte = text[place]
      if byte == UInt8(ascii: "."), places == nil {
        places = 0
        continue
      }
      let digit = byte &- 48
      guard digit < 10 else { return nil }
      if let behind = places {
        places = behind &+ 1
        guard behind < scale else {
          if digit == 0 { continue }
          return nil
        }
      }
      number = number &* 10 &+ Int64(digit)
      digits &+= 1
      guard digits <= 18 else { return nil }
    }
    let missing = scale &- min(places ?? 0, scale)
    guard digits > 0, digits &+ missing <= 18 else { return nil }
    number &*= Int64(powers[missing])
    return text[0] == UInt8(ascii: "-") ? -number : number
  }
}
