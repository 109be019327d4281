internal import JSONTape

extension Validation {
  /// Judges a value by a keyword that holds other schemas.
  mutating func apply(
    _ keyword: Keyword, _ value: JSONValue, _ node: Program.Node, _ evaluated: inout Evaluated
  ) -> Bool {
    switch keyword {
    case .reference(let target): check(target, value, &evaluated)
    case .dynamicReference(let target, let name):
      check(dynamicTarget(name) ?? target, value, &evaluated)
    case .allOf(let nodes): checkAll(nodes, value, &evaluated)
    case .anyOf(let nodes): checkAny(nodes, value, node, &evaluated)
    case .oneOf(let nodes): checkOne(nodes, value, node, &evaluated)
    case .not(let inner): checkNot(inner, value, node)
    case .condition(let condition, let then, let otherwise):
      (quietly(condition, value, &evaluated) ? then : otherwise)
        .map { check($0, value, &evaluated) } ?? true
    case .dependentSchemas(let dependencies):
      checkAll(
        dependencies.filter { value.member($0.name) != nil }.map(\.content), value, &evaluated)
    case .propertyNames(let inner): checkNames(inner, value)
    case .properties(let properties): checkMembers(properties, value, &evaluated)
    case .items(let prefix, let rest): checkElements(prefix, rest, value, &evaluated)
    case .contains(let inner, let least, let most):
      checkContains(inner, least, most, value, node, &evaluated)
    case .unevaluatedItems(let inner) where value.kind == .array,
      .unevaluatedProperties(let inner) where value.kind == .object:
      checkRest(inner, value, keyword, &evaluated)
    default: true
    }
  }

  private mutating func checkAll(
    _ nodes: [Int], _ value: JSONValue, _ evaluated: inout Evaluated
  ) -> Bool {
    var isGood = true
    for inner in nodes where !check(inner, value, &evaluated) { isGood = false }
    return isGood
  }

  /// Tries them all where others will ask what each has evaluated.
  private mutating func checkAny(
    _ nodes: [Int], _ value: JSONValue, _ node: Program.Node, _ evaluated: inout Evaluated
  ) -> Bool {
    var isGood = false
    for inner in nodes where !isGood || program.tracksEvaluation {
      if quietly(inner, value, &evaluated) { isGood = true }
    }
    return isGood || refuse(node, "anyOf", "expected one of \(nodes.count) forms, found none")
  }

  private mutating func checkOne(
    _ nodes: [Int], _ value: JSONValue, _ node: Program.Node, _ evaluated: inout Evaluated
  ) -> Bool {
    var count = 0
    for inner in nodes where quietly(inner, value, &evaluated) { count += 1 }
    return count == 1
      || refuse(node, "oneOf", "expected just one of \(nodes.count) forms, found \(count)")
  }

  private mutating func checkNot(_ inner: Int, _ value: JSONValue, _ node: Program.Node) -> Bool {
    var ignored = Evaluated()
    return !quietly(inner, value, &ignored)
      || refuse(node, "not", "expected what the schema excludes to be absent")
  }

  private mutating func checkNames(_ inner: Int, _ value: JSONValue) -> Bool {
    var isGood = true
    value.forEachName { name in
      if let text = name.text, !check(inner, name, at: .name(text)) { isGood = false }
    }
    return isGood
  }

  private mutating func checkMembers(
    _ properties: Properties, _ value: JSONValue, _ evaluated: inout Evaluated
  ) -> Bool {
    var isGood = true
    for (place, member) in value.members.enumerated() {
      var nodes = properties.node(member.key).map { [$0] } ?? []
      if !properties.patterns.isEmpty {
        let name = String(member.key)
        nodes += properties.patterns.filter { $0.pattern.matches(name) }.map(\.node)
      }
      if nodes.isEmpty, let additional = properties.additional { nodes = [additional] }
      for inner in nodes where !check(inner, member.value, at: .name(member.key)) {
        isGood = false
      }
      if program.tracksEvaluation, !nodes.isEmpty { evaluated.places.insert(place) }
    }
    return isGood
  }

  private mutating func checkElements(
    _ prefix: [Int], _ rest: Int?, _ value: JSONValue, _ evaluated: inout Evaluated
  ) -> Bool {
    var isGood = true
    for (place, element) in value.elements.enumerated() {
      guard let inner = place < prefix.count ? prefix[place] : rest else { break }
      if !check(inner, element, at: .place(place)) { isGood = false }
      if program.tracksEvaluation { evaluated.places.insert(place) }
    }
    return isGood
  }

  private mutating func checkContains(
    _ inner: Int, _ least: Int, _ most: Int?, _ value: JSONValue, _ node: Program.Node,
    _ evaluated: inout Evaluated
  ) -> Bool {
    guard value.kind == .array else { return true }
    var count = 0
    for (place, element) in value.elements.enumerated() {
      var ignored = Evaluated()
      guard quietly(inner, element, &ignored) else { continue }
      count += 1
      if program.tracksEvaluation { evaluated.places.insert(place) }
    }
    guard count >= least else {
      return refuse(node, "contains", "expected at least \(least) such elements, found \(count)")
    }
    guard let most, count > most else { return true }
    return refuse(node, "maxContains", "expected at most \(most) such elements, found \(count)")
  }

  private mutating func checkRest(
    _ inner: Int, _ value: JSONValue, _ keyword: Keyword, _ evaluated: inout Evaluated
  ) -> Bool {
    var isGood = true
    for (place, element) in value.elements.enumerated() where !evaluated.contains(place) {
      if !check(inner, element, at: .place(place)) { isGood = false }
    }
    for (place, member) in value.members.enumerated() where !evaluated.contains(place) {
      if !check(inner, member.value, at: .name(member.key)) { isGood = false }
    }
    evaluated.isAll = true
    return isGood
  }
}
