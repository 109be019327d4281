/// A time as people write it: `30s`, `5m`, `24h`, `7d`.
///
/// The unit must be there: `5` alone could mean anything.
public struct TimeSpan: Sendable, Hashable {
  public let seconds: Double

  public init(seconds: Double) { self.seconds = seconds }

  public init?(_ text: String) {
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

extension TimeSpan: CustomStringConvertible {
  /// In the largest unit that divides it.
  public var description: String {
    let unit = Self.units.first { seconds >= $0.seconds && isWhole(seconds / $0.seconds) }
    guard let unit else { return "\(seconds)s" }
    return "\(Int(seconds / unit.seconds))\(unit.name)"
  }

  private func isWhole(_ number: Double) -> Bool { number == number.rounded() && number < 1e9 }
}

extension TimeSpan: OptionValue {
  public init(_ setting: Setting) throws(OptionError) {
    guard let span = setting.text.flatMap({ TimeSpan($0) }) else {
      let given = setting.text.map { "\"\($0)\"" } ?? setting.kind
      throw OptionError("must be a time such as 30s, 5m or 2h, not \(given)", at: setting.place)
    }
    self = span
  }

  public var setting: Setting { description.setting }

  public static var schema: Setting {
    .map(["type": "string".setting, "pattern": "^[0-9]+(\\.[0-9]+)?(ms|s|m|h|d)$".setting])
  }
}
