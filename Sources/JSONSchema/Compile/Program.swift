/// A compiled schema: its parts, which name each other by number.
struct Program {
  var nodes: [Node] = []
  /// By resource and name, where each `$dynamicAnchor` leads.
  var dynamicAnchors: [DynamicAnchor: Int] = [:]
  var root = 0
  /// Whether any part asks what others have evaluated; if not, nobody keeps count.
  var tracksEvaluation = false

  struct DynamicAnchor: Hashable {
    var resource: Int
    var name: String
  }

  /// A schema or one within it.
  struct Node {
    /// Its URI and JSON Pointer.
    let location: String
    /// The number of the resource it belongs to.
    let resource: Int
    var keywords: [Keyword] = []
  }
}

/// What a schema demands, ready to be tried.
enum Keyword {
  /// The schema `false`.
  case never
  case types(TypeSet)
  case constant(Literal)
  case enumeration([Literal])
  case multipleOf(ExactNumber)
  case limit(Limit, ExactNumber, small: Int64?)
  case size(Size, Int)
  case pattern(Pattern)
  case uniqueItems
  case required([String])
  case dependentRequired([Named<[String]>])

  case reference(Int)
  case dynamicReference(Int, name: String)
  case allOf([Int])
  case anyOf([Int])
  case oneOf([Int])
  case not(Int)
  case condition(Int, then: Int?, otherwise: Int?)
  case dependentSchemas([Named<Int>])
  case propertyNames(Int)
  case properties(Properties)
  case items(prefix: [Int], rest: Int?)
  case contains(Int, atLeast: Int, atMost: Int?)

  case unevaluatedItems(Int)
  case unevaluatedProperties(Int)

  struct Named<Content> {
    var name: String
    var content: Content
  }

  /// What bounds a number, and how a sentence says it.
  enum Limit: String, CaseIterable {
    case maximum, exclusiveMaximum, minimum, exclusiveMinimum

    func holds<Number: Comparable>(_ value: Number, _ bound: Number) -> Bool {
      switch self {
      case .maximum: value <= bound
      case .exclusiveMaximum: value < bound
      case .minimum: value >= bound
      case .exclusiveMinimum: value > bound
      }
    }
  }

  /// What bounds a length.
  enum Size: String, CaseIterable {
    case maxLength, minLength, maxItems, minItems, maxProperties, minProperties
  }

  /// The kinds of value that `type` names.
  struct TypeSet: OptionSet {
    let rawValue: UInt8

    static let names = ["null", "boolean", "object", "array", "number", "string", "integer"]

    /// The kind of that name, or nil.
    init?(_ name: String) {
      guard let place = Self.names.firstIndex(of: name) else { return nil }
      self.init(rawValue: 1 << place)
    }

    init(rawValue: UInt8) { self.rawValue = rawValue }

    static let null = Self(rawValue: 1)
    static let boolean = Self(rawValue: 2)
    static let object = Self(rawValue: 4)
    static let array = Self(rawValue: 8)
    static let number = Self(rawValue: 16)
    static let string = Self(rawValue: 32)
    static let integer = Self(rawValue: 64)

    var shown: String {
      Self.names.enumerated().filter { contains(Self(rawValue: 1 << $0.offset)) }
        .map(\.element).joined(separator: " or ")
    }
  }
}
