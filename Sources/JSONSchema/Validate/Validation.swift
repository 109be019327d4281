internal import JSONTape

/// One value being judged.
struct Validation {
  let program: Program
  private(set) var faults: [SchemaFault] = []

  private var isTelling: Bool
  private var path: [Step] = []
  /// The resources that were entered and not left, the outermost first.
  private var scope: [Int] = []
  private var depth = 0

  /// Deeper than this is a schema that refers to itself without end.
  private static let maximumDepth = 4_000

  enum Step {
    case name(JSONText)
    case place(Int)
  }

  init(_ program: Program, isTelling: Bool) {
    self.program = program
    self.isTelling = isTelling
  }

  mutating func accepts(_ value: JSONValue) -> Bool {
    var evaluated = Evaluated()
    return check(program.root, value, &evaluated)
  }

  /// Judges a value by a part of the schema; what it judged good is added only if all of it is.
  mutating func check(_ number: Int, _ value: JSONValue, _ outer: inout Evaluated) -> Bool {
    let node = program.nodes[number]
    guard depth < Self.maximumDepth else {
      return refuse(node, "$ref", "expected a schema that does not refer to itself without end")
    }
    depth += 1
    scope.append(node.resource)
    defer {
      depth -= 1
      scope.removeLast()
    }
    var evaluated = Evaluated()
    var isGood = true
    for keyword in node.keywords where !check(keyword, value, node, &evaluated) {
      isGood = false
      if !isTelling { break }
    }
    if isGood, program.tracksEvaluation { outer.add(evaluated) }
    return isGood
  }

  /// Judges without a word: a refusal may be no fault.
  mutating func quietly(_ number: Int, _ value: JSONValue, _ evaluated: inout Evaluated) -> Bool {
    let wasTelling = isTelling
    isTelling = false
    defer { isTelling = wasTelling }
    return check(number, value, &evaluated)
  }

  /// Judges a member or an element.
  mutating func check(_ number: Int, _ value: JSONValue, at step: Step) -> Bool {
    path.append(step)
    defer { path.removeLast() }
    var inner = Evaluated()
    return check(number, value, &inner)
  }

  /// Notes a fault; always false.
  mutating func refuse(
    _ node: Program.Node, _ keyword: String, _ message: @autoclosure () -> String
  ) -> Bool {
    guard isTelling else { return false }
    let instance = path.map { step in
      switch step {
      case .name(let name): "/\(JSONPointer.escaped(String(name)))"
      case .place(let place): "/\(place)"
      }
    }
    let location = keyword.isEmpty ? node.location : "\(node.location)/\(keyword)"
    faults.append(
      SchemaFault(
        instanceLocation: instance.joined(), schemaLocation: location, message: message()))
    return false
  }

  /// Where a dynamic reference leads: to the outermost anchor of its name.
  func dynamicTarget(_ name: String) -> Int? {
    for resource in scope {
      if let node = program.dynamicAnchors[.init(resource: resource, name: name)] { return node }
    }
    return nil
  }
}
