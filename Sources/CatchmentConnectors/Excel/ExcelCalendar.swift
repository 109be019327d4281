internal import Catchment
internal import DuckDB

/// A day, a time of the day or both.
struct ExcelMoment: Equatable {
  static let day: Int64 = 86_400_000

  /// In milliseconds, since 1970 or since midnight: more exact is no number of days.
  var milliseconds: Int64
  /// Whether it is a time of no day.
  var isClock: Bool

  var isWholeDay: Bool { !isClock && milliseconds % Self.day == 0 }
  var micros: Int64 { milliseconds * 1000 }
  var days: Int32 {
    Int32(truncatingIfNeeded: (milliseconds - (milliseconds < 0 ? Self.day - 1 : 0)) / Self.day)
  }

  /// As ISO 8601 has it.
  var text: String {
    if isClock { return Value.time(micros: micros).description }
    return isWholeDay
      ? Value.date(days: days).description : Value.timestamp(micros: micros).description
  }
}

/// How workbooks count days: from 1900, or from 1904 as those of old Macs.
struct ExcelCalendar: Sendable {
  let isFrom1904: Bool
  /// The number of 31 December 9999 in the one that counts more.
  private static let last = 2_958_466.0
  /// To the first one of spreadsheets 1900 was a leap year, so this day never was.
  private static let falseDay: Int64 = 60

  /// The day before all, since 1970.
  private var zero: Int64 { isFrom1904 ? -24_107 : -25_568 }

  /// What a number of days means; nil for what is no day.
  func moment(_ number: Double, _ meaning: NumberMeaning) -> ExcelMoment? {
    guard number >= 0, number < Self.last else { return nil }
    let total = Int64((number * Double(ExcelMoment.day)).rounded())
    if total < ExcelMoment.day, meaning != .date {
      return ExcelMoment(milliseconds: total, isClock: true)
    }
    let day = total / ExcelMoment.day
    guard isFrom1904 || day != Self.falseDay else { return nil }
    let isBehind = !isFrom1904 && day > Self.falseDay
    return ExcelMoment(
      milliseconds: total + (zero - (isBehind ? 1 : 0)) * ExcelMoment.day, isClock: false)
  }

  /// A time of the day as a moment of the day before all.
  func micros(_ moment: ExcelMoment) -> Int64 {
    moment.micros + (moment.isClock ? zero * ExcelMoment.day * 1000 : 0)
  }

  /// A moment as ISO 8601 writes it: `2026-03-01`, `2026-03-01T12:30:00.5Z`, `12:30`; nil for anything else.
  static func moment(iso text: UnsafeRawBufferPointer) -> ExcelMoment? {
    var rest = ISODigits(text)
    guard rest.place(of: UInt8(ascii: ":")) != 2 else {
      return rest.clock().flatMap {
        rest.isDone ? ExcelMoment(milliseconds: $0, isClock: true) : nil
      }
    }
    guard let day = rest.day() else { return nil }
    var total = day * ExcelMoment.day
    if !rest.isDone {
      guard rest.take(UInt8(ascii: "T")) || rest.take(UInt8(ascii: " ")), let clock = rest.clock()
      else { return nil }
      total += clock
      _ = rest.take(UInt8(ascii: "Z"))
    }
    return rest.isDone ? ExcelMoment(milliseconds: total, isClock: false) : nil
  }
}

/// Numbers and marks of a date, taken from its beginning.
private struct ISODigits {
  private var rest: Slice<UnsafeRawBufferPointer>

  init(_ text: UnsafeRawBufferPointer) { rest = text[...] }

  var isDone: Bool { rest.isEmpty }

  func place(of mark: UInt8) -> Int? { rest.firstIndex(of: mark).map { $0 - rest.startIndex } }

  mutating func take(_ mark: UInt8) -> Bool {
    guard rest.first == mark else { return false }
    rest = rest.dropFirst()
    return true
  }

  private mutating func number(_ digits: Int, in range: ClosedRange<Int64>) -> Int64? {
    let text = rest.prefix(digits)
    guard text.count == digits, text.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    rest = rest.dropFirst(digits)
    let number = text.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    return range.contains(number) ? number : nil
  }

  /// Days since 1970, in eras of 400 years that begin with March.
  mutating func day() -> Int64? {
    guard let year = number(4, in: 0...9999), take(0x2D), let month = number(2, in: 1...12),
      take(0x2D), let day = number(2, in: 1...31)
    else { return nil }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard day <= lengths[Int(month) - 1] else { return nil }
    let marchYear = month <= 2 ? year - 1 : year
    let marchMonth = (month + 9) % 12
    let leaps = marchYear >= 0 ? marchYear / 4 - marchYear / 100 + marchYear / 400 : -1
    return marchYear * 365 + leaps + (153 * marchMonth + 2) / 5 + day - 1 - 719_468
  }

  /// Milliseconds since midnight.
  mutating func clock() -> Int64? {
    guard let hour = number(2, in: 0...23), take(0x3A), let minute = number(2, in: 0...59) else {
      return nil
    }
    var total = (hour * 60 + minute) * 60_000
    guard take(0x3A) else { return total }
    guard let second = number(2, in: 0...59) else { return nil }
    total += second * 1000
    guard take(0x2E) else { return total }
    let digits = rest.prefix { (0x30...0x39).contains($0) }
    guard !digits.isEmpty else { return nil }
    rest = rest.dropFirst(digits.count)
    let fraction = digits.prefix(3).reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    return total + fraction * [100, 10, 1][min(digits.count, 3) - 1]
  }
}
