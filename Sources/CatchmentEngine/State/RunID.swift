internal import Catchment

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
    return RunID(text: "\(UTC.text(now, dash: "", colon: ""))-\(letters)")
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
