/// Where the draft's keywords hold schemas.
enum Subschemas {
  private static let single = [
    "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not",
    "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties",
  ]
  private static let lists = ["allOf", "anyOf", "oneOf", "prefixItems"]
  private static let maps = ["$defs", "dependentSchemas", "patternProperties", "properties"]

  /// The schemas directly within one, each with the pointer that leads to it.
  static func of(_ schema: Literal) -> [(steps: String, part: Literal)] {
    guard let members = schema.members else { return [] }
    var found: [(String, Literal)] = []
    for name in single {
      if let part = members[Literal.Name(name)] { found.append(("/\(name)", part)) }
    }
    for name in lists {
      for (index, part) in (members[Literal.Name(name)]?.elements ?? []).enumerated() {
        found.append(("/\(name)/\(index)", part))
      }
    }
    for name in maps {
      for (key, part) in members[Literal.Name(name)]?.members ?? [:] {
        found.append(("/\(name)/\(JSONPointer.escaped(key.string))", part))
      }
    }
    return found
  }
}
