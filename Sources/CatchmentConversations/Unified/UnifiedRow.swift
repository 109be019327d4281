internal import JSONTape

/// A row of a unified conversation: its columns with their values as JSON text, in their order.
///
/// Values stay the text that they were written as, so nothing is lost on the way through.
public struct UnifiedRow: Sendable, Equatable {
  /// A column's name and its value.
  public struct Member: Sendable, Equatable {
    public var name: String
    /// JSON text: `"claude_code"`, `42`, `null`.
    public var value: String

    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// In the order of the table.
  public var members: [Member]

  public init(_ members: [Member]) { self.members = members }

  /// Reads an object; nil when it is anything else.
  init?(_ value: JSONValue) {
    guard value.kind == .object else { return nil }
    var members: [Member] = []
    value.forEachMember { members.append(Member(String($0), String($1.sourceText))) }
    self.members = members
  }

  /// The value of a column, as JSON text; setting nil takes the column away.
  public subscript(_ name: String) -> String? {
    get { members.first { $0.name == name }?.value }
    set {
      switch (members.firstIndex { $0.name == name }, newValue) {
      case (let place?, let value?): members[place].value = value
      case (let place?, nil): members.remove(at: place)
      case (nil, let value?): members.append(Member(name, value))
      case (nil, nil): break
      }
    }
  }

  /// As an object on one line.
  func write(into text: inout String) {
    text += "{"
    for (place, member) in members.enumerated() {
      if place > 0 { text += "," }
      text += "\(JSONString.quoted(member.name)):\(member.value)"
    }
    text += "}"
  }
}
