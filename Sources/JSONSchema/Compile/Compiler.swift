/// Makes a program of a schema.
struct Compiler {
  var resources: Resources
  private var program = Program()
  private var numbers: [String: Int] = [:]

  init(_ store: SchemaStore) { resources = Resources(store) }

  mutating func compile(_ document: Literal, _ uri: String) throws(SchemaError) -> Program {
    let resource = try resources.add(document, URIReference(uri))
    program.root = try node(
      .init(resource: resource, pointer: "", schema: resources.all[resource].root))
    try addDynamicAnchors()
    return program
  }

  /// A dynamic reference may lead to any of them, and to compile one may bring in more resources.
  private mutating func addDynamicAnchors() throws(SchemaError) {
    var number = 0
    while number < resources.all.count {
      for (name, pointer) in resources.all[number].dynamicAnchors {
        guard let place = resources.place(pointer, in: number) else { continue }
        program.dynamicAnchors[.init(resource: number, name: name)] = try node(place)
      }
      number += 1
    }
  }

  /// The number of a schema's part of the program, compiled now if it was not yet.
  mutating func node(_ place: Resources.Place) throws(SchemaError) -> Int {
    let location = "\(resources.all[place.resource].uri.resource)#\(place.pointer)"
    let key = "\(place.resource) \(place.pointer)"
    if let number = numbers[key] { return number }
    let number = program.nodes.count
    numbers[key] = number
    program.nodes.append(.init(location: location, resource: place.resource))
    program.nodes[number].keywords = try keywords(place, location)
    return number
  }

  private mutating func keywords(
    _ place: Resources.Place, _ location: String
  ) throws(SchemaError) -> [Keyword] {
    if let isOpen = place.schema.boolean { return isOpen ? [] : [.never] }
    guard place.schema.members != nil else {
      throw SchemaError(location: location, message: "A schema is an object, true or false.")
    }
    let dialect = resources.all[place.resource].dialect
    var reader = KeywordReader(place, location)
    var keywords: [Keyword] = []
    if dialect.contains(.validation) { keywords += try reader.assertions() }
    keywords += try references(&reader, place)
    if dialect.contains(.applicator) { keywords += try applicators(&reader) }
    if dialect.contains(.unevaluated) { keywords += try unevaluated(&reader) }
    return keywords
  }

  // MARK: References

  private mutating func references(
    _ reader: inout KeywordReader, _ place: Resources.Place
  ) throws(SchemaError) -> [Keyword] {
    var keywords: [Keyword] = []
    if let text = try reader.text("$ref") {
      keywords.append(.reference(try node(try target(text, "$ref", reader))))
    }
    if let text = try reader.text("$dynamicRef") {
      let target = try target(text, "$dynamicRef", reader)
      let number = try node(target)
      let name = resources.dynamicName(text, target)
      keywords.append(name.map { .dynamicReference(number, name: $0) } ?? .reference(number))
    }
    return keywords
  }

  private mutating func target(
    _ text: String, _ keyword: String, _ reader: KeywordReader
  ) throws(SchemaError) -> Resources.Place {
    if let place = try resources.find(text, from: reader.place.resource) { return place }
    throw reader.error(keyword, "Nothing is known at \(text).")
  }

  // MARK: Schemas within

  private mutating func child(
    _ reader: KeywordReader, _ steps: String..., schema: Literal
  ) throws(SchemaError) -> Int {
    if let inner = resources.inner(schema, in: reader.place.resource) {
      return try node(.init(resource: inner, pointer: "", schema: schema))
    }
    let pointer = steps.reduce(reader.place.pointer) { "\($0)/\(JSONPointer.escaped($1))" }
    return try node(.init(resource: reader.place.resource, pointer: pointer, schema: schema))
  }

  private mutating func single(
    _ reader: KeywordReader, _ keyword: String
  ) throws(SchemaError) -> Int? {
    guard let schema = reader[keyword] else { return nil }
    return try child(reader, keyword, schema: schema)
  }

  private mutating func list(
    _ reader: KeywordReader, _ keyword: String
  ) throws(SchemaError) -> [Int]? {
    guard let value = reader[keyword] else { return nil }
    guard let elements = value.elements, !elements.isEmpty else {
      throw reader.error(keyword, "It is a list of at least one schema.")
    }
    var nodes: [Int] = []
    for (index, schema) in elements.enumerated() {
      nodes.append(try child(reader, keyword, "\(index)", schema: schema))
    }
    return nodes
  }

  private mutating func map(
    _ reader: KeywordReader, _ keyword: String
  ) throws(SchemaError) -> [Keyword.Named<Int>]? {
    guard let value = reader[keyword] else { return nil }
    guard let members = value.members else {
      throw reader.error(keyword, "It is an object of schemas.")
    }
    var nodes: [Keyword.Named<Int>] = []
    for (name, schema) in members.sorted(by: { $0.key < $1.key }) {
      let node = try child(reader, keyword, name.string, schema: schema)
      nodes.append(.init(name: name.string, content: node))
    }
    return nodes
  }

  private mutating func applicators(
    _ reader: inout KeywordReader
  ) throws(SchemaError) -> [Keyword] {
    var keywords: [Keyword] = []
    if let nodes = try list(reader, "allOf") { keywords.append(.allOf(nodes)) }
    if let nodes = try list(reader, "anyOf") { keywords.append(.anyOf(nodes)) }
    if let nodes = try list(reader, "oneOf") { keywords.append(.oneOf(nodes)) }
    if let node = try single(reader, "not") { keywords.append(.not(node)) }
    if let node = try single(reader, "if") {
      let (then, otherwise) = (try single(reader, "then"), try single(reader, "else"))
      keywords.append(.condition(node, then: then, otherwise: otherwise))
    }
    if let nodes = try map(reader, "dependentSchemas") {
      keywords.append(.dependentSchemas(nodes))
    }
    if let node = try single(reader, "propertyNames") { keywords.append(.propertyNames(node)) }
    if let properties = try properties(reader) { keywords.append(.properties(properties)) }
    let (prefix, rest) = (try list(reader, "prefixItems"), try single(reader, "items"))
    if prefix != nil || rest != nil { keywords.append(.items(prefix: prefix ?? [], rest: rest)) }
    if let node = try single(reader, "contains") {
      let isCounted = resources.all[reader.place.resource].dialect.contains(.validation)
      let least = isCounted ? try reader.count("minContains") : nil
      let most = isCounted ? try reader.count("maxContains") : nil
      keywords.append(.contains(node, atLeast: least ?? 1, atMost: most))
    }
    return keywords
  }

  private mutating func properties(_ reader: KeywordReader) throws(SchemaError) -> Properties? {
    let named = try map(reader, "properties")
    let patterns = try map(reader, "patternProperties")
    let additional = try single(reader, "additionalProperties")
    guard named != nil || patterns != nil || additional != nil else { return nil }
    var properties = Properties()
    for property in named ?? [] { properties.add(property.name, property.content) }
    for property in patterns ?? [] {
      let pattern = try reader.pattern(property.name, "patternProperties")
      properties.patterns.append((pattern, property.content))
    }
    properties.additional = additional
    return properties
  }

  private mutating func unevaluated(
    _ reader: inout KeywordReader
  ) throws(SchemaError) -> [Keyword] {
    var keywords: [Keyword] = []
    if let node = try single(reader, "unevaluatedItems") {
      keywords.append(.unevaluatedItems(node))
    }
    if let node = try single(reader, "unevaluatedProperties") {
      keywords.append(.unevaluatedProperties(node))
    }
    if !keywords.isEmpty { program.tracksEvaluation = true }
    return keywords
  }
}
