public import Catchment

/// The sessions of Continue, in VS Code, in JetBrains' editors and on the command line.
///
/// Sessions are a JSON document each; the index of sessions and the log of development data complete
/// what they say.
public struct ContinueSource: Source {
  static let platform = "continue"

  public let name = platform
  public let tables = ConversationTables.all

  public init() {}

  /// `sessions` and `dev_data` in `$CONTINUE_GLOBAL_DIR` when that is set, else in `~/.continue`.
  public func defaultRoots(home: String, environment: [String: String]) -> [String] {
    var folder = "\(home)/.continue"
    if let named = environment["CONTINUE_GLOBAL_DIR"], !named.isEmpty { folder = named }
    return ["\(folder)/sessions", "\(folder)/dev_data"]
  }

  public func mayHold(_ path: String) -> Bool {
    path.hasSuffix(".json") || ContinueFile(path) == .log
  }

  public func recognise(_ beginning: UnsafeRawBufferPointer, of path: String) -> Recognition {
    func has(_ text: StaticString) -> Bool { beginning.firstRange(of: text) != nil }
    switch ContinueFile(path) {
    case .session, .index:
      let isSession =
        has("\"history\"") && (has("\"workspaceDirectory\"") || has("\"contextItems\""))
      let isIndex = has("\"dateCreated\"") && (has("\"sessionId\"") || has("\"session_id\""))
      return isSession || isIndex ? .certain : .none
    case .log: return .certain
    case .other: return has("\"eventName\"") && has("\"selectedProfileId\"") ? .certain : .none
    }
  }

  public func framing(of path: String) -> Framing {
    switch ContinueFile(path) {
    case .session: .document
    case .index: .elements
    case .log, .other: .lines
    }
  }

  public func makeReducer(largestRecord: Int) -> any Reducer {
    PlatformReducer<ContinueReader>(
      platform: Self.platform, skipsRepeated: false, largestRecord: largestRecord)
  }
}

/// What a file is, by its name; in the order in which they must be told.
enum ContinueFile: Int {
  case session, index
  /// The log of development data.
  case log
  case other

  init(_ path: String) {
    let name = FilePath.name(path)
    self =
      if name.hasSuffix(".jsonl") {
        FilePath.isWithin("dev_data", path) ? .log : .other
      } else {
        name == "sessions.json" ? .index : .session
      }
  }
}
