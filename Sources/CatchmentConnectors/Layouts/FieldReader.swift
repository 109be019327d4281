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

/// Reads the values of one column of a chunk's lines into a column of the engine, by the rules that its
/// layout says.
struct FieldReader {
  /// What becomes of a value; the reason is the end of a sentence that begins with it.
  enum Outcome<Value> { case fits(Value), isWrong(StaticString) }

  let name: String
  private let output: Int
  private let type: LayoutType
  private let trimsLeft: Bool
  private let trimsRight: Bool
  private let keepsEmpty: Bool
  private let isRequired: Bool
  private let nulls: WordList
  private let dates: DatePattern
  private let values: WordList
  private let range: ClosedRange<Double>?
  private let length: Int?
  private let isDigits: Bool
  private let pad: UInt8?
  /// Whether text is stored as it stands, which most is.
  private let isPlain: Bool
  private let letters: LayoutColumn.Letters?
  private let squeezes: Bool
  /// Makes UTF-8 of text that has other than ASCII; nil where it is UTF-8.
  private let decoder: TextDecoder?

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
    nulls = WordList(tokens + dateTokens)
    dates = column.dates ?? layout.dates
    values = WordList(column.values)
    range = Self.range(column, dates)
    length = column.length
    isDigits = column.isDigits
    pad = column.pad?.utf8.first
    (letters, squeezes) = (column.letters, column.squeezes)
    decoder = layout.encoding == .utf8 ? nil : TextDecoder(layout.encoding)
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

  /// Reads the fields at a place of all lines; rows whose value is wrong are told, unless they were
  /// already.
  func read(
    _ lines: FieldLines, at place: Int, into chunk: ChunkBuilder, _ faults: inout [Int: LayoutFault]
  ) {
    switch type {
    case .text: readText(lines, place, chunk, &faults)
    case .integer:
      readEach(lines, place, chunk, of: Int64.self, &faults) { value in
        guard let number = Self.integer(value) else { return .isWrong("is no whole number") }
        return inRange(number, Double(number))
      }
    case .decimal(let width, let scale): readDecimals(lines, place, chunk, width, scale, &faults)
    case .date:
      readEach(lines, place, chunk, of: Int32.self, &faults) { value in
        guard let seconds = dates.seconds(value) else { return .isWrong("is no such date") }
        return inRange(Int32(truncatingIfNeeded: seconds / 86_400), Double(seconds))
      }
    case .timestamp:
      readEach(lines, place, chunk, of: Int64.self, &faults) { value in
        guard let seconds = dates.seconds(value) else { return .isWrong("is no such date") }
        return inRange(seconds * 1_000_000, Double(seconds))
      }
    case .boolean:
      readEach(lines, place, chunk, of: Bool.self, &faults) { value in
        Self.flag(value).map { .fits($0) } ?? .isWrong("is neither true nor false")
      }
    case .number:
      readEach(lines, place, chunk, of: Double.self, &faults) { value in
        guard let number = Double(String(decoding: value, as: UTF8.self)), number.isFinite else {
          return .isWrong("is no number")
        }
        return inRange(number, number)
      }
    }
  }

  @inline(__always)
  private func inRange<Value>(_ value: Value, _ number: Double) -> Outcome<Value> {
    guard let range, !range.contains(number) else { return .fits(value) }
    return .isWrong("is out of range")
  }

  private func readDecimals(
    _ lines: FieldLines, _ place: Int, _ chunk: ChunkBuilder, _ width: Int, _ scale: Int,
    _ faults: inout [Int: LayoutFault]
  ) {
    func read<Number: FixedWidthInteger & BitwiseCopyable>(_ type: Number.Type) {
      readEach(lines, place, chunk, of: type, &faults) { value in
        guard let number = Self.decimal(value, scale) else {
          return .isWrong("is no decimal of so many places")
        }
        guard number.magnitude < Self.powers[width] else { return .isWrong("is out of range") }
        return inRange(
          Number(truncatingIfNeeded: number), Double(number) / Double(Self.powers[scale]))
      }
    }
    switch width {
    case ...4: read(Int16.self)
    case ...9: read(Int32.self)
    default: read(Int64.self)
    }
  }

