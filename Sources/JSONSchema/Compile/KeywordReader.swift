/// Reads what the keywords of one schema are given, and refuses what they cannot be.
struct KeywordReader {
  let place: Resources.Place
  private let location: String

  init(_ place: Resources.Place, _ location: String) {
    self.place = place
    self.location = location
  }

  subscript(_ keyword: String) -> Literal? { place.schema[keyword] }

  func error(_ keyword: String, _ message: String) -> SchemaError {
    SchemaError(location: "\(location)/\(keyword)", message: message)
  }

  func text(_ keyword: String) throws(SchemaError) -> String? {
    guard let value = self[keyword] else { return nil }
    guard let text = value.string else { throw error(keyword, "It is a text.") }
    return text
  }

  private func number(_ keyword: String) throws(SchemaError) -> ExactNumber? {
    guard let value = self[keyword] else { return nil }
    guard let number = value.number else { throw error(keyword, "It is a number.") }
    return number
  }

  /// A whole number that is not negative.
  func count(_ keyword: String) throws(SchemaError) -> Int? {
    guard let number = try number(keyword) else { return nil }
    guard let count = number.small, count >= 0 else {
      throw error(keyword, "It is a whole number, not negative, of at most 18 digits.")
    }
    return Int(count)
  }

  func pattern(_ source: String, _ keyword: String) throws(SchemaError) -> Pattern {
    do {
      return try Pattern(source)
    } catch {
      throw self.error(keyword, "The regular expression \(source) is not understood: \(error)")
    }
  }

  private func texts(_ value: Literal, _ keyword: String) throws(SchemaError) -> [String] {
    let texts = value.elements?.compactMap(\.string)
    guard let texts, texts.count == value.elements?.count else {
      throw error(keyword, "It is a list of texts.")
    }
    return texts
  }
}

extension KeywordReader {
  /// The keywords that judge a value by itself.
  func assertions() throws(SchemaError) -> [Keyword] {
    var keywords: [Keyword] = []
    if let value = self["type"] { keywords.append(.types(try types(value))) }
    if let value = self["const"] { keywords.append(.constant(value)) }
    if let value = self["enum"] {
      guard let values = value.elements else { throw error("enum", "It is a list.") }
      keywords.append(.enumeration(values))
    }
    try addNumbers(&keywords)
    if let source = try text("pattern") {
      keywords.append(.pattern(try pattern(source, "pattern")))
    }
    if self["uniqueItems"]?.boolean == true { keywords.append(.uniqueItems) }
    if let value = self["required"] { keywords.append(.required(try texts(value, "required"))) }
    if let value = self["dependentRequired"] {
      keywords.append(.dependentRequired(try dependencies(value)))
    }
    return keywords
  }

  private func types(_ value: Literal) throws(SchemaError) -> Keyword.TypeSet {
    let names = if let name = value.string { [name] } else { try texts(value, "type") }
    var types: Keyword.TypeSet = []
    for name in names {
      guard let type = Keyword.TypeSet(name) else { throw error("type", "No type is \(name).") }
      types.insert(type)
    }
    return types
  }

  private func addNumbers(_ keywords: inout [Keyword]) throws(SchemaError) {
    for limit in Keyword.Limit.allCases {
      guard let bound = try number(limit.rawValue) else { continue }
      keywords.append(.limit(limit, bound, small: bound.small))
    }
    for size in Keyword.Size.allCases {
      guard let bound = try count(size.rawValue) else { continue }
      keywords.append(.size(size, bound))
    }
    guard let divisor = try number("multipleOf") else { return }
    guard divisor.isPositive, divisor.digits.count <= ExactNumber.divisorDigits else {
      throw error("multipleOf", "It is above 0 and has at most 19 digits.")
    }
    keywords.append(.multipleOf(divisor))
  }

  private func dependencies(
    _ value: Literal
  ) throws(SchemaError) -> [Keyword.Named<[String]>] {
    guard let members = value.members else {
      throw error("dependentRequired", "It is an object of lists.")
    }
    var found: [Keyword.Named<[String]>] = []
    for (name, list) in members.sorted(by: { $0.key < $1.key }) {
      found.append(.init(name: name.string, content: try texts(list, "dependentRequired")))
    }
    return found
  }
}
