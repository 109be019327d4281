internal import JSONTape

/// A JSON value that outlives the document it was read from.
///
/// Two are equal as JSON Schema has it: numbers by value, texts by code points, objects in any
/// order.
enum Literal: Hashable, Sendable {
  case null
  case boolean(Bool)
  case number(ExactNumber)
  case text(Name)
  case array([Literal])
  case object([Name: Literal])

  init(_ value: JSONValue) {
    switch value.kind {
    case .null: self = .null
    case .boolean: self = .boolean(value.boolean ?? false)
    case .string: self = .text(Name(value.text.map { String($0) } ?? ""))
    case .array: self = .array(value.elements.map(Literal.init))
    case .object:
      let members = value.members.map { (Name(String($0.key)), Literal($0.value)) }
      self = .object(Dictionary(members) { first, _ in first })
    case .integer, .unsignedInteger, .bigInteger, .double:
      self = ExactNumber(value).map(Literal.number) ?? .null
    }
  }

  /// A text that is the same as another only if its code points are.
  struct Name: Hashable, Sendable, Comparable, ExpressibleByStringLiteral {
    let string: String

    init(_ string: String) { self.string = string }
    init(stringLiteral string: String) { self.string = string }

    static func == (left: Name, right: Name) -> Bool {
      left.string.utf8.elementsEqual(right.string.utf8)
    }

    static func < (left: Name, right: Name) -> Bool {
      left.string.utf8.lexicographicallyPrecedes(right.string.utf8)
    }

    func hash(into hasher: inout Hasher) {
      for byte in string.utf8 { hasher.combine(byte) }
      hasher.combine(0xFF as UInt8)
    }
  }
}

extension Literal {
  subscript(_ key: String) -> Literal? { members?[Name(key)] }

  var members: [Name: Literal]? { if case .object(let members) = self { members } else { nil } }

  var elements: [Literal]? { if case .array(let elements) = self { elements } else { nil } }

  var string: String? { if case .text(let name) = self { name.string } else { nil } }

  var boolean: Bool? { if case .boolean(let flag) = self { flag } else { nil } }

  var number: ExactNumber? { if case .number(let number) = self { number } else { nil } }

  /// What a step of a JSON Pointer leads to.
  func step(_ token: String) -> Literal? {
    guard let elements else { return self[token] }
    guard let index = Int(token), String(index) == token else { return nil }
    return elements.indices.contains(index) ? elements[index] : nil
  }
}
