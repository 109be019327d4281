public import Catchment

/// Cline's tasks in an editor, and the sessions of the Cline command.
public struct ClineSource: Source {
  public let name = TaskBrand.cline.rawValue
  public let tables = ConversationTables.all

  public init() {}

  /// The editors' folders; of the command `$CLINE_SESSION_DATA_DIR`, else `sessions` and `tasks` in
  /// `$CLINE_DATA_DIR`, `$CLINE_DIR/data` or `~/.cline/data`.
  public func defaultRoots(home: String, environment: [String: String]) -> [String] {
    let directory = environment["CLINE_DIR"] ?? "\(home)/.cline"
    let data = environment["CLINE_DATA_DIR"] ?? "\(directory)/data"
    let sessions = environment["CLINE_SESSION_DATA_DIR"] ?? "\(data)/sessions"
    return TaskBrand.cline.taskFolders(home: home)
      + ["\(data)/tasks", "\(data)/state/taskHistory.json", sessions]
  }

  public func mayHold(_ path: String) -> Bool { path.hasSuffix(".json") }

  public func recognise(_ beginning: UnsafeRawBufferPointer, of path: String) -> Recognition {
    TaskFile.recognise(beginning, of: path, for: .cline)
  }

  public func framing(of path: String) -> Framing { .document }

  public func copyHint(_ beginning: UnsafeRawBufferPointer, of path: String) -> UInt64? {
    TaskPlace(path: path).copyHint
  }

  public func makeReducer(largestRecord: Int) -> any Reducer {
    PlatformReducer<TaskReader>(platform: name, skipsRepeated: false, largestRecord: largestRecord)
  }
}
