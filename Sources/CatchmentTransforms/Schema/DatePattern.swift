/// A way to write dates and times, as `strftime` has it, that values can be held against.
struct DatePattern: Sendable {
  /// `%d.%m.%Y`.
  let format: String
  /// What it makes of a text, as SQL writes it.
  let type: String
  /// Whether a cast reads it without being told the format.
  let isNative: Bool
  private let tokens: [Token]

  private enum Token: Sendable {
    case year, shortYear, month, day, monthName, longMonthName, hour, minute, second, zone
    case literal(UInt8)
  }

  private init(_ format: String, _ type: String, isNative: Bool = false) {
    (self.format, self.type, self.isNative) = (format, type, isNative)
    var tokens: [Token] = []
    var isField = false
    for byte in format.utf8 {
      if isField { tokens.append(Self.field(byte)) }
      if !isField, byte != UInt8(ascii: "%") { tokens.append(.literal(byte)) }
      isField = !isField && byte == UInt8(ascii: "%")
    }
    self.tokens = tokens
  }

  private static func field(_ letter: UInt8) -> Token {
    switch letter {
    case UInt8(ascii: "Y"): .year
    case UInt8(ascii: "y"): .shortYear
    case UInt8(ascii: "m"): .month
    case UInt8(ascii: "d"): .day
    case UInt8(ascii: "b"): .monthName
    case UInt8(ascii: "B"): .longMonthName
    case UInt8(ascii: "H"): .hour
    case UInt8(ascii: "M"): .minute
    case UInt8(ascii: "S"): .second
    case UInt8(ascii: "z"): .zone
    default: .literal(letter)
    }
  }

  /// Those that are looked for.
  ///
  /// Of two that fit equally many values, the first is taken.
  static let all: [DatePattern] = {
    let days = [
      "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%y",
      "%d/%m/%y", "%m/%d/%y", "%d %b %Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y", "%d-%b-%Y",
    ]
    let moments = ["%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d-%m-%Y"]
    return [DatePattern("%Y-%m-%d", "DATE", isNative: true), compact]
      + days.map { DatePattern($0, "DATE") }
      + ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"].map {
        DatePattern($0, "TIMESTAMP", isNative: true)
      }
      + ["%Y-%m-%d %H:%M:%S%z", "%Y-%m-%dT%H:%M:%S%z"].map {
        DatePattern($0, "TIMESTAMPTZ", isNative: true)
      }
      + moments.flatMap { day in
        ["\(day) %H:%M:%S", "\(day) %H:%M"].map { DatePattern($0, "TIMESTAMP") }
      }
      + ["%H:%M:%S", "%H:%M"].map { DatePattern($0, "TIME", isNative: true) }
  }()

  /// Eight digits, which may as well be a number.
  static let compact = DatePattern("%Y%m%d", "DATE")

  /// The pattern with day and month the other way round, when there is one.
  var reversed: String? {
    let swapped = format.replacing("%d", with: "%?").replacing("%m", with: "%d")
      .replacing("%?", with: "%m")
    return swapped != format && Self.all.contains { $0.format == swapped } ? swapped : nil
  }

  /// Whether something could be a date at all.
  static func mayFit(_ value: ValueText) -> Bool {
    (3...40).contains(value.count) && value.digits > 2
      && (value.hyphens + value.slashes + value.dots + value.colons > 0 || value.spaces > 1
        || value.digits == 8 && value.count == 8)
  }

  // MARK: Matching

  /// Whether the whole value is one, of a day that there is.
  func fits(_ value: ValueText) -> Bool {
    var reader = Reader(rest: value.bytes[...])
    for token in tokens where !read(token, &reader) { return false }
    return reader.rest.isEmpty && reader.isDay
  }

  private func read(_ token: Token, _ reader: inout Reader) -> Bool {
    switch token {
    case .literal(let byte): reader.take(byte)
    case .year: reader.number(4...4, 1000...2999).map { reader.year = $0 } != nil
    case .shortYear: reader.number(2...2, 0...99).map { reader.year = 2000 + $0 } != nil
    case .month: reader.number(monthWidth, 1...12).map { reader.month = $0 } != nil
    case .day: reader.number(monthWidth, 1...31).map { reader.day = $0 } != nil
    case .monthName: reader.monthName(isLong: false)
    case .longMonthName: reader.monthName(isLong: true)
    case .hour: reader.number(1...2, 0...23) != nil
    case .minute: reader.number(2...2, 0...59) != nil
    case .second: reader.number(2...2, 0...59) != nil && (!isNative || reader.fraction())
    case .zone: reader.zone()
    }
  }

  /// Without marks between them both digits must be there.
  private var monthWidth: ClosedRange<Int> { format == "%Y%m%d" ? 2...2 : 1...2 }

  /// A place in a value, and the day that was read so far.
  private struct Reader {
    var rest: Slice<UnsafeRawBufferPointer>
    var year = 2000
    var month = 1
    var day = 1

    mutating func take(_ byte: UInt8) -> Bool {
      guard rest.first == byte else { return false }
      rest.removeFirst()
      return true
    }

    mutating func number(_ width: ClosedRange<Int>, _ values: ClosedRange<Int>) -> Int? {
      var (number, count) = (0, 0)
      while count < width.upperBound, let byte = rest.first, byte.isDigit {
        number = number * 10 + Int(byte) - 48
        count += 1
        rest.removeFirst()
      }
      return count >= width.lowerBound && values.contains(number) ? number : nil
    }

    mutating func fraction() -> Bool {
      guard take(UInt8(ascii: ".")) else { return true }
      return number(1...9, 0...999_999_999) != nil
    }

    mutating func zone() -> Bool {
      if take(UInt8(ascii: "Z")) { return true }
      guard take(UInt8(ascii: "+")) || take(UInt8(ascii: "-")), number(2...2, 0...15) != nil
      else { return false }
      if rest.isEmpty { return true }
      if rest.first == UInt8(ascii: ":") { rest.removeFirst() }
      return number(2...2, 0...59) != nil
    }

    private static let names = [
      "january", "february", "march", "april", "may", "june", "july", "august", "september",
      "october", "november", "december",
    ]

    mutating func monthName(isLong: Bool) -> Bool {
      let word = rest.prefix(while: \.isLetter)
      let text = String(decoding: word, as: UTF8.self).lowercased()
      guard
        let place = Self.names.firstIndex(where: { isLong ? $0 == text : $0.prefix(3) == text })
      else { return false }
      month = place + 1
      rest = rest.dropFirst(word.count)
      return true
    }

    var isDay: Bool {
      let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
      let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
      return day <= lengths[month - 1]
    }
  }
}
