public import Catchment

/// Roo Code's tasks, and those of its successor Zoo Code: a folder a task, of JSON files that are
/// written anew after each message.
public struct RooCodeSource: Source {
  public let name = TaskBrand.roo.rawValue
  public let tables = ConversationTables.all

  public init() {}

  public func defaultRoots(home: String, environment: [String: String]) -> [String] {
    TaskBrand.roo.taskFolders(home: home)
  }

  public func mayHold(_ path: String) -> Bool { path.hasSuffix(".json") }

  public func recognise(_ beginning: UnsafeRawBufferPointer, of path: String) -> Recognition {
    TaskFile.recognise(beginning, of: path, for: .roo)
  }

  public func framing(of path: String) -> Framing { .document }

  public func copyHint(_ beginning: UnsafeRawBufferPointer, of path: String) -> UInt64? {
    TaskPlace(path: path).copyHint
  }

  public func makeReducer(largestRecord: Int) -> any Reducer {
    PlatformReducer<TaskReader>(platform: name, skipsRepeated: false, largestRecord: largestRecord)
  }
}
