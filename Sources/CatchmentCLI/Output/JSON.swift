import DuckDB

/// A JSON value to print; the members of an object keep their order.
enum JSON {
  case null
  case boolean(Bool)
  /// A number as its digits, so that none is lost.
  case number(String)
  case text(String)
  case array([JSON])
  case object([Member])
  /// JSON that is written already.
  case written(String)

  struct Member {
    var name: String
    var value: JSON

    init(_ name: String, _ value: JSON) {
      self.name = name
      self.value = value
    }
  }

  static func integer(_ number: Int?) -> JSON { number.map { .number("\($0)") } ?? .null }
  static func integer(_ number: Int64?) -> JSON { number.map { .number("\($0)") } ?? .null }

  /// What JSON cannot write, such as infinity, becomes null.
  static func double(_ number: Double?) -> JSON {
    number.flatMap { $0.isFinite ? .number("\($0)") : nil } ?? .null
  }
}

extension JSON {
  /// An object: `JSON(["run": .integer(1)])`.
  init(_ members: KeyValuePairs<String, JSON>) {
    self = .object(members.map { Member($0.key, $0.value) })
  }
}

extension JSON: CustomStringConvertible {
  /// On one line.
  var description: String {
    var text = ""
    write(into: &text)
    return text
  }

  func write(into text: inout String) {
    switch self {
    case .null: text += "null"
    case .boolean(let flag): text += flag ? "true" : "false"
    case .number(let digits), .written(let digits): text += digits
    case .text(let string): Self.quote(string, into: &text)
    case .array(let elements):
      text += "["
      for (index, element) in elements.enumerated() {
        if index > 0 { text += "," }
        element.write(into: &text)
      }
      text += "]"
    case .object(let members):
      text += "{"
      for (index, member) in members.enumerated() {
        if index > 0 { text += "," }
        Self.quote(member.name, into: &text)
        text += ":"
        member.value.write(into: &text)
      }
      text += "}"
    }
  }

  private static func quote(_ string: String, into text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      // DEL and the C1 controls are legal in JSON, but a terminal may obey them.
      case "\0"..<" ", "\u{7F}"..."\u{9F}": text += "\\u00" + scalar.hexByte
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}

extension JSON {
  /// A value of the warehouse, typed as far as JSON has types.
  init(_ value: Value) {
    switch value {
    case .null: self = .null
    case .boolean(let flag): self = .boolean(flag)
    case .integer, .unsigned, .hugeInteger, .unsignedHugeInteger, .decimal:
      self = .number(value.description)
    case .float(let number): self = number.isFinite ? .number("\(number)") : .null
    case .double(let number): self = .double(number)
    case .list(let elements): self = .array(elements.map(JSON.init))
    case .structure(let fields): self = .object(fields.map { Member($0.name, JSON($0.value)) })
    case .map(let entries):
      self = .object(entries.map { Member($0.key.description, JSON($0.value)) })
    default: self = .text(value.description)
    }
  }

  /// The same, of a column of this type: what DuckDB knows to be JSON is written as it is.
  init(_ value: Value, as type: LogicalType) {
    switch (value, type) {
    case (.text(let text), .json): self = .written(text)
    case (.list(let elements), .list(let element)), (.list(let elements), .array(let element, _)):
      self = .array(elements.map { JSON($0, as: element) })
    case (.structure(let values), .structure(let fields)):
      self = .object(zip(values, fields).map { Member($0.name, JSON($0.value, as: $1.type)) })
    default: self = JSON(value)
    }
  }
}
