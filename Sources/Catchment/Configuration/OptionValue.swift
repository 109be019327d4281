/// A type that an option can have: how it is read from a configuration, written to one and
/// described to an editor.
public protocol OptionValue: Sendable {
  /// Throws what is wrong with it, as the end of a sentence: `must be a whole number`.
  init(_ setting: Setting) throws(OptionError)
  var setting: Setting { get }
  /// A schema for one value, as JSON Schema 2020-12 has it.
  static var schema: Setting { get }
}

/// Why a setting is no value of an option, as the end of a sentence that begins with the option.
public struct OptionError: Error, Sendable, Hashable {
  public var message: String
  /// Where, when it is a part of the setting.
  public var place: Setting.Place?

  public init(_ message: String, at place: Setting.Place? = nil) {
    self.message = message
    self.place = place
  }

  /// It must be something else; `what` is for instance `a whole number`.
  public static func expected(_ what: String, not setting: Setting) -> OptionError {
    OptionError("must be \(what), not \(setting.kind)", at: setting.place)
  }
}

extension Setting {
  /// The members of a map of which every name must be known.
  public func members(_ known: [String]) throws(OptionError) -> [String: Setting] {
    guard let entries else { throw .expected("a map of settings", not: self) }
    var members: [String: Setting] = [:]
    for entry in entries {
      guard known.contains(entry.name) else {
        let near = Spelling.nearest(to: entry.name, among: known)
        let hint =
          near.map { "did you mean \"\($0)\"?" } ?? "there are \(known.joined(separator: ", "))"
        throw OptionError("has no \"\(entry.name)\"; \(hint)", at: entry.place)
      }
      members[entry.name] = entry.setting
    }
    return members
  }
}

extension String: OptionValue {
  /// Numbers and flags without quotes are taken as they were written.
  public init(_ setting: Setting) throws(OptionError) {
    switch setting.value {
    case .text(let text): self = text
    case .integer(let number): self = "\(number)"
    default: throw .expected("text", not: setting)
    }
  }

  public var setting: Setting { Setting(.text(self)) }
  public static var schema: Setting { .map(["type": "string".setting]) }
}

extension Int: OptionValue {
  public init(_ setting: Setting) throws(OptionError) {
    guard case .integer(let number) = setting.value else {
      throw .expected("a whole number", not: setting)
    }
    self = number
  }

  public var setting: Setting { Setting(.integer(self)) }
  public static var schema: Setting { .map(["type": "integer".setting]) }
}

extension Double: OptionValue {
  public init(_ setting: Setting) throws(OptionError) {
    switch setting.value {
    case .integer(let number): self = Double(number)
    case .number(let number): self = number
    default: throw .expected("a number", not: setting)
    }
  }

  public var setting: Setting { Setting(.number(self)) }
  public static var schema: Setting { .map(["type": "number".setting]) }
}

extension Bool: OptionValue {
  public init(_ setting: Setting) throws(OptionError) {
    guard case .flag(let flag) = setting.value else {
      throw .expected("true or false", not: setting)
    }
    self = flag
  }

  public var setting: Setting { Setting(.flag(self)) }
  public static var schema: Setting { .map(["type": "boolean".setting]) }
}

extension Optional: OptionValue where Wrapped: OptionValue {
  public init(_ setting: Setting) throws(OptionError) {
    self = setting.value == .null ? nil : try Wrapped(setting)
  }

  public var setting: Setting { self?.setting ?? Setting(.null) }
  public static var schema: Setting { Wrapped.schema }
}

/// A single element may stand for a list of one.
extension Array: OptionValue where Element: OptionValue {
  public init(_ setting: Setting) throws(OptionError) {
    guard let elements = setting.elements else {
      self = [try Element(setting)]
      return
    }
    self = []
    for element in elements { append(try Element(element)) }
  }

  public var setting: Setting { Setting(.list(map(\.setting))) }

  public static var schema: Setting {
    .map([
      "anyOf": Setting(
        .list([Element.schema, .map(["type": "array".setting, "items": Element.schema])]))
    ])
  }
}

/// One of some words, which are the cases of an enumeration.
public protocol OptionWord: OptionValue, RawRepresentable<String>, CaseIterable {}

extension OptionWord {
  public init(_ setting: Setting) throws(OptionError) {
    let words = Self.allCases.map(\.rawValue)
    guard let text = setting.text else {
      throw .expected("one of \(words.joined(separator: ", "))", not: setting)
    }
    guard let word = Self(rawValue: text) else {
      let near = Spelling.nearest(to: text, among: words).map { "; did you mean \"\($0)\"?" } ?? ""
      throw OptionError(
        "must be one of \(words.joined(separator: ", ")), not \"\(text)\"\(near)",
        at: setting.place)
    }
    self = word
  }

  public var setting: Setting { rawValue.setting }

  public static var schema: Setting {
    .map(["enum": Setting(.list(Self.allCases.map { $0.rawValue.setting }))])
  }
}

/// Values by name, in the order in which they were written.
public struct NamedValues<Value: OptionValue>: OptionValue, Hashable where Value: Hashable {
  public struct Member: Sendable, Hashable {
    public var name: String
    public var value: Value

    public init(name: String, value: Value) { (self.name, self.value) = (name, value) }
  }

  public var members: [Member]

  public init(_ members: KeyValuePairs<String, Value> = [:]) {
    self.members = members.map { Member(name: $0.key, value: $0.value) }
  }

  public init(_ setting: Setting) throws(OptionError) {
    guard let entries = setting.entries else {
      throw .expected("a map of settings", not: setting)
    }
    members = []
    for entry in entries {
      members.append(Member(name: entry.name, value: try Value(entry.setting)))
    }
  }

  public var setting: Setting {
    Setting(.map(members.map { Setting.Entry($0.name, $0.value.setting) }))
  }

  public static var schema: Setting {
    .map(["type": "object".setting, "additionalProperties": Value.schema])
  }

  /// The value of a name.
  public subscript(name: String) -> Value? { members.first { $0.name == name }?.value }
}
