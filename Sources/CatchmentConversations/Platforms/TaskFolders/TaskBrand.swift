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

  /// Where an editor keeps the tasks, and their list where it is not among them.
  func taskFolders(home: String) -> [String] {
    EditorFolders.users(home: home).flatMap { user in
      extensions.flatMap { name in
        ["tasks", "state/taskHistory.json"].map { "\(user)/globalStorage/\(name)/\($0)" }
      }
    }
  }

  /// Whose a file is by the folders it lies in, the nearest first; nil when none is named after a
  /// program.
  ///
  /// The files of a task look the same whoever wrote them.
  init?(path: String) {
    let brand = FilePath.inLowercase(path) { bytes in
      bytes.split(separator: UInt8(ascii: "/")).dropLast().reversed().lazy
        .compactMap { Self.named(in: UnsafeRawBufferPointer(rebasing: $0)) }.first
    }
    guard let brand else { return nil }
    self = brand
  }

  private static let marks: [(brand: TaskBrand, names: [StaticString])] = [
    (.roo, ["roo-cline", "roo_code", "roo-code", "roocode", "zoo-code"]),
    (.kilo, ["kilo-code", "kilo_code", "kilocode", "kilo_legacy"]),
    (.cline, ["cline", "claude-dev"]),
  ]

  private static func named(in folder: UnsafeRawBufferPointer) -> TaskBrand? {
    marks.first { $0.names.contains { folder.firstRange(of: $0) != nil } }?.brand
  }
}
