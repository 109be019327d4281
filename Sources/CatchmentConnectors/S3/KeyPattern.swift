/// A pattern of keys: `*` and `?` stand for anything but a slash, `**` for anything, `[a-z]` for one
/// of some characters.
struct KeyPattern: Sendable {
  private enum Token: Sendable {
    case one(Unicode.Scalar)
    case any(slashes: Bool, many: Bool)
    case of([ClosedRange<Unicode.Scalar>], isNot: Bool)

    func takes(_ scalar: Unicode.Scalar) -> Bool {
      switch self {
      case .one(let own): own == scalar
      case .any(let slashes, _): slashes || scalar != "/"
      case .of(let ranges, let isNot):
        scalar != "/" && ranges.contains { $0.contains(scalar) } != isNot
      }
    }

    var isMany: Bool { if case .any(_, true) = self { true } else { false } }
  }

  private var tokens: [Token] = []

  /// What every key begins with that fits.
  let prefix: String
  /// Whether it is a key itself.
  let isPlain: Bool

  init(_ text: String) {
    prefix = String(text.prefix { !"*?[".contains($0) })
    isPlain = prefix == text
    var rest = Array(text.unicodeScalars)[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case "*":
        let isDouble = rest.first == "*"
        if isDouble { rest.removeFirst() }
        tokens.append(.any(slashes: isDouble, many: true))
      case "?": tokens.append(.any(slashes: false, many: false))
      case "[":
        if let set = Self.set(&rest) { tokens.append(set) } else { tokens.append(.one(scalar)) }
      default: tokens.append(.one(scalar))
      }
    }
  }

  /// Nil, with nothing taken, when no bracket closes it.
  private static func set(_ rest: inout ArraySlice<Unicode.Scalar>) -> Token? {
    let isNot = rest.first == "!" || rest.first == "^"
    var members = rest.dropFirst(isNot ? 1 : 0)
    // A bracket that comes first is a member.
    guard let end = members.dropFirst().firstIndex(of: "]") else { return nil }
    rest = members[end...].dropFirst()
    members = members[..<end]
    var ranges: [ClosedRange<Unicode.Scalar>] = []
    while let first = members.popFirst() {
      let last = members.dropFirst().first
      guard members.first == "-", let last, last >= first else {
        ranges.append(first...first)
        continue
      }
      ranges.append(first...last)
      members = members.dropFirst(2)
    }
    return .of(ranges, isNot: isNot)
  }

  /// All places of the pattern that can be reached are followed at once, so no pattern takes long.
  func fits(_ key: String) -> Bool {
    var places = reached(from: [0])
    for scalar in key.unicodeScalars {
      var next: Set<Int> = []
      for place in places where place < tokens.count && tokens[place].takes(scalar) {
        next.insert(tokens[place].isMany ? place : place + 1)
      }
      places = reached(from: next)
      if places.isEmpty { return false }
    }
    return places.contains(tokens.count)
  }

  /// What stands for any number may stand for none.
  private func reached(from places: Set<Int>) -> Set<Int> {
    var all = places
    for var place in places {
      while place < tokens.count, tokens[place].isMany {
        place += 1
        all.insert(place)
      }
    }
    return all
  }
}
