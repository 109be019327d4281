internal import Catchment
internal import JSONTape

/// A JSON value that changes: what a log of changes makes of a session.
///
/// A value stays as it was written until a change goes into it. The bytes it points to must live as
/// long as it does, with the padding that a parser needs behind them.
enum ChatNode {
  case written(Slice)
  case object([Member])
  case array([ChatNode])

  struct Member {
    var name: String
    var node: ChatNode
  }

  /// A step into a value.
  enum Step: Equatable {
    case name(String)
    case index(Int)

    init?(_ value: JSONValue) {
      if let name = value.text {
        self = .name(name.description)
      } else if let index = value.int64, index >= 0 {
        self = .index(Int(clamping: index))
      } else {
        return nil
      }
    }
  }

  enum Change {
    case set(ChatNode)
    case delete
    /// Appends values, after the array was cut to a length.
    case push([ChatNode], cutTo: Int?)
  }

  /// Makes a change at a place; one whose place does not exist is not made, but for members that
  /// are set and arrays that are pushed to.
  mutating func apply(_ change: Change, at path: ArraySlice<Step>, _ parser: TapeParser) {
    guard let step = path.first else { return apply(change) }
    let rest = path.dropFirst()
    open(parser)
    switch step {
    case .name(let name): applyToMember(name, change, rest, parser)
    case .index(let index): applyToElement(index, change, rest, parser)
    }
  }

  private mutating func apply(_ change: Change) {
    switch change {
    case .set(let node): self = node
    case .delete: self = .written(Self.null)
    case .push(let nodes, let length):
      var elements = take()
      if let length, length < elements.count { elements.removeLast(elements.count - length) }
      elements.append(contentsOf: nodes)
      self = .array(elements)
    }
  }

  private mutating func applyToMember(
    _ name: String, _ change: Change, _ rest: ArraySlice<Step>, _ parser: TapeParser
  ) {
    guard case .object(var members) = self else { return }
    // One owner at a time: the members are changed where they are, not copied.
    self = .written(Self.null)
    defer { self = .object(members) }
    let place = members.firstIndex { $0.name == name }
    if case .delete = change, rest.isEmpty {
      if let place { members.remove(at: place) }
      return
    }
    if let place { return members[place].node.openApply(change, rest, parser) }
    if case .delete = change { return }
    guard rest.isEmpty else { return }
    var node = ChatNode.array([])
    node.apply(change)
    members.append(Member(name: name, node: node))
  }

  private mutating func applyToElement(
    _ index: Int, _ change: Change, _ rest: ArraySlice<Step>, _ parser: TapeParser
  ) {
    guard case .array(var elements) = self, index < elements.count else { return }
    self = .written(Self.null)
    defer { self = .array(elements) }
    elements[index].openApply(change, rest, parser)
  }

  private mutating func openApply(
    _ change: Change, _ rest: ArraySlice<Step>, _ parser: TapeParser
  ) {
    if case .push = change, rest.isEmpty { open(parser) }
    apply(change, at: rest, parser)
  }

  /// Takes the elements out of an array; none of anything else.
  private mutating func take() -> [ChatNode] {
    guard case .array(let elements) = self else { return [] }
    self = .written(Self.null)
    return elements
  }

  /// Makes members or elements of a container as it was written.
  mutating func open(_ parser: TapeParser) {
    guard case .written(let bytes) = self, let value = Self.parse(bytes, parser) else { return }
    switch value.kind {
    case .object:
      self = .object(
        value.members.map { Member(name: $0.key.description, node: Self.written($0.value)) })
    case .array: self = .array(value.elements.map(Self.written))
    default: break
    }
  }

  static func written(_ value: JSONValue) -> ChatNode { .written(value.sourceText.bytes) }

  /// Reads a container where it lies, so that what is in it lies there too.
  ///
  /// What was written was parsed before, as a part of its record.
  private static func parse(_ bytes: Slice, _ parser: TapeParser) -> JSONValue? {
    guard bytes.first == UInt8(ascii: "{") || bytes.first == UInt8(ascii: "[") else { return nil }
    do throws(JSONError) { return try parser.parse(bytes, isPadded: true) } catch { return nil }
  }

  private static var null: Slice { ("null" as StaticString).slice }

  // MARK: As text

  func write(to buffer: inout ByteBuffer) {
    switch self {
    case .written(let bytes): buffer.append(bytes)
    case .object(let members):
      buffer.append("{")
      for (number, member) in members.enumerated() {
        if number > 0 { buffer.append(",") }
        var name = JSONString.quoted(member.name)
        name.withUTF8 { buffer.append(Slice($0)) }
        buffer.append(":")
        member.node.write(to: &buffer)
      }
      buffer.append("}")
    case .array(let elements):
      buffer.append("[")
      for (number, element) in elements.enumerated() {
        if number > 0 { buffer.append(",") }
        element.write(to: &buffer)
      }
      buffer.append("]")
    }
  }

  /// The member of a name, if it is one of an object that was opened.
  subscript(name: String) -> ChatNode? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.node
  }

  /// How many elements an array that was opened has.
  var count: Int { if case .array(let elements) = self { elements.count } else { 0 } }
}
