#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A run's name: when it began, to the millisecond, and a few letters so that two machines never
/// share one.
///
/// Sorts by time as text: `20261121T054812.345Z-3f2a`.
struct RunID: Sendable, Hashable {
  /// The whole id, as it stands in tables and in names of the raw store's files.
  let text: String

  /// A new one for a run that begins `now`, in microseconds since 1970.
  static func make(now: Int64) -> RunID {
    let letters = String(UInt32.random(in: 0x1000...0xFFFF), radix: 16)
    return RunID(text: "\(timestamp(now, "", ""))-\(letters)")
  }

  /// A moment in microseconds since 1970 as ISO 8601 in UTC, to the millisecond.
  static func timestamp(_ moment: Int64, _ dash: String = "-", _ colon: String = ":") -> String {
    let seconds = time_t(moment / 1_000_000)
    var parts = tm()
    withUnsafePointer(to: seconds) { _ = gmtime_r($0, &parts) }
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let date = ["\(1900 + Int(parts.tm_year))", two(parts.tm_mon + 1), two(parts.tm_mday)]
    let time = [two(parts.tm_hour), two(parts.tm_min), two(parts.tm_sec)]
    // Four digits, of which the first goes, so that zeros stay.
    let fraction = String(1_000 + moment / 1_000 % 1_000).dropFirst()
    return "\(date.joined(separator: dash))T\(time.joined(separator: colon)).\(fraction)Z"
  }

  /// The day, as the raw store's directories are named: `2026-11-21`.
  var date: String {
    let digits = Array(text.prefix(8))
    guard digits.count == 8 else { return text }
    return "\(String(digits[0..<4]))-\(String(digits[4..<6]))-\(String(digits[6..<8]))"
  }
}

/// The clock, in one place.
enum Clock {
  /// Microseconds since 1970, UTC.
  static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
  }

  /// Seconds on a clock that never goes back.
  static func steady() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
