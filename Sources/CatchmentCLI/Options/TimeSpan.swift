import ArgumentParser

/// A time as people write it: `30s`, `5m`, `24h`, `7d`.
///
/// The unit must be there: `5` alone could mean anything.
struct TimeSpan: Equatable {
  let seconds: Double

  init(seconds: Double) { self.seconds = seconds }

  init?(_ text: String) {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = text.dropFirst(digits.count)
    guard let factor = Self.units.first(where: { $0.name == unit })?.seconds,
      digits.first != ".", digits.last != ".", let number = Double(digits)
    else { return nil }
    seconds = number * factor
  }

  private static let units: [(name: String, seconds: Double)] = [
    ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1), ("ms", 0.001),
  ]
}

extension TimeSpan: ExpressibleByArgument, CustomStringConvertible {
  init?(argument: String) { self.init(argument) }

  var defaultValueDescription: String { description }

  /// In the largest unit that divides it.
  var description: String {
    let unit = Self.units.first { seconds >= $0.seconds && isWhole(seconds / $0.seconds) }
    guard let unit else { return "\(seconds)s" }
    return "\(Int(seconds / unit.seconds))\(unit.name)"
  }

  private func isWhole(_ number: Double) -> Bool { number == number.rounded() && number < 1e9 }
}
