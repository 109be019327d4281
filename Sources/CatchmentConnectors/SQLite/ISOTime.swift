/// Dates and points in time as ISO 8601 text, in UTC, that sorts as they do.
enum ISOTime {
  /// `2026-03-01`.
  static func date(_ days: Int64) -> String {
    if let name = infinity(days, Int64(Int32.max)) { return name }
    return day(days)
  }

  /// `2026-03-01T10:00:00.000000Z`.
  static func timestamp(_ micros: Int64) -> String {
    if let name = infinity(micros, .max) { return name }
    let perDay: Int64 = 86_400_000_000
    let days = (micros - (micros < 0 ? perDay - 1 : 0)) / perDay
    let rest = micros - days * perDay
    let seconds = rest / 1_000_000
    let clock = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { padded($0, 2) }
    return "\(day(days))T\(clock.joined(separator: ":")).\(padded(rest % 1_000_000, 6))Z"
  }

  private static func infinity(_ count: Int64, _ limit: Int64) -> String? {
    count == limit ? "infinity" : count == -limit ? "-infinity" : nil
  }

  /// The day of the proleptic Gregorian calendar, counted in eras of 400 years from 1 March.
  private static func day(_ days: Int64) -> String {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    let sign = year < 0 ? "-" : ""
    let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    return "\(sign)\(padded(abs(year), 4))-\(padded(month, 2))-\(padded(day, 2))"
  }

  private static func padded(_ number: Int64, _ width: Int) -> String {
    let digits = "\(number)"
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
