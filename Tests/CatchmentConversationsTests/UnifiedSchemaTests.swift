import CatchmentConversations
import CatchmentTesting
import Foundation
import JSONTape
import Testing

/// A unified conversation as it may be, and changed in ways that the schema allows or forbids.
private struct UnifiedMutation {
  /// A JSON value that can be changed in place.
  indirect enum Tree {
    /// As it is written.
    case scalar(String)
    case list([Tree])
    case object([(name: String, value: Tree)])

    init(_ value: JSONValue) {
      switch value.kind {
      case .object:
        self = .object(value.members.map { (String($0.key), Tree($0.value)) })
      case .array: self = .list(value.elements.map(Tree.init))
      default: self = .scalar(String(value.sourceText))
      }
    }

    var text: String {
      switch self {
      case .scalar(let text): text
      case .list(let elements): "[\(elements.map(\.text).joined(separator: ","))]"
      case .object(let members):
        "{\(members.map { "\(JSONString.quoted($0.name)):\($0.value.text)" }.joined(separator: ","))}"
      }
    }
  }

  /// What stands in the place of a value: every type, and the edges of every range and format.
  static let values = [
    "null", "true", "false", "0", "-0", "1", "-1", "1.0", "2e0", "1.5", "1e2", "10e-1", "0.0",
    "1E400", "-1e400", "1e-400", "2147483647", "2147483648", "2147483647.0", "-2147483648",
    "-2147483649",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
    "9.223372036854775807e18", "92233720368547758070e-1", "18446744073709551615",
    "18446744073709551616", "1844674407370955161.5e1", "123456789012345678901234567890", "3e-1",
    #""""#, #""a""#, #""null""#, #""user""#, #""tool""#, #""User""#, #""reported""#, #""active""#,
    #""title""#, #""elapsed""#, #""us\u0065r""#, #""\ud800""#,
    #""11111111-1111-4111-8111-111111111111""#, #""11111111-1111-4111-8111-11111111111A""#,
    #""11111111111141118111111111111111""#, #""11111111-1111-4111-8111-111111111111 ""#,
    #""\u0031aaaaaaa-1111-4111-8111-111111111111""#, #""11111111-1111-4111-8111-111111111111\n""#,
    #""2026-03-01T10:00:00.000000Z""#, #""2026-03-01T10:00:00.000Z""#, #""2026-03-01""#,
    #""2026-03-01t10:00:00.000000z""#, #""2026-13-41T30:61:61.000000Z""#,
    #""2026-03-01T10:00:00.000000+00:00""#, #""2026-03-01T10:00:00.000000Z\n""#, "[]", "{}", "[[]]",
    "[null]", #"["a",null]"#, #"["a",1]"#, #"[{"type":"x"}]"#, #"[{"type":1}]"#, #"[{"kind":1}]"#,
    #"[{"type":"x","type":1}]"#, #"["11111111-1111-4111-8111-111111111111"]"#, #"[[["deep"]]]"#,
    #"{"type":"text"}"#, #"{"schema_version":1}"#,
  ]

  var random: SeededRandom

  /// Changes some place of a tree: a value, or which members or elements there are.
  mutating func change(_ tree: Tree) -> Tree {
    switch tree {
    case .scalar: return .scalar(Self.values[random.below(Self.values.count)])
    case .list(var elements):
      guard !elements.isEmpty, random.below(6) > 0 else { return changeWhole(tree) }
      let place = random.below(elements.count)
      switch random.below(8) {
      case 0: elements.remove(at: place)
      case 1: elements.append(elements[place])
      case 2: elements.insert(anything(), at: place)
      default: elements[place] = change(elements[place])
      }
      return .list(elements)
    case .object(var members):
      guard !members.isEmpty, random.below(12) > 0 else { return changeWhole(tree) }
      let place = random.below(members.count)
      switch random.below(10) {
      case 0: members.remove(at: place)
      case 1: members.append(("extra", anything()))
      case 2: members.insert((members[place].name, anything()), at: random.below(members.count))
      case 3: members.swapAt(place, random.below(members.count))
      case 4: members[place].name += ["x", " ", "\u{0}", "é"][random.below(4)]
      default: members[place].value = change(members[place].value)
      }
      return .object(members)
    }
  }

  private mutating func changeWhole(_ tree: Tree) -> Tree {
    random.below(2) == 0 ? anything() : .list([tree])
  }

  private mutating func anything() -> Tree { .scalar(Self.values[random.below(Self.values.count)]) }
}

@Suite struct `The unified schema` {
  @Test func `is known to the quick judge in all that it demands`() {
    #expect(UnifiedJudge().isQuick)
  }

  @Test func `in the program is the one that is published`() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let published = try String(
      contentsOf: root.appending(path: "Documentation/unified-conversation.schema.json"),
      encoding: .utf8)
    #expect(UnifiedSchema.text == published)
  }

  @Test func `and the quick judge agree on every value in every place`() throws {
    var tried = Tried()
    let base = try Self.base()
    for part in UnifiedPart.allCases where part != .whole {
      guard case .object(let members) = try #require(base[part]) else { continue }
      for place in members.indices {
        for value in UnifiedMutation.values {
          var changed = members
          changed[place].value = .scalar(value)
          try tried.judge(UnifiedMutation.Tree.object(changed).text, as: part)
        }
      }
    }
    tried.expectBoth(atLeast: 1_000)
  }

  @Test(arguments: UInt64(1)...4)
  func `and the quick judge agree on values changed at random`(seed: UInt64) throws {
    var tried = Tried()
    var mutation = UnifiedMutation(random: SeededRandom(seed: seed))
    let whole = try #require(try Self.base()[.whole])
    for _ in 0..<3_000 {
      var tree = whole
      for _ in 0...mutation.random.below(3) { tree = mutation.change(tree) }
      try tried.judge(tree.text, as: .whole)
    }
    tried.expectBoth(atLeast: 200)
  }

  /// Judges by both, and counts.
  private struct Tried {
    private let judge = UnifiedJudge()
    private let parser = TapeParser()
    private var accepted = 0
    private var refused = 0

    mutating func judge(_ text: String, as part: UnifiedPart) throws {
      var text = text
      let value = try text.withUTF8 {
        try parser.parse(UnsafeRawBufferPointer($0), isPadded: false)
      }
      let bySchema = judge.faults(in: value, as: part).isEmpty
      #expect(judge.accepts(value, as: part) == bySchema, "\(part): \(text)")
      if bySchema { accepted += 1 } else { refused += 1 }
    }

    func expectBoth(atLeast count: Int) {
      #expect(accepted >= count, "\(accepted) accepted")
      #expect(refused >= count, "\(refused) refused")
    }
  }

  /// A conversation with something in every list, and its parts.
  private static func base() throws -> [UnifiedPart: UnifiedMutation.Tree] {
    let text = try Unified.conversation()
    let parser = TapeParser()
    let bytes = Array(text.utf8)
    return try bytes.withUnsafeBytes { bytes in
      let value = try parser.parse(bytes, isPadded: false)
      func first(_ list: StaticString) throws -> UnifiedMutation.Tree {
        UnifiedMutation.Tree(try #require(value[list]?.elements.first { _ in true }))
      }
      return [
        .whole: UnifiedMutation.Tree(value),
        .conversation: UnifiedMutation.Tree(try #require(value["conversation"])),
        .message: try first("messages"), .toolCall: try first("tool_calls"),
        .summary: try first("summaries"),
      ]
    }
  }
}
