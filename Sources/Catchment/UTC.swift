#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Moments as text.
package enum UTC {
  /// A moment in microseconds since 1970 as ISO 8601 in UTC, to the millisecond.
  package static func text(
    _ moment: Int64, dash: String = "-", colon: String = ":"
  ) -> String {
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
}
