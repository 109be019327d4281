import Foundation

/// Moments in UTC, given in microseconds since 1970.
enum Moment {
  /// As `2026-11-27T14:30:05Z`.
  static func second(_ moment: Int64) -> String {
    Date(timeIntervalSince1970: Double(moment / 1_000_000)).formatted(.iso8601)
  }

  /// As `2026-11-27 14:30`.
  static func minute(_ moment: Int64) -> String {
    String(second(moment).prefix(16)).replacing("T", with: " ")
  }

  static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1e6) }
}
