/// A single value of a configuration: text, a number or a flag.
public enum Scalar: OptionValue, Hashable {
  case text(String)
  case integer(Int)
  case number(Double)
  case flag(Bool)

  public init(_ setting: Setting) throws(OptionError) {
    switch setting.value {
    case .text(let text): self = .text(text)
    case .integer(let number): self = .integer(number)
    case .number(let number): self = .number(number)
    case .flag(let flag): self = .flag(flag)
    default: throw .expected("text, a number or a flag", not: setting)
    }
  }

  public var setting: Setting {
    switch self {
    case .text(let text): Setting(.text(text))
    case .integer(let number): Setting(.integer(number))
    case .number(let number): Setting(.number(number))
    case .flag(let flag): Setting(.flag(flag))
    }
  }

  public static var schema: Setting {
    .map(["type": ["string", "number", "boolean"].setting])
  }
}

extension Scalar: CustomStringConvertible {
  /// As it is written, without quotes.
  public var description: String {
    switch self {
    case .text(let text): text
    case .integer(let number): "\(number)"
    case .number(let number): "\(number)"
    case .flag(let flag): "\(flag)"
    }
  }
}

extension Scalar: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral
{
  public init(stringLiteral value: String) { self = .text(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(booleanLiteral value: Bool) { self = .flag(value) }
}

/// Text that is never shown, such as a key: give it as `${secret:name}`.
public struct SecretText: OptionValue, Hashable {
  public var text: String

  public init(_ text: String) { self.text = text }

  public init(_ setting: Setting) throws(OptionError) { text = try String(setting) }

  public var setting: Setting {
    var setting = Setting(.text(text))
    setting.isSecret = true
    return setting
  }

  public static var schema: Setting { String.schema }
}
