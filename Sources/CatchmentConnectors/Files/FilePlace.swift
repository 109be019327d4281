internal import Catchment

/// Where a file destination's data and its manifest are.
struct FilePlace {
  /// The one file that is replaced; nil for a folder.
  let file: String?
  let folder: String
  private let ending: String

  init(file: String) {
    self.file = file
    folder = Path.directory(of: file)
    ending = ""
  }

  init(folder: String, ending: String) {
    file = nil
    self.folder = folder
    self.ending = ending
  }

  var manifest: String { file.map { "\($0).catchment.json" } ?? "\(folder)/.catchment.json" }

  /// What a commit's data is called.
  func data(of commit: Int, _ run: String) -> String {
    file ?? "\(folder)/part-\(run)-\(commit).\(ending)"
  }

  /// Where the data that a commit replaced is kept.
  func previous(of commit: Int) -> String {
    "\(folder)/.\(file.map(Path.name) ?? "part").before-\(commit)"
  }

  /// Where the rows are kept that steps refused.
  func rejects(of commit: Int) -> String {
    "\(file.map { "\($0)." } ?? "\(folder)/.")catchment.dead-letters-\(commit).jsonl"
  }

  /// A file's name in the manifest, which may be moved with its folder.
  static func name(_ path: String) -> String { Path.name(of: path) }

  func path(of name: String) -> String { folder == "." ? name : "\(folder)/\(name)" }
}

extension Path {
  fileprivate static let name = Path.name(of:)
}