  @inline(__always)
  private func readEach<Value: BitwiseCopyable>(
    _ lines: FieldLines, _ place: Int, _ chunk: ChunkBuilder, of type: Value.Type,
    _ faults: inout [Int: LayoutFault], _ parse: (UnsafeRawBufferPointer) -> Outcome<Value>
  ) {
    var column = chunk.column(output, of: type, rows: lines.count)
    for row in 0..<lines.count {
      let value = trimmed(lines.field(row, place))
      if isNull(value) {
        column.setNull(row)
        if isRequired { note(required, row, &faults) }
        continue
      }
      switch parse(value) {
      case .fits(let parsed): column.set(row, parsed)
      case .isWrong(let reason): note(fault(value, reason), row, &faults)
      }
    }
  }

  private func note(_ fault: LayoutFault, _ row: Int, _ faults: inout [Int: LayoutFault]) {
    if faults[row] == nil { faults[row] = fault }
  }

  private var required: LayoutFault {
    LayoutFault(code: "required", message: "has no value", column: name)
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
    return !nulls.isEmpty && nulls.contains(value)
  }

  private static func flag(_ value: UnsafeRawBufferPointer) -> Bool? {
    switch String(decoding: value, as: UTF8.self).lowercased() {
    case "y", "yes", "t", "true", "1": true
    case "n", "no", "f", "false", "0": false
    default: nil
    }
  }

  // MARK: Text

  private func readText(
    _ lines: FieldLines, _ place: Int, _ chunk: ChunkBuilder, _ faults: inout [Int: LayoutFault]
  ) {
    var column = chunk.textColumn(output, rows: lines.count)
    var scratch: [UInt8] = []
    for row in 0..<lines.count {
      let value = trimmed(lines.field(row, place))
      if isNull(value) {
        column.setNull(row)
        if isRequired { note(required, row, &faults) }
      } else if isPlain, decoder == nil || lines.isASCII(row) || value.isASCII {
        // As it stands, which most is.
        column.set(row, value)
      } else if let reason = read(value, into: &scratch) {
        note(fault(value, reason), row, &faults)
        column.setNull(row)
      } else {
        Self.store(&scratch, row, in: column)
      }
    }
  }

  private static func store(_ text: inout [UInt8], _ row: Int, in column: TextColumnWriter) {
    let count = text.count
    text.append(contentsOf: repeatElement(0, count: TextColumnWriter.padding))
    text.withUnsafeBytes { column.set(row, UnsafeRawBufferPointer(rebasing: $0[..<count])) }
  }

  /// Makes the text that is meant of a value with rules of its own, or in another encoding than UTF-8.
  ///
  /// Returns what is wrong with it.
  private func read(_ value: UnsafeRawBufferPointer, into text: inout [UInt8]) -> StaticString? {
    text.removeAll(keepingCapacity: true)
    if let decoder {
      for byte in value { decoder.append(byte, to: &text) }
    } else {
      text += value
    }
    if squeezes { Self.squeeze(&text) }
    if let letters { Self.recase(&text, letters) }
    if let pad, let length, text.count < length {
      text.insert(contentsOf: repeatElement(pad, count: length - text.count), at: 0)
    }
    if let length, Self.characters(text) != length { return "has another length" }
    if isDigits, !text.allSatisfy({ $0 &- 48 < 10 }) { return "has other than digits" }
    if !values.isEmpty, !text.withUnsafeBytes(values.contains) {
      return "is none of the values there are"
    }
    return nil
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

  private func fault(_ value: UnsafeRawBufferPointer, _ reason: StaticString) -> LayoutFault {
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
