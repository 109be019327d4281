internal import JSONTape

/// The forms of a unified conversation's parts, read out of the schema.
///
/// So a column that is added to the schema is known here at once. A demand of the schema that no form
/// has makes them unknown as a whole, and the schema judges by itself.
struct UnifiedForms {
  private var parts: [UnifiedPart: ValueForm] = [:]

  init?(_ schema: String) {
    let parser = TapeParser()
    var text = schema
    let forms = text.withUTF8 { bytes -> [UnifiedPart: ValueForm]? in
      do throws(JSONError) {
        let root = try parser.parse(UnsafeRawBufferPointer(bytes), isPadded: false)
        return FormReader(root: root).parts()
      } catch { return nil }
    }
    guard let forms else { return nil }
    parts = forms
  }

  subscript(part: UnifiedPart) -> ValueForm? { parts[part] }
}

/// Reads forms out of a schema.
private struct FormReader {
  static let uuid = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
  static let instant =
    #"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$"#
  /// What says something about a value and refuses none.
  static let silent: Set<String> = [
    "$schema", "$id", "$defs", "title", "description", "format", "$comment",
  ]

  let root: JSONValue

  func parts() -> [UnifiedPart: ValueForm]? {
    var parts: [UnifiedPart: ValueForm] = [:]
    for part in UnifiedPart.allCases {
      let node = part == .whole ? root : root["$defs"]?.member(part.rawValue)
      guard let node, let form = form(node) else { return nil }
      parts[part] = form
    }
    return parts
  }

  private func form(_ node: JSONValue) -> ValueForm? {
    let keywords = Set(node.members.map { String($0.key) }).subtracting(Self.silent)
    if keywords.isEmpty { return .anything }
    if keywords == ["$ref"] { return referred(node["$ref"]).flatMap(form) }
    if keywords == ["const"] { return constant(node["const"]) }
    if keywords == ["enum"] { return words(node) }
    guard let types = types(node) else { return nil }
    let isNullable = types.contains("null")
    guard types.count == (isNullable ? 2 : 1), let type = types.first(where: { $0 != "null" }),
      let form = form(node, type, keywords.subtracting(["type"]))
    else { return nil }
    return isNullable ? .orNull(form) : form
  }

  private func form(_ node: JSONValue, _ type: String, _ more: Set<String>) -> ValueForm? {
    switch (type, more) {
    case ("string", []): .text
    case ("string", ["pattern"]): patterned(node)
    case ("boolean", []): .flag
    case ("number", []): .number
    case ("integer", ["minimum", "maximum"]): whole(node)
    case ("array", ["items"]): node["items"].flatMap(form).map(ValueForm.list)
    case ("object", ["properties", "required", "additionalProperties"]): object(node)
    case ("object", ["properties"]): block(node)
    default: nil
    }
  }

  private func referred(_ reference: JSONValue?) -> JSONValue? {
    let prefix = "#/$defs/"
    guard let text = reference?.words, text.hasPrefix(prefix) else { return nil }
    return root["$defs"]?.member(String(text.dropFirst(prefix.count)))
  }

  private func types(_ node: JSONValue) -> Set<String>? {
    guard let type = node["type"] else { return nil }
    if let name = type.words { return [name] }
    let names = type.elements.compactMap(\.words)
    return names.isEmpty ? nil : Set(names)
  }

  private func constant(_ value: JSONValue?) -> ValueForm? {
    value?.int64.map { .whole(Int128($0)...Int128($0)) }
  }

  private func words(_ node: JSONValue) -> ValueForm? {
    let values = node.list("enum")
    let words = values.compactMap { $0.text.map(String.init) }
    let isNullable = values.contains(where: \.isNull)
    guard words.count + (isNullable ? 1 : 0) == values.count else { return nil }
    return isNullable ? .orNull(.word(words)) : .word(words)
  }

  private func patterned(_ node: JSONValue) -> ValueForm? {
    switch node["pattern"]?.words {
    case Self.uuid: .uuid
    case Self.instant: .instant
    default: nil
    }
  }

  private func whole(_ node: JSONValue) -> ValueForm? {
    guard let least = node["minimum"]?.wholeNumber, let most = node["maximum"]?.wholeNumber,
      least <= most
    else { return nil }
    return .whole(least...most)
  }

  /// An object all of whose members must be there, and no other.
  private func object(_ node: JSONValue) -> ValueForm? {
    guard let properties = node["properties"], node["additionalProperties"]?.boolean == false else {
      return nil
    }
    var members: [(name: String, form: ValueForm)] = []
    for (name, value) in properties.members {
      guard let form = form(value) else { return nil }
      members.append((String(name), form))
    }
    guard Set(node.list("required").compactMap(\.words)) == Set(members.map(\.name)) else {
      return nil
    }
    return .object(ObjectForm(members))
  }

  private func block(_ node: JSONValue) -> ValueForm? {
    guard let properties = node["properties"], properties.count == 1,
      let type = properties["type"].flatMap(form), case .text = type
    else { return nil }
    return .block
  }
}
