internal import JSONTape

/// `properties`, `patternProperties` and `additionalProperties` of one schema.
struct Properties {
  /// By the fingerprint of the name, as the texts of a document have it.
  private var named: [UInt64: [Keyword.Named<Int>]] = [:]
  var patterns: [(pattern: Pattern, node: Int)] = []
  var additional: Int?

  mutating func add(_ name: String, _ node: Int) {
    let property = Keyword.Named(name: name, content: node)
    named[name.withText(\.fingerprint), default: []].append(property)
  }

  func node(_ name: JSONText) -> Int? {
    guard let found = named[name.fingerprint] else { return nil }
    return found.first { $0.name.withText { $0 == name } }?.content
  }
}

extension String {
  /// Lends the bytes as a text of a document.
  fileprivate func withText<Result>(_ body: (JSONText) -> Result) -> Result {
    var copy = self
    return copy.withUTF8 { body(JSONText(bytes: UnsafeRawBufferPointer($0))) }
  }
}
