/// A time as people write it: a day such as `2026-03-01` (UTC), or so long ago, such as `7d`.
enum SearchTime {
  private static let day: Int64 = 86_400_000_000

  /// From its first to the last microsecond; both the same moment for what is so long ago.
  static func range(_ text: String, now: Int64) -> Range<Int64>? {
    if let unit = text.last, let length = units[unit], let count = UInt16(text.dropLast()) {
      let moment = now - length * Int64(count)
      return moment..<moment
    }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [4, 2, 2],
      parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }),
      let year = Int64(parts[0]), let month = Int64(parts[1]), let date = Int64(parts[2]),
      (1...12).contains(month), (1...31).contains(date)
    else { return nil }
    let start = days(year, month, date) * day
    return start..<start + day
  }

  private static let units: [Character: Int64] = [
    "m": 60_000_000, "h": 3_600_000_000, "d": day, "w": 7 * day,
  ]

  /// Days since 1970-01-01, counting years from March so that the leap day comes last.
  private static func days(_ year: Int64, _ month: Int64, _ date: Int64) -> Int64 {
    let marchYear = month <= 2 ? year - 1 : year
    let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
    let yearOfEra = marchYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + date - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}
