internal import JSONTape

extension Validation {
  /// Judges a value by one keyword.
  mutating func check(
    _ keyword: Keyword, _ value: JSONValue, _ node: Program.Node, _ evaluated: inout Evaluated
  ) -> Bool {
    switch keyword {
    case .never: refuse(node, "", "expected nothing here")
    case .types(let types):
      value.isOne(of: types) || refuse(node, "type", "expected \(types.shown)")
    case .constant(let literal):
      literal == value || refuse(node, "const", "expected the one value that is allowed")
    case .enumeration(let literals):
      literals.contains { $0 == value }
        || refuse(node, "enum", "expected one of the \(literals.count) values that are allowed")
    case .multipleOf(let divisor):
      ExactNumber(value)?.isMultiple(of: divisor) ?? true
        || refuse(node, "multipleOf", "expected a multiple of the number given")
    case .limit(let limit, let bound, let small):
      holds(limit, bound, small, value)
        || refuse(node, limit.rawValue, "expected a number within the limit")
    case .size(let size, let bound):
      holds(size, bound, value)
        || refuse(node, size.rawValue, "expected \(size.rawValue) to be \(bound)")
    case .pattern(let pattern):
      value.text.map { pattern.matches(String($0)) } ?? true
        || refuse(node, "pattern", "expected a text that matches \(pattern.source)")
    case .uniqueItems:
      value.hasUniqueElements
        || refuse(node, "uniqueItems", "expected elements that are all different")
    case .required(let names): checkRequired(names, value, node, "required")
    case .dependentRequired(let dependencies):
      dependencies.allSatisfy { dependency in
        value.member(dependency.name) == nil
          || checkRequired(dependency.content, value, node, "dependentRequired")
      }
    default: apply(keyword, value, node, &evaluated)
    }
  }

  private mutating func checkRequired(
    _ names: [String], _ value: JSONValue, _ node: Program.Node, _ keyword: String
  ) -> Bool {
    guard value.kind == .object else { return true }
    var isGood = true
    for name in names where value.member(name) == nil {
      isGood = refuse(node, keyword, "expected a member \(name)")
    }
    return isGood
  }

  private func holds(
    _ limit: Keyword.Limit, _ bound: ExactNumber, _ small: Int64?, _ value: JSONValue
  ) -> Bool {
    if let small, let whole = value.int64 { return limit.holds(whole, small) }
    return ExactNumber(value).map { limit.holds($0, bound) } ?? true
  }

  private func holds(_ size: Keyword.Size, _ bound: Int, _ value: JSONValue) -> Bool {
    switch (size, value.kind) {
    case (.maxLength, .string): value.codePointCount <= bound
    case (.minLength, .string): value.codePointCount >= bound
    case (.maxItems, .array), (.maxProperties, .object): value.count <= bound
    case (.minItems, .array), (.minProperties, .object): value.count >= bound
    default: true
    }
  }
}

extension JSONValue {
  fileprivate func isOne(of types: Keyword.TypeSet) -> Bool {
    switch kind {
    case .null: types.contains(.null)
    case .boolean: types.contains(.boolean)
    case .object: types.contains(.object)
    case .array: types.contains(.array)
    case .string: types.contains(.string)
    case .integer, .unsignedInteger, .bigInteger:
      !types.isDisjoint(with: [.integer, .number])
    case .double:
      types.contains(.number)
        || types.contains(.integer) && ExactNumber(self)?.isWhole == true
    }
  }

  fileprivate var codePointCount: Int {
    text?.bytes.count { $0 & 0xC0 != 0x80 } ?? 0
  }

  fileprivate var hasUniqueElements: Bool {
    var seen: Set<Literal> = []
    return elements.allSatisfy { seen.insert(Literal($0)).inserted }
  }
}

extension Literal {
  fileprivate static func == (literal: Literal, value: JSONValue) -> Bool {
    switch literal {
    case .null: value.isNull
    case .boolean(let flag): value.boolean == flag
    case .text(let name): value.text.map { $0.bytes.elementsEqual(name.string.utf8) } ?? false
    case .number(let number): ExactNumber(value) == number
    case .array, .object: literal == Literal(value)
    }
  }
}
