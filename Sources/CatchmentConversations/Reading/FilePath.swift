/// Parts of a path, written with either kind of separator.
enum FilePath {
  /// What comes after the last separator.
  static func name(_ path: String) -> String {
    guard let mark = path.utf8.lastIndex(where: isSeparator) else { return path }
    return String(path[path.utf8.index(after: mark)...])
  }

  /// What comes before the last separator.
  static func folder(_ path: String) -> String {
    guard let mark = path.utf8.lastIndex(where: isSeparator) else { return "" }
    return String(path[..<mark])
  }

  /// A file's name without what comes after its last dot.
  static func stem(_ path: String) -> String {
    let name = name(path)
    return name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
  }

  /// Whether a folder of that name lies on the way to a file.
  ///
  /// Every file of a tree is asked this, so it looks at bytes and not at characters.
  static func isWithin(_ folder: String, _ path: String) -> Bool {
    path.utf8.split(whereSeparator: isSeparator).dropLast().contains {
      $0.elementsEqual(folder.utf8)
    }
  }

  /// Hands over the bytes of a path with the letters A to Z in lowercase: every file of a tree is looked
  /// at in this way, and to search in characters takes a hundred times as long.
  static func inLowercase<R>(_ path: String, _ body: (UnsafeRawBufferPointer) -> R) -> R {
    path.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }.withUnsafeBytes(body)
  }

  private static func isSeparator(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\\")
  }
}
