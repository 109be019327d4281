/// A time as people write it: `30s`, `5m`, `24h`, `7d`.
public struct TimeSpan: Sendable, Hashable {
  public let seconds: Double

  public init(seconds: Double) { self.seconds = seconds }

  private static let units: [(name: String, size: Double)] = [
    ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1), ("ms", 0.001),
  ]
}

extension TimeSpan: WrittenQuantity {
  public static let kind = "a time such as 30s, 5m or 2h"
  public static let unitPattern = "(ms|s|m|h|d)"

  public init?(_ text: String) {
    guard let total = Self.number(in: text, Self.units) else { return nil }
    seconds = total
  }

  /// In the largest unit that divides it.
  public var description: String {
    let unit = Self.units.first { seconds >= $0.size && isWhole(seconds / $0.size) }
    guard let unit else { return "\(seconds)s" }
    return "\(Int(seconds / unit.size))\(unit.name)"
  }

  private func isWhole(_ number: Double) -> Bool { number == number.rounded() && number < 1e9 }
}
