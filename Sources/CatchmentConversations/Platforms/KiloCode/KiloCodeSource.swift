public import Catchment

/// Kilo Code's sessions: the database that it keeps since March 2026, and the tasks from before.
public struct KiloCodeSource: Source {
  public let name = TaskBrand.kilo.rawValue
  public let tables = ConversationTables.all

  public init() {}

  /// The editors' folders, and `$XDG_DATA_HOME/kilo` or `~/.local/share/kilo`.
  public func defaultRoots(home: String, environment: [String: String]) -> [String] {
    TaskBrand.kilo.taskFolders(home: home)
      + OpenCodeStore.roots(of: "kilo", override: nil, home: home, environment: environment)
  }

  public func mayHold(_ path: String) -> Bool { OpenCodeStore.mayHold(path) }

  public func recognise(_ beginning: UnsafeRawBufferPointer, of path: String) -> Recognition {
    max(
      TaskFile.recognise(beginning, of: path, for: .kilo),
      OpenCodeStore.recognise(beginning, of: path, named: "kilo", notNamed: "opencode"))
  }

  public func framing(of path: String) -> Framing { OpenCodeStore.framing(of: path) }

  public func copyHint(_ beginning: UnsafeRawBufferPointer, of path: String) -> UInt64? {
    TaskPlace(path: path).copyHint ?? OpenCodeStore.session(in: beginning)
  }

  public func makeReducer(largestRecord: Int) -> any Reducer {
    PlatformReducer<KiloCodeReader>(
      platform: name, skipsRepeated: false, largestRecord: largestRecord)
  }
}
