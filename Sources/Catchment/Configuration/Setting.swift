/// A value of a configuration, and where it stands in its file.
///
/// It is what YAML, JSON and Swift have in common: what one writes, another reads. Two settings are
/// equal when they say the same, wherever they stand.
public struct Setting: Sendable {
  /// What a setting can be.
  public indirect enum Value: Sendable, Hashable {
    case null
    case flag(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([Setting])
    /// In the order in which they stand; no name stands twice.
    case map([Entry])
  }

  /// A named member of a map.
  public struct Entry: Sendable {
    public var name: String
    /// Where the name stands.
    public var place: Place?
    public var setting: Setting

    public init(_ name: String, _ setting: Setting, at place: Place? = nil) {
      self.name = name
      self.setting = setting
      self.place = place
    }
  }

  /// A place in a file; both count from 1.
  public struct Place: Sendable, Hashable {
    public var line: Int
    public var column: Int

    public init(line: Int, column: Int) {
      self.line = line
      self.column = column
    }
  }

  public var value: Value
  /// Nil for what was not read from a file.
  public var place: Place?
  /// Whether text stands in quotes, and so is text whatever it looks like.
  public var isQuoted = false
  /// Whether it came from a secret: it is never shown.
  public var isSecret = false

  public init(_ value: Value, at place: Place? = nil) {
    self.value = value
    self.place = place
  }

  /// A map of these members.
  public static func map(_ members: KeyValuePairs<String, Setting>) -> Setting {
    Setting(.map(members.map { Entry($0.key, $0.value) }))
  }

  /// The members, when it is a map.
  public var entries: [Entry]? { if case .map(let entries) = value { entries } else { nil } }
  /// The elements, when it is a list.
  public var elements: [Setting]? { if case .list(let elements) = value { elements } else { nil } }
  /// The text, when it is one.
  public var text: String? { if case .text(let text) = value { text } else { nil } }

  /// What kind of value it is, in words: `a list`.
  public var kind: String {
    switch value {
    case .null: "nothing"
    case .flag: "true or false"
    case .integer: "a whole number"
    case .number: "a number"
    case .text: "text"
    case .list: "a list"
    case .map: "a map of settings"
    }
  }
}

extension Setting: Hashable {
  public static func == (a: Setting, b: Setting) -> Bool { a.value == b.value }
  public func hash(into hasher: inout Hasher) { hasher.combine(value) }
}

extension Setting.Entry: Hashable {
  public static func == (a: Self, b: Self) -> Bool { a.name == b.name && a.setting == b.setting }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(setting)
  }
}

extension Setting {
  /// The value that a plain word in a configuration stands for, by the rules of YAML 1.2's core
  /// schema: `yes` and `no` are text.
  public init(plain word: String, at place: Place? = nil) {
    switch word {
    case "", "~", "null", "Null", "NULL": self.init(.null, at: place)
    case "true", "True", "TRUE": self.init(.flag(true), at: place)
    case "false", "False", "FALSE": self.init(.flag(false), at: place)
    default:
      if let number = Int(word) {
        self.init(.integer(number), at: place)
      } else if let number = Self.decimal(word) {
        self.init(.number(number), at: place)
      } else {
        self.init(.text(word), at: place)
      }
    }
  }

  /// `Double` takes more than decimal numbers: `nan`, `infinity`, `0x1p3`.
  private static func decimal(_ word: String) -> Double? {
    let isDecimal = word.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
        UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
        true
      default: false
      }
    }
    guard isDecimal, let number = Double(word), number.isFinite else { return nil }
    return number
  }
}
