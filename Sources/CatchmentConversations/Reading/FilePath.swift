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

  private static func isSeparator(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\\")
  }
}
