public import Catchment

/// Kilo Code's tasks, as it kept them until March 2026.
public struct KiloCodeSource: Source {
  public let name = TaskBrand.kilo.rawValue
  public let tables = ConversationTables.all

  public init() {}

  public func defaultRoots(home: String, environment: [String: String]) -> [String] {
    TaskBrand.kilo.taskFolders(home: home)
  }

  public func mayHold(_ path: String) -> Bool { path.hasSuffix(".json") }

  public func recognise(_ beginning: UnsafeRawBufferPointer, of path: String) -> Recognition {
    TaskFile.recognise(beginning, of: path, for: .kilo)
  }

  public func framing(of path: String) -> Framing { .document }

  public func makeReducer() -> any Reducer {
    PlatformReducer<TaskReader>(platform: name, skipsRepeated: false)
  }
}
