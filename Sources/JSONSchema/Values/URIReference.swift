/// A URI or a relative reference in its five parts (RFC 3986).
struct URIReference: Hashable, Sendable {
  var scheme: String?
  var authority: String?
  var path = ""
  var query: String?
  var fragment: String?

  init(_ text: String) {
    var rest = Substring(text)
    if let hash = rest.firstIndex(of: "#") {
      fragment = String(rest[rest.index(after: hash)...])
      rest = rest[..<hash]
    }
    if let mark = rest.firstIndex(of: "?") {
      query = String(rest[rest.index(after: mark)...])
      rest = rest[..<mark]
    }
    if let colon = rest.firstIndex(of: ":"), !rest[..<colon].contains("/"), colon > rest.startIndex
    {
      scheme = rest[..<colon].lowercased()
      rest = rest[rest.index(after: colon)...]
    }
    if rest.hasPrefix("//") {
      rest = rest.dropFirst(2)
      let end = rest.firstIndex(of: "/") ?? rest.endIndex
      authority = String(rest[..<end])
      rest = rest[end...]
    }
    path = String(rest)
  }

  /// Without its fragment: what names a schema resource.
  var resource: String {
    var text = scheme.map { "\($0):" } ?? ""
    if let authority { text += "//\(authority)" }
    text += path
    if let query { text += "?\(query)" }
    return text
  }

  /// The fragment with its percent-encoding undone; empty if there is none.
  var decodedFragment: String {
    guard let fragment, fragment.contains("%") else { return fragment ?? "" }
    var bytes: [UInt8] = []
    var rest = Array(fragment.utf8)[...]
    while let byte = rest.popFirst() {
      let hex = String(decoding: rest.prefix(2), as: UTF8.self)
      if byte == UInt8(ascii: "%"), hex.count == 2, let decoded = UInt8(hex, radix: 16) {
        bytes.append(decoded)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension URIReference {
  /// What a reference means where this is the base (RFC 3986 §5.2).
  func resolving(_ text: String) -> URIReference {
    var target = URIReference(text)
    if target.scheme != nil { return target.tidied }
    target.scheme = scheme
    if target.authority != nil { return target.tidied }
    target.authority = authority
    if target.path.isEmpty {
      target.path = path
      target.query = target.query ?? query
      return target
    }
    if !target.path.hasPrefix("/") { target.path = merged(target.path) }
    return target.tidied
  }

  private func merged(_ relative: String) -> String {
    if authority != nil, path.isEmpty { return "/\(relative)" }
    guard let slash = path.lastIndex(of: "/") else { return relative }
    return path[...slash] + relative
  }

  /// Without the segments `.` and `..`.
  private var tidied: URIReference {
    guard path.contains("/.") else { return self }
    var kept: [Substring] = []
    let segments = path.split(separator: "/", omittingEmptySubsequences: false)
    for (index, segment) in segments.enumerated() {
      let isLast = index == segments.count - 1
      switch segment {
      case ".": if isLast { kept.append("") }
      case "..":
        if kept.count > 1 { kept.removeLast() }
        if isLast { kept.append("") }
      default: kept.append(segment)
      }
    }
    var tidied = self
    tidied.path = kept.joined(separator: "/")
    return tidied
  }
}
