internal import Catchment

/// How dates and times are written: `MM/DD/YYYY`, `YYYYMMDD`, `YYYY-MM-DD HH:MI:SS`.
///
/// Where a mark follows a number, it may have fewer digits.
struct DatePattern: OptionValue, Hashable {
  static let iso = DatePattern(
    "YYYY-MM-DD",
    [
      .number(.year, 4), .mark(45), .number(.month, 2), .mark(45), .number(.day, 2),
    ])

  fileprivate enum Part: Hashable {
    case number(Unit, Int)
    case mark(UInt8)
  }

  fileprivate enum Unit: Int, Hashable { case year, month, day, hour, minute, second }

  private static let words: [(String, Unit)] = [
    ("YYYY", .year), ("MM", .month), ("DD", .day), ("HH", .hour), ("MI", .minute), ("SS", .second),
  ]

  let text: String
  private let parts: [Part]

  private init(_ text: String, _ parts: [Part]) { (self.text, self.parts) = (text, parts) }

  init(_ setting: Setting) throws(OptionError) {
    guard let text = setting.text else {
      throw .expected("a form such as MM/DD/YYYY", not: setting)
    }
    var parts: [Part] = []
    var rest = text[...]
    while let first = rest.utf8.first {
      if let word = Self.words.first(where: { rest.hasPrefix($0.0) }) {
        parts.append(.number(word.1, word.0.count))
        rest = rest.dropFirst(word.0.count)
      } else {
        parts.append(.mark(first))
        rest = rest.dropFirst()
      }
    }
    for unit in [Unit.year, .month, .day] where !parts.contains(where: { $0.unit == unit }) {
      throw OptionError(
        "must have YYYY, MM and DD, as in MM/DD/YYYY, not \"\(text)\"", at: setting.place)
    }
    self.init(text, parts)
  }

  var setting: Setting { text.setting }
  static var schema: Setting { String.schema }

  /// Seconds since 1970; nil when the text is no such date.
  func seconds(_ text: UnsafeRawBufferPointer) -> Int64? {
    var numbers: InlineArray<6, Int> = [0, 1, 1, 0, 0, 0]
    var place = 0
    for index in parts.indices {
      switch parts[index] {
      case .mark(let mark):
        guard place < text.count, text[place] == mark else { return nil }
        place += 1
      case .number(let unit, let width):
        let first = place
        var number = 0
        while place < text.count, place - first < width, text[place] &- 48 < 10 {
          number = number &* 10 &+ Int(text[place] &- 48)
          place += 1
        }
        let isMarked = index + 1 == parts.count || parts[index + 1].unit == nil
        guard place > first, place - first == width || isMarked && unit != .year else { return nil }
        numbers[unit.rawValue] = number
      }
    }
    guard place == text.count else { return nil }
    return Self.seconds(numbers)
  }

  private static func seconds(_ numbers: InlineArray<6, Int>) -> Int64? {
    let (year, month, day) = (numbers[0], numbers[1], numbers[2])
    guard (1...12).contains(month), day >= 1, day <= days(of: month, year), numbers[3] < 24,
      numbers[4] < 60, numbers[5] < 60
    else { return nil }
    let clock = numbers[3] * 3600 + numbers[4] * 60 + numbers[5]
    return days(year, month, day) * 86_400 + Int64(clock)
  }

  private static func days(of month: Int, _ year: Int) -> Int {
    switch month {
    case 4, 6, 9, 11: 30
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    default: 31
    }
  }

  /// Howard Hinnant's `days_from_civil`: years that begin in March, in eras of 400.
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
    let year = month <= 2 ? year - 1 : year
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return Int64(era * 146_097 + dayOfEra - 719_468)
  }
}

extension DatePattern.Part {
  fileprivate var unit: DatePattern.Unit? {
    if case .number(let unit, _) = self { unit } else { nil }
  }
}
