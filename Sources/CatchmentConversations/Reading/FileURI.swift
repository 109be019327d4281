/// A place in the file system, as editors write it.
enum FileURI {
  /// The path that a `file:` URI says; anything else is a path already.
  ///
  /// `file:///c%3A/work` is `c:/work`.
  static func path(_ text: String) -> String {
    guard text.hasPrefix("file://") else { return text }
    var path = decoded(text.dropFirst("file://".count))
    if path.dropFirst(2).first == ":", path.first == "/" { path.removeFirst() }
    return path
  }

  /// Text with its percent-encoded bytes put back (RFC 3986 §2.1); a percent sign that is followed by
  /// no digits stays.
  private static func decoded(_ text: Substring) -> String {
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var place = 0
    while place < bytes.count {
      if bytes[place] == UInt8(ascii: "%"), place + 2 < bytes.count,
        let byte = UInt8(String(decoding: bytes[place + 1...place + 2], as: UTF8.self), radix: 16)
      {
        result.append(byte)
        place += 3
      } else {
        result.append(bytes[place])
        place += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
