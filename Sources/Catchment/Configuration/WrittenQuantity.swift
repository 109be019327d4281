/// A quantity as people write it: a number and a unit, such as `512MiB` or `30s`.
///
/// The unit must be there: `5` alone could mean anything.
public protocol WrittenQuantity: OptionValue, CustomStringConvertible {
  /// Nil when it is written otherwise, or cannot be.
  init?(_ text: String)
  /// What it is, with examples: `a time such as 30s`.
  static var kind: String { get }
  /// The units as a regular expression.
  static var unitPattern: String { get }
}

extension WrittenQuantity {
  public init(_ setting: Setting) throws(OptionError) {
    guard let quantity = setting.text.flatMap({ Self($0) }) else {
      let given = setting.text.map { "\"\($0)\"" } ?? setting.kind
      throw OptionError("must be \(Self.kind), not \(given)", at: setting.place)
    }
    self = quantity
  }

  public var setting: Setting { description.setting }

  public static var schema: Setting {
    .map(["type": "string".setting, "pattern": "^[0-9]+(\\.[0-9]+)?\(unitPattern)$".setting])
  }

  /// What a text comes to in the smallest unit; nil when it is none.
  static func number(in text: String, _ units: [(name: String, size: Double)]) -> Double? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = text.dropFirst(digits.count)
    guard let size = units.first(where: { $0.name == unit })?.size, digits.first != ".",
      digits.last != "."
    else { return nil }
    return Double(digits).map { $0 * size }
  }
}
