/// An element of a small document of XML, such as an S3 server answers with.
///
/// Attributes are passed over; text is what stands before and between the elements within.
struct MarkupElement {
  let name: String
  private(set) var text = ""
  private(set) var children: [MarkupElement] = []

  /// No answer is deeper.
  private static let deepest = 16

  /// Nil for what is no XML.
  init?(_ bytes: some Sequence<UInt8>) {
    var rest = Array(bytes)[...]
    guard let root = Self.read(&rest, depth: 0) else { return nil }
    self = root
  }

  private init(name: String) { self.name = name }

  /// The first element within of a name.
  subscript(name: String) -> String? { children.first { $0.name == name }?.text }

  private static func read(_ rest: inout ArraySlice<UInt8>, depth: Int) -> MarkupElement? {
    guard depth < deepest, let tag = nextTag(&rest)?.tag, !tag.hasPrefix("/") else { return nil }
    let name = tag.prefix { !$0.isWhitespace && $0 != "/" }
    var element = MarkupElement(name: String(name))
    if tag.hasSuffix("/") { return element }
    while true {
      var ahead = rest
      guard let (text, tag) = nextTag(&ahead) else { return nil }
      element.text += text
      if tag.hasPrefix("/") {
        rest = ahead
        return tag.dropFirst() == name ? element : nil
      }
      guard let child = read(&rest, depth: depth + 1) else { return nil }
      element.children.append(child)
    }
  }

  /// The next tag that is no declaration or comment, and the text before it.
  private static func nextTag(
    _ rest: inout ArraySlice<UInt8>
  ) -> (text: String, tag: Substring)? {
    while let begin = rest.firstIndex(of: UInt8(ascii: "<")),
      let end = rest[begin...].firstIndex(of: UInt8(ascii: ">"))
    {
      let text = String(decoding: rest[..<begin], as: UTF8.self)
      let tag = String(decoding: rest[(begin + 1)..<end], as: UTF8.self)
      rest = rest[(end + 1)...]
      if tag.hasPrefix("?") || tag.hasPrefix("!") { continue }
      return (plain(text), tag[...])
    }
    return nil
  }

  private static let entities = [
    "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'",
  ]

  private static func plain(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
    var result = ""
    var rest = text[...]
    while let begin = rest.firstIndex(of: "&"), let end = rest[begin...].firstIndex(of: ";") {
      let entity = rest[rest.index(after: begin)..<end]
      result += rest[..<begin]
      result += character(entity) ?? "&\(entity);"
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }

  private static func character(_ entity: Substring) -> String? {
    guard entity.hasPrefix("#") else { return entities[String(entity)] }
    let digits = entity.dropFirst()
    let number = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
    return number.flatMap(Unicode.Scalar.init).map { String(Character($0)) }
  }
}
