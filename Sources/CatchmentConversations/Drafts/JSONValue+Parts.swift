internal import JSONTape

/// Parts of what platforms write, whether or not they are there.
extension JSONValue {
  /// The elements of a member that is an array; none when it is anything else.
  func list(_ key: StaticString) -> [JSONValue] { self[key].map { Array($0.elements) } ?? [] }

  /// The text of a member; empty when it is anything else.
  func text(_ key: StaticString) -> JSONText { self[key]?.text ?? .none }
}

extension JSONValue {
  /// Whether it can stand in a message's content: an object whose `type`, if it has one, is a text.
  var isBlock: Bool {
    kind == .object && members.allSatisfy { $0.key != "type" || $0.value.kind == .string }
  }
}

extension JSONText {
  /// A text without a character.
  static var none: JSONText { JSONText(bytes: Slice(start: nil, count: 0)) }

  /// That of a text which is no JSON's.
  static func fingerprint(of text: String) -> UInt64 {
    var text = text
    return text.withUTF8 { JSONText(bytes: UnsafeRawBufferPointer($0)).fingerprint }
  }
}
