public import Catchment

/// When a text has a label for certain: it contains one of some texts, has one of some words, or fits a
/// regular expression.
public struct CategoryRule: OptionValue, Hashable {
  public var label: String
  public var contains: [String]
  public var keywords: [String]
  public var regex: String?

  public init(
    _ label: String, contains: [String] = [], keywords: [String] = [], regex: String? = nil
  ) {
    (self.label, self.contains, self.keywords, self.regex) = (label, contains, keywords, regex)
  }

  public init(_ setting: Setting) throws(OptionError) {
    let members = try setting.members(["label", "contains", "keywords", "regex"])
    guard let label = members["label"] else {
      throw OptionError("needs a label", at: setting.place)
    }
    func texts(_ name: String) throws(OptionError) -> [String] {
      guard let given = members[name] else { return [] }
      return try [String](given)
    }
    self.init(
      try String(label), contains: try texts("contains"), keywords: try texts("keywords"),
      regex: try texts("regex").first)
    if contains.isEmpty, keywords.isEmpty, regex == nil {
      throw OptionError("needs contains, keywords or regex", at: setting.place)
    }
  }

  public var setting: Setting {
    var entries = [Setting.Entry("label", label.setting)]
    if !contains.isEmpty { entries.append(.init("contains", contains.setting)) }
    if !keywords.isEmpty { entries.append(.init("keywords", keywords.setting)) }
    if let regex { entries.append(.init("regex", regex.setting)) }
    return Setting(.map(entries))
  }

  public static var schema: Setting {
    .map([
      "type": "object".setting, "required": ["label"].setting,
      "properties": .map([
        "label": String.schema, "contains": [String].schema, "keywords": [String].schema,
        "regex": String.schema,
      ]),
      "additionalProperties": false.setting,
    ])
  }

  /// Conditions over a text in SQL, each with why it is true.
  func conditions(on text: String) -> [(sql: String, reason: String)] {
    let parts = contains.map { part in
      ("contains(lower(\(text)), lower(\(SQL.literal(part))))", "contains \"\(part)\"")
    }
    let words = keywords.map { word in
      let pattern = "(^|[^\\pL\\pN])\\Q\(word.replacing("\\E", with: ""))\\E([^\\pL\\pN]|$)"
      return ("regexp_matches(\(text), \(SQL.literal(pattern)), 'i')", "has the word \"\(word)\"")
    }
    let pattern = regex.map { regex in
      ("regexp_matches(\(text), \(SQL.literal(regex)))", "fits \(regex)")
    }
    return (parts + words + [pattern].compactMap(\.self)).map { (sql: $0.0, reason: $0.1) }
  }
}
