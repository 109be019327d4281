/// Dates and times as text, in the proleptic Gregorian calendar that DuckDB counts in.
enum Calendar {
  /// `2024-02-29`, `0044-03-15 (BC)`, or infinity at plus and minus `limit`.
  static func date(_ days: Int64, _ limit: Int64) -> String {
    if let name = infinity(days, limit) { return name }
    let day = civil(days)
    return day.text + day.era
  }

  /// `2024-02-29 12:00:00.5`, with a zone when there is one.
  static func timestamp(_ count: Int64, perSecond: Int64 = 1_000_000, zone: String = "") -> String {
    if let name = infinity(count, .max) { return name }
    let perDay = perSecond * 86_400
    let (days, rest) = floored(count, perDay)
    let day = civil(days)
    return "\(day.text)\(day.era) \(time(rest, perSecond: perSecond))\(zone)"
  }

  /// `12:00:00.5`: no more digits than it takes.
  static func time(_ count: Int64, perSecond: Int64 = 1_000_000) -> String {
    let seconds = count / perSecond
    let clock = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { padded($0, 2) }
    return clock.joined(separator: ":") + fraction(count % perSecond, perSecond)
  }

  /// `+01`, `-05:30`, `+01:02:03`.
  static func zone(_ offset: Int32) -> String {
    let seconds = Int64(offset.magnitude)
    var text = (offset < 0 ? "-" : "+") + padded(seconds / 3600, 2)
    if seconds % 3600 != 0 { text += ":" + padded(seconds / 60 % 60, 2) }
    if seconds % 60 != 0 { text += ":" + padded(seconds % 60, 2) }
    return text
  }

  /// `1 year 2 months 3 days 04:05:06.5`.
  static func interval(_ months: Int32, _ days: Int32, _ micros: Int64) -> String {
    var parts = [
      (months / 12, "year"), (months % 12, "month"), (days, "day"),
    ].filter { $0.0 != 0 }.map { "\($0.0) \($0.1)\($0.0.magnitude == 1 ? "" : "s")" }
    if micros != 0 || parts.isEmpty {
      parts.append((micros < 0 ? "-" : "") + time(Int64(clamping: micros.magnitude)))
    }
    return parts.joined(separator: " ")
  }

  private static func infinity(_ count: Int64, _ limit: Int64) -> String? {
    count == limit ? "infinity" : count == -limit ? "-infinity" : nil
  }

  private static func floored(_ count: Int64, _ unit: Int64) -> (Int64, Int64) {
    let (quotient, rest) = count.quotientAndRemainder(dividingBy: unit)
    return rest < 0 ? (quotient - 1, rest + unit) : (quotient, rest)
  }

  private static func fraction(_ count: Int64, _ perSecond: Int64) -> String {
    guard count != 0 else { return "" }
    var digits = String("\(perSecond + count)".dropFirst())
    while digits.last == "0" { digits.removeLast() }
    return "." + digits
  }

  private static func padded(_ number: Int64, _ width: Int) -> String {
    let digits = "\(number)"
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  private struct Day {
    var year: Int64
    var month: Int64
    var day: Int64

    /// The year before 1 is 1 BC.
    var text: String {
      let shown = year > 0 ? year : 1 - year
      return "\(padded(shown, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    var era: String { year > 0 ? "" : " (BC)" }
  }

  /// Howard Hinnant's `civil_from_days`: years that begin in March, in eras of 400.
  private static func civil(_ days: Int64) -> Day {
    let (era, dayOfEra) = floored(days + 719_468, 146_097)
    let leaps = dayOfEra / 1460 - dayOfEra / 36_524 + dayOfEra / 146_096
    let yearOfEra = (dayOfEra - leaps) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let march = (5 * dayOfYear + 2) / 153
    let month = march < 10 ? march + 3 : march - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return Day(year: year, month: month, day: dayOfYear - (153 * march + 2) / 5 + 1)
  }
}
