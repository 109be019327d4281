/// The schema resources that were met, each with the places that its anchors name.
struct Resources {
  /// A schema with a URI of its own.
  struct Resource {
    let uri: URIReference
    let root: Literal
    let dialect: Dialect
    var anchors: [String: String] = [:]
    var dynamicAnchors: [String: String] = [:]
  }

  /// A schema in a resource, by JSON Pointer.
  struct Place {
    var resource: Int
    var pointer: String
    var schema: Literal
  }

  private let store: SchemaStore
  private(set) var all: [Resource] = []
  private var numbers: [String: Int] = [:]

  init(_ store: SchemaStore) { self.store = store }

  /// Takes in a document with all the resources inside it; the result is the number of its own.
  mutating func add(_ document: Literal, _ uri: URIReference) throws(SchemaError) -> Int {
    let number = try add(resource: document, uri, .draft)
    if numbers[uri.resource] == nil { numbers[uri.resource] = number }
    return number
  }

  private mutating func add(
    resource root: Literal, _ base: URIReference, _ inherited: Dialect
  ) throws(SchemaError) -> Int {
    let uri = root["$id"]?.string.map { base.resolving($0) } ?? base
    let dialect = try root["$schema"]?.string.map { name throws(SchemaError) in
      try self.dialect(name)
    }
    let number = all.count
    all.append(Resource(uri: uri, root: root, dialect: dialect ?? inherited))
    numbers[uri.resource] = number
    try index(root, in: number, "")
    return number
  }

  /// Notes the anchors of a schema and the schemas within it.
  private mutating func index(
    _ schema: Literal, in number: Int, _ pointer: String
  ) throws(SchemaError) {
    if let name = schema["$anchor"]?.string { all[number].anchors[name] = pointer }
    if let name = schema["$dynamicAnchor"]?.string {
      all[number].anchors[name] = pointer
      all[number].dynamicAnchors[name] = pointer
    }
    for (steps, part) in Subschemas.of(schema) {
      if part["$id"]?.string != nil {
        _ = try add(resource: part, all[number].uri, all[number].dialect)
      } else {
        try index(part, in: number, pointer + steps)
      }
    }
  }

  /// The vocabularies that a meta-schema switches on.
  private mutating func dialect(_ uri: String) throws(SchemaError) -> Dialect {
    if uri == Vocabulary.draft || uri == "\(Vocabulary.draft)#" { return .draft }
    guard let number = try number(uri) else {
      throw SchemaError(location: uri, message: "This dialect is not known, nor in the store.")
    }
    guard let demanded = all[number].root["$vocabulary"]?.members else { return .draft }
    var dialect: Dialect = [.core]
    for (name, isRequired) in demanded {
      if let vocabulary = Vocabulary(uri: name.string) {
        dialect.insert(vocabulary)
      } else if isRequired.boolean == true {
        throw SchemaError(
          location: "\(uri)#/$vocabulary", message: "It requires the vocabulary \(name.string).")
      }
    }
    return dialect
  }

  /// The resource of a URI, taken from the store if need be; nil if it is nowhere.
  private mutating func number(_ uri: String) throws(SchemaError) -> Int? {
    if let number = numbers[uri] { return number }
    guard let text = store.text(uri) else { return nil }
    return try add(try Literal(document: text, uri), URIReference(uri))
  }

  /// What a reference in a resource leads to; nil if nothing is there.
  mutating func find(_ reference: String, from resource: Int) throws(SchemaError) -> Place? {
    let target = all[resource].uri.resolving(reference)
    guard let number = try number(target.resource) else { return nil }
    let fragment = target.decodedFragment
    if fragment.isEmpty || fragment.hasPrefix("/") { return place(fragment, in: number) }
    return all[number].anchors[fragment].flatMap { place($0, in: number) }
  }

  /// The name of a `$dynamicAnchor` that a reference's fragment is, once it has led to a place.
  func dynamicName(_ reference: String, _ place: Place) -> String? {
    let name = URIReference(reference).decodedFragment
    return all[place.resource].dynamicAnchors[name] == place.pointer ? name : nil
  }

  /// Follows a pointer, perhaps into a resource that lies within this one.
  func place(_ pointer: String, in number: Int) -> Place? {
    var place = Place(resource: number, pointer: "", schema: all[number].root)
    for step in JSONPointer.steps(pointer) {
      guard let next = place.schema.step(step) else { return nil }
      place.schema = next
      place.pointer += "/\(JSONPointer.escaped(step))"
      if let inner = inner(next, in: place.resource) {
        place.resource = inner
        place.pointer = ""
      }
    }
    return place
  }

  /// The resource that a schema within another one is, if it is one.
  func inner(_ schema: Literal, in resource: Int) -> Int? {
    guard let id = schema["$id"]?.string else { return nil }
    return numbers[all[resource].uri.resolving(id).resource]
  }
}
