/// Parts of a path, written with either kind of separator.
enum FilePath {
  /// What comes after the last separator.
  static func name(_ path: String) -> String {
    guard let mark = path.lastIndex(where: { $0 == "/" || $0 == "\\" }) else { return path }
    return String(path[path.index(after: mark)...])
  }

  /// What comes before the last separator.
  static func folder(_ path: String) -> String {
    guard let mark = path.lastIndex(where: { $0 == "/" || $0 == "\\" }) else { return "" }
    return String(path[..<mark])
  }

  /// A file's name without what comes after its last dot.
  static func stem(_ path: String) -> String {
    let name = name(path)
    return name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
  }
}
