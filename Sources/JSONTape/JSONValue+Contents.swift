extension JSONValue {
  /// How many members or elements a container has; nought for anything else.
  public var count: Int {
    let word = tape.pointee.words[Int(index)]
    guard mark == Tape.Mark.object || mark == Tape.Mark.array else { return 0 }
    let counted = word >> 32 & Tape.maximumCount
    guard counted == Tape.maximumCount else { return Int(counted) }
    // The tape counts no further than 24 bits.
    return members.reduce(0) { sum, _ in sum + 1 } + elements.reduce(0) { sum, _ in sum + 1 }
  }

  /// The members of an object in the order they are written, repeated names included; none for
  /// anything else.
  public var members: JSONMembers { JSONMembers(of: self) }

  /// The elements of an array; none for anything else.
  public var elements: JSONElements { JSONElements(of: self) }

  /// The first member of that name; nil if there is none or this is no object.
  ///
  /// It looks at one member after another: to read many, visit them with `forEachMember`.
  public subscript(_ key: StaticString) -> JSONValue? {
    let bytes = UnsafeRawBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount)
    return member(JSONText(bytes: bytes))
  }

  /// The first member whose decoded name is `key`.
  public func member(_ key: String) -> JSONValue? {
    var key = key
    return key.withUTF8 { member(JSONText(bytes: UnsafeRawBufferPointer($0))) }
  }

  /// The first member whose decoded name is `key`.
  public func member(_ key: JSONText) -> JSONValue? {
    var members = members
    while let member = members.next() {
      if member.key == key { return member.value }
    }
    return nil
  }

  /// Calls `body` with each member of an object, in the order they are written.
  public func forEachMember(
    _ body: (_ key: JSONText, _ value: JSONValue) throws -> Void
  ) rethrows {
    var members = members
    while let member = members.next() { try body(member.key, member.value) }
  }

  /// Calls `body` with the name of each member of an object, a string.
  public func forEachName(_ body: (JSONValue) throws -> Void) rethrows {
    var members = members
    while let name = members.nextName() { try body(name) }
  }

  /// Calls `body` with each element of an array.
  public func forEachElement(_ body: (JSONValue) throws -> Void) rethrows {
    var elements = elements
    while let element = elements.next() { try body(element) }
  }

  /// Where the value after this one begins: on the tape, and one past our last structural.
  @inline(__always)
  var following: (index: UInt32, structural: UInt32) {
    switch mark {
    case Tape.Mark.object, Tape.Mark.array:
      (
        tape.pointee.end(ofContainerAt: index),
        tape.pointee.closer(ofContainerAt: structural) &+ 1
      )
    case Tape.Mark.integer, Tape.Mark.unsignedInteger, Tape.Mark.double:
      (index &+ 2, structural &+ 1)
    default: (index &+ 1, structural &+ 1)
    }
  }
}

/// The members of an object, one after another.
///
/// ```swift
/// for (key, value) in line.members where key == "uuid" { … }
/// ```
public struct JSONMembers: Sequence, IteratorProtocol {
  private let tape: UnsafePointer<Tape>
  private let end: UInt32
  private var index: UInt32
  private var structural: UInt32

  init(of value: JSONValue) {
    let isObject = value.mark == Tape.Mark.object
    tape = value.tape
    index = value.index &+ 1
    structural = value.structural &+ 1
    end = isObject ? value.tape.pointee.end(ofContainerAt: value.index) &- 1 : 0
  }

  /// The next member as the document has them; a key that is written twice comes twice.
  public mutating func next() -> (key: JSONText, value: JSONValue)? {
    guard index < end else { return nil }
    let key = tape.pointee.text(at: index)
    // The key and its colon are a structural each.
    let value = JSONValue(tape: tape, index: index &+ 1, structural: structural &+ 2)
    (index, structural) = value.following
    structural &+= 1
    return (key, value)
  }

  /// The name of the next member, as a value.
  mutating func nextName() -> JSONValue? {
    let name = JSONValue(tape: tape, index: index, structural: structural)
    return next() == nil ? nil : name
  }
}

/// The elements of an array, one after another.
public struct JSONElements: Sequence, IteratorProtocol {
  private let tape: UnsafePointer<Tape>
  private let end: UInt32
  private var index: UInt32
  private var structural: UInt32

  init(of value: JSONValue) {
    let isArray = value.mark == Tape.Mark.array
    tape = value.tape
    index = value.index &+ 1
    structural = value.structural &+ 1
    end = isArray ? value.tape.pointee.end(ofContainerAt: value.index) &- 1 : 0
  }

  /// The next element, or nil at the array's end.
  public mutating func next() -> JSONValue? {
    guard index < end else { return nil }
    let value = JSONValue(tape: tape, index: index, structural: structural)
    (index, structural) = value.following
    structural &+= 1
    return value
  }
}
