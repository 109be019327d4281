/// The programs that keep a folder of files for each task: Cline, and those made from it.
enum TaskBrand: String, CaseIterable {
  case roo = "roo_code"
  case cline
  case kilo = "kilo_code"

  /// The extensions' names, by which their folders are called.
  var extensions: [String] {
    switch self {
    case .roo: ["rooveterinaryinc.roo-cline", "zoocodeorganization.zoo-code"]
    case .cline: ["saoudrizwan.claude-dev"]
    case .kilo: ["kilocode.kilo-code"]
    }
  }

  /// Where an editor keeps the tasks.
  func taskFolders(home: String) -> [String] {
    EditorFolders.users(home: home).flatMap { user in
      extensions.map { "\(user)/globalStorage/\($0)/tasks" }
    }
  }

  /// Whose a file is by the folders it lies in, the nearest first; nil when none is named after a
  /// program.
  ///
  /// The files of a task look the same whoever wrote them.
  init?(path: String) {
    for folder in path.split(separator: "/").dropLast().reversed() {
      let folder = folder.lowercased()
      if let brand = Self(folder: folder) {
        self = brand
        return
      }
    }
    return nil
  }

  private init?(folder: String) {
    let marks: [(TaskBrand, [String])] = [
      (.roo, ["roo-cline", "roo_code", "roo-code", "roocode", "zoo-code"]),
      (.kilo, ["kilo-code", "kilo_code", "kilocode", "kilo_legacy"]),
      (.cline, ["cline", "claude-dev"]),
    ]
    guard let mark = marks.first(where: { $0.1.contains { folder.contains($0) } }) else {
      return nil
    }
    self = mark.0
  }
}
