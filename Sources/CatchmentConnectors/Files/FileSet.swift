internal import Catchment

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The files that a source reads: one, those of a directory, or those that a pattern names.
struct FileSet: Sendable, Hashable {
  static let summary = """
    A file, a directory whose files of this kind are read, a pattern such as data/*, a URL such as \
    https://host/file or s3://bucket/data/*, or - for standard input.
    """
  static var options: [StepOption<FileSet>] {
    [
      .required("path", \.path, summary),
      .optional("headers", \.access.headers, RemoteAccess.headersSummary),
      .optional("allow", \.access.allow, RemoteAccess.allowSummary),
      .optional("least_rate", \.access.leastRate, RemoteAccess.leastRateSummary),
      .optional("s3", \.access.s3, S3Settings.summary),
    ]
  }

  /// As users write it.
  var path = ""
  var access = RemoteAccess()

  mutating func locate(in directory: String) {
    if path != StandardStream.word { path = Path.joined(path, to: directory) }
  }

  var isRemote: Bool { Path.scheme(of: path) != nil }

  /// The files on their server; nil when they lie on this machine.
  func remote() throws(CatchmentError) -> (any RemoteFiles)? {
    switch Path.scheme(of: path) {
    case "http", "https": try WebFile(path, access)
    case "s3": try S3Objects(path, access)
    default: nil
    }
  }

  /// The files as units of a source, in the order of their names.
  ///
  /// - Parameter packing: how the names of a directory's files end; a file that is named, or fits a
  ///   pattern, is read whatever it is called.
  func discovery(
    for source: String, _ packing: Packing?
  ) throws(CatchmentError) -> Discovery {
    guard path != StandardStream.word else {
      return Discovery(units: [.standardInput(of: source)])
    }
    if let remote = try remote() {
      return try remote.discovery(for: source, packing)
    }
    let roots = FileWalk.absolute(path) == nil ? Self.matches(of: path) : [path]
    guard !roots.isEmpty else {
      throw CatchmentError(
        .sourceUnavailable, "there is no file or directory \(path)",
        hint: "check the path; it is taken from the directory you are in")
    }
    var walk = FileWalk { file in packing?.mayHold(file) ?? true }
    for root in roots { walk.visit(root: root) }
    return walk.discovery(for: source)
  }

  /// What a pattern of `*`, `?` and `[…]` names now.
  private static func matches(of pattern: String) -> [String] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, 0, nil, &found) == 0 else { return [] }
    return (0..<Int(found.gl_pathc)).compactMap { index in
      found.gl_pathv[index].map { String(cString: $0) }
    }
  }
}
