/// Where VS Code and the editors made from it keep their users' data.
enum EditorFolders {
  private static let desktops = [
    "Code", "Code - Insiders", "VSCodium", "Cursor", "Windsurf", "Windsurf - Next", "Trae",
  ]
  private static let servers = [
    ".vscode-server", ".vscode-server-insiders", ".vscodium-server", ".cursor-server",
    ".windsurf-server",
  ]

  /// The `User` folders of all editors, on Linux, macOS and Windows and for work over SSH.
  static func users(home: String) -> [String] {
    desktops.flatMap { user(of: $0, home: home) } + servers.map { "\(home)/\($0)/data/User" }
  }

  /// The `User` folders that one editor may have.
  static func user(of editor: String, home: String) -> [String] {
    [".config", "Library/Application Support", "AppData/Roaming"].map {
      "\(home)/\($0)/\(editor)/User"
    }
  }
}
