import ArgumentParser

/// From when on something counts: a day such as `2026-03-01` (UTC), or so long ago, such as `7d`.
struct Since: ExpressibleByArgument {
  /// Microseconds since 1970, as SQL.
  private let moment: String

  init?(argument: String) {
    let day = argument.split(separator: "-", omittingEmptySubsequences: false)
    if day.map(\.utf8.count) == [4, 2, 2], day.allSatisfy({ $0.allSatisfy(\.isASCIIDigit) }) {
      guard (1...12).contains(Int(day[1]) ?? 0), (1...31).contains(Int(day[2]) ?? 0) else {
        return nil
      }
      moment = "epoch_us(make_date(\(day[0]), \(day[1]), 1) + (\(day[2]) - 1)::INTEGER)"
      return
    }
    guard let unit = argument.last, let days = Self.days[unit],
      let count = UInt16(argument.dropLast())
    else { return nil }
    moment = "(epoch_us(now()) - \(days * Int(count)) * 86400000000)"
  }

  private static let days: [Character: Int] = ["d": 1, "w": 7]

  /// What must hold for a row to count.
  func condition(on column: String) -> String { "epoch_us(\(column)) >= \(moment)" }
}

extension Character {
  fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}
