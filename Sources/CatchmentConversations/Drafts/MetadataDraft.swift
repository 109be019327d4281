internal import JSONTape

/// Members of a JSON object in the making, in the order they were set; a name that is set again
/// keeps its place.
struct MetadataDraft {
  private var members: [(name: String, json: String)] = []

  var isEmpty: Bool { members.isEmpty }

  /// Sets a member to a value as it is written; null counts as absent.
  mutating func set(_ name: String, _ value: JSONValue?) {
    guard let value, !value.isNull else { return }
    set(name, json: String(value.sourceText))
  }

  mutating func set(_ name: String, _ text: String?) {
    if let text { set(name, json: JSONString.quoted(text)) }
  }

  mutating func set(_ name: String, _ flag: Bool) { set(name, json: flag ? "true" : "false") }

  mutating func set(_ name: String, _ number: Int64?) {
    if let number { set(name, json: String(number)) }
  }

  /// - Parameter json: valid JSON.
  mutating func set(_ name: String, json: String) {
    if let place = members.firstIndex(where: { $0.name == name }) {
      members[place].json = json
    } else {
      members.append((name, json))
    }
  }

  /// The object.
  var json: String {
    let pairs = members.map { "\(JSONString.quoted($0.name)):\($0.json)" }
    return "{\(pairs.joined(separator: ","))}"
  }
}
