/// Paths as text, with slashes.
public enum Path {
  /// A path as it is meant from a directory: as it is when it is absolute, or a URL.
  public static func joined(_ path: String, to directory: String) -> String {
    let stays = path.hasPrefix("/") || scheme(of: path) != nil
    return stays || directory.isEmpty || directory == "." ? path : "\(directory)/\(path)"
  }

  /// Of the URL of a file on a server, `http`, `https` or `s3`; nil for a path of this machine.
  public static func scheme(of path: String) -> String? {
    let word = path.prefix { $0 != ":" }
    guard path[word.endIndex...].hasPrefix("://") else { return nil }
    return ["http", "https", "s3"].first { $0 == word.lowercased() }
  }

  /// The directory that a file lies in; `.` when the path names none.
  public static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// What comes after the last slash.
  public static func name(of path: String) -> String {
    String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...])
  }

  /// The path with links and dots resolved as far as there is something, so that a file that is yet
  /// to be made has one path from wherever it is named.
  public static func absolute(_ path: String) -> String? {
    if let whole = FileWalk.absolute(path) { return whole }
    guard let directory = FileWalk.absolute(directory(of: path)) else { return nil }
    return directory == "/" ? "/\(name(of: path))" : "\(directory)/\(name(of: path))"
  }
}
