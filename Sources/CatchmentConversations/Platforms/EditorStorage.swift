internal import Catchment
internal import JSONTape

/// What an editor made from VS Code keeps for a folder that was open in it.
///
/// It lies in a folder that bears a hash, and in `workspace.json` there stands which folder was open.
struct EditorStorage: Hashable {
  /// Where it lies.
  let path: String

  private static let fileName = "workspace.json"

  /// The storage that a file is of; nil for a file that is of none.
  init?(path: String) {
    let folder = FilePath.folder(path)
    let parent = FilePath.folder(folder)
    switch FilePath.name(folder) {
    case "chatSessions": self.path = parent
    case "transcripts" where FilePath.name(parent) == "GitHub.copilot-chat":
      self.path = FilePath.folder(parent)
    case "globalStorage": return nil
    default:
      guard ["state.vscdb", Self.fileName].contains(FilePath.name(path)) else { return nil }
      self.path = folder
    }
    // Chats without a folder lie together under this name.
    if name == "no-workspace" { return nil }
  }

  /// Its hash: the same wherever the storage was copied to.
  var name: String { FilePath.name(path) }

  /// What its files share.
  var tie: String { Self.tie(name) }

  static func tie(_ name: String) -> String { "workspace/\(name)" }

  // MARK: The file that names the folder

  static func isNamed(by path: String) -> Bool { FilePath.name(path) == fileName }

  /// How surely a file is one that names a storage's folder, for the editors whose `User` folder lies
  /// below one that is called so.
  static func recognise(
    _ beginning: UnsafeRawBufferPointer, of path: String, editor: StaticString
  ) -> Recognition {
    guard isNamed(by: path), beginning.first == UInt8(ascii: "{"),
      beginning.firstRange(of: "://") != nil,
      ["\"folder\"", "\"workspace\"", "\"configuration\""].contains(where: {
        beginning.firstRange(of: $0) != nil
      })
    else { return .none }
    let isOfEditor = FilePath.inLowercase(path) { $0.firstRange(of: editor) != nil }
    return isOfEditor ? .certain : .possible
  }

  /// The folder, or the file that lists several, that `workspace.json` names.
  static func folder(_ record: JSONValue) -> String? {
    place(record["folder"] ?? record["workspace"] ?? record["configuration"])
  }

  /// A place as editors write it: a URI, or one that is taken apart.
  static func place(_ value: JSONValue?) -> String? {
    value?["fsPath"]?.words ?? value?["path"]?.words ?? value?.words.map(FileURI.path)
  }
}
