public import Catchment
internal import JSONTape

/// GitHub Copilot's conversations on this machine: VS Code's chat sessions, the Copilot CLI's events,
/// the transcripts of the VS Code extension, and the traces that VS Code and Visual Studio keep.
///
/// One unit is one file: a session, as a JSON document, a log of changes to it, or a log of events; or
/// traces of many sessions, as lines of OTLP or as an SQLite database.
public struct CopilotSource: Source {
  static let platform = "copilot"

  public let name = platform
  public let tables = ConversationTables.all

  public init() {}

  /// The user folders of VS Code and its kin on Linux, macOS and Windows and on remote machines, and
  /// the CLI's own folder.
  public func defaultRoots(home: String, environment: [String: String]) -> [String] {
    let configuration = environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 }
    let folders = [
      configuration ?? "\(home)/.config", "\(home)/Library/Application Support",
      environment["APPDATA"] ?? "\(home)/AppData/Roaming",
    ]
    let users =
      folders.flatMap { folder in Self.editors.map { "\(folder)/\($0)/User" } }
      + Self.servers.map { "\(home)/\($0)/data/User" }
    let chats = users.flatMap { user in Self.storages.map { "\(user)/\($0)" } }
    let named = environment["COPILOT_HOME"] ?? ""
    let cli = named.isEmpty ? "\(home)/.copilot" : named
    let traces = environment["LOCALAPPDATA"] ?? "\(home)/AppData/Local"
    return chats + [
      "\(cli)/session-state", "\(cli)/history-session-state", "\(cli)/otel",
      "\(traces)/Temp/VSGitHubCopilotLogs/traces",
    ] + users.map { "\($0)/globalStorage/github.copilot-chat" }
  }

  /// A workspace's storage is full of other programs' files.
  public func mayHold(_ path: String) -> Bool {
    if path.hasSuffix("traces.db") { return true }
    guard path.hasSuffix(".json") || path.hasSuffix(".jsonl") else { return false }
    guard FilePath.isWithin("workspaceStorage", path) else { return true }
    return EditorStorage.isNamed(by: path) || FilePath.isWithin("chatSessions", path)
      || FilePath.isWithin("transcripts", path)
  }

  public func recognise(_ beginning: UnsafeRawBufferPointer, of path: String) -> Recognition {
    if beginning.starts(with: "SQLite format 3") {
      return beginning.firstRange(of: "span_attributes") == nil ? .none : .certain
    }
    if EditorStorage.isNamed(by: path) {
      return EditorStorage.recognise(beginning, of: path, editor: "code")
    }
    let isKnown =
      Self.isLog(beginning) || Self.isSession(beginning) || Self.areEvents(beginning)
      || Self.areSpans(beginning)
    return isKnown ? .certain : .none
  }

  public func framing(of path: String) -> Framing {
    if path.hasSuffix(".db") { return .database(Self.traces) }
    return path.hasSuffix(".jsonl") ? .lines : .document
  }

  /// The files of one workspace have one folder.
  public func copyHint(_ beginning: UnsafeRawBufferPointer, of path: String) -> UInt64? {
    EditorStorage(path: path).map { JSONText.fingerprint(of: $0.path) }
  }

  public func makeReducer(largestRecord: Int) -> any Reducer {
    PlatformReducer<CopilotReader>(
      platform: name, skipsRepeated: false, tellsRewritten: true, largestRecord: largestRecord)
  }

  // MARK: Beginnings

  private static func isLog(_ beginning: UnsafeRawBufferPointer) -> Bool {
    beginning.starts(with: "{\"kind\":0,\"v\":{")
  }

  private static func isSession(_ beginning: UnsafeRawBufferPointer) -> Bool {
    beginning.firstRange(of: "\"requests\"") != nil
      && hasAny(["\"requestId\"", "\"responderUsername\"", "\"sessionId\""], beginning)
  }

  private static func areEvents(_ beginning: UnsafeRawBufferPointer) -> Bool {
    let types: [StaticString] = [
      "\"session.start\"", "\"user.message\"", "\"assistant.message\"", "\"assistant.turn_start\"",
      "\"tool.execution_start\"", "\"session.resume\"",
    ]
    return beginning.firstRange(of: "\"data\"") != nil && hasAny(types, beginning)
  }

  /// Traces of many programs are written so; Copilot's say whose they are.
  private static func areSpans(_ beginning: UnsafeRawBufferPointer) -> Bool {
    hasAny(["\"resourceSpans\"", "\"spanId\""], beginning)
      && hasAny(["copilot_chat.", "vs-copilot", "copilot-chat", "github-copilot"], beginning)
  }

  /// Spans before what is said of them.
  private static let traces = [
    DatabaseTable("spans", order: ["rowid"]), DatabaseTable("span_attributes", order: ["rowid"]),
    DatabaseTable("span_events", order: ["rowid"]),
  ]

  private static func hasAny(
    _ names: [StaticString], _ beginning: UnsafeRawBufferPointer
  ) -> Bool {
    names.contains { beginning.firstRange(of: $0) != nil }
  }

  // MARK: Places

  private static let editors = ["Code", "Code - Insiders", "Code - Exploration", "VSCodium"]
  private static let servers = [".vscode-server", ".vscode-server-insiders", ".vscode-remote"]
  private static let storages = [
    "workspaceStorage", "globalStorage/emptyWindowChatSessions",
    "globalStorage/transferredChatSessions",
  ]
}
