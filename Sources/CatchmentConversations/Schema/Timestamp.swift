/// Reads the times that platforms write into microseconds since 1970, UTC.
///
/// Text is ISO 8601 (RFC 3339) with or without fraction and zone; numbers are seconds,
/// milliseconds, microseconds or nanoseconds, told apart by their size.
enum Timestamp {
  /// 1990 and 2100: outside them a time is taken for a mistake rather than a fact.
  static let plausible: Range<Int64> = 631_152_000_000_000..<4_102_444_800_000_000

  /// The time that `text` says, or nil when it says none or an absurd one.
  static func parse(_ text: UnsafeRawBufferPointer) -> Int64? {
    var reader = DigitReader(bytes: text)
    guard let year = reader.digits(4), reader.skip("-"), let month = reader.digits(2),
      reader.skip("-"), let day = reader.digits(2), isDate(year, month, day)
    else { return nil }
    var micros = daysSince1970(year, month, day) * 86_400_000_000
    if !reader.isAtEnd {
      guard reader.skip("T") || reader.skip("t") || reader.skip(" "),
        let timeOfDay = reader.timeOfDay(), let zone = reader.zone(), reader.isAtEnd
      else { return nil }
      micros += timeOfDay - zone
    }
    return plausible.contains(micros) ? micros : nil
  }

  /// The time that a number says by its size: seconds up to 1e11, then ms, µs, ns.
  static func parse(_ number: Double) -> Int64? {
    guard number.isFinite, number > 0 else { return nil }
    let micros: Double =
      switch number {
      case ..<1e11: number * 1e6
      case ..<1e14: number * 1e3
      case ..<1e17: number
      default: number / 1e3
      }
    guard micros < 9e18 else { return nil }
    let value = Int64(micros.rounded())
    return plausible.contains(value) ? value : nil
  }

  private static func isDate(_ year: Int64, _ month: Int64, _ day: Int64) -> Bool {
    guard (1...12).contains(month), day >= 1 else { return false }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let length: Int64 =
      switch month {
      case 2: isLeap ? 29 : 28
      case 4, 6, 9, 11: 30
      default: 31
      }
    return day <= length
  }

  /// Days from 1970-01-01 in the proleptic Gregorian calendar, counting years from March so that
  /// the leap day comes last.
  private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let marchYear = month <= 2 ? year - 1 : year
    let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
    let yearOfEra = marchYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }
}

/// Takes digits and marks off the front of some bytes.
private struct DigitReader {
  var bytes: UnsafeRawBufferPointer
  var position = 0

  var isAtEnd: Bool { position == bytes.count }

  mutating func digits(_ count: Int) -> Int64? {
    guard position + count <= bytes.count else { return nil }
    var value: Int64 = 0
    for byte in bytes[position..<position + count] {
      guard byte >= 0x30, byte <= 0x39 else { return nil }
      value = value * 10 + Int64(byte - 0x30)
    }
    position += count
    return value
  }

  mutating func skip(_ mark: Unicode.Scalar) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: mark) else { return false }
    position += 1
    return true
  }

  /// Microseconds since midnight of `hh:mm[:ss[.fraction]]`.
  ///
  /// A leap second counts as the next one.
  mutating func timeOfDay() -> Int64? {
    guard let hour = digits(2), hour < 24, skip(":"), let minute = digits(2), minute < 60 else {
      return nil
    }
    var micros = (hour * 60 + minute) * 60_000_000
    if skip(":") {
      guard let second = digits(2), second <= 60 else { return nil }
      micros += second * 1_000_000
      if skip(".") || skip(",") {
        guard let part = fraction() else { return nil }
        micros += part
      }
    }
    return micros
  }

  /// Microseconds of the digits after the point; more than six are cut off.
  private mutating func fraction() -> Int64? {
    var value: Int64 = 0
    var scale: Int64 = 100_000
    let start = position
    while let digit = digits(1) {
      value += digit * scale
      scale /= 10
    }
    return position > start ? value : nil
  }

  /// Microseconds east of UTC; no zone at all is taken as UTC, as the platforms mean it.
  mutating func zone() -> Int64? {
    if isAtEnd || skip("Z") || skip("z") { return 0 }
    let isEast = skip("+")
    guard isEast || skip("-"), let hour = digits(2), hour < 24 else { return nil }
    _ = skip(":")
    let minute = isAtEnd ? 0 : digits(2)
    guard let minute, minute < 60 else { return nil }
    let offset = (hour * 60 + minute) * 60_000_000
    return isEast ? offset : -offset
  }
}
