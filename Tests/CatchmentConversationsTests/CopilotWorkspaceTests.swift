import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import Testing

@Suite struct `The folders of VS Code's chats` {
  private static let storage = "Code/User/workspaceStorage/0a1b"
  private static let chat = "\(storage)/chatSessions/\(Chat.id).jsonl"
  private static let log = Chat.log(
    Chat.whole(Chat.session(Chat.request("r1", "hello", response: #"[{"value":"hi"}]"#))))
  private static let workspace = #"{ "folder": "file:///home/me/my%20project" }"#

  private static let question =
    "SELECT concat_ws('|', session_id, workspace_path, platform_metadata->>'responder') "
    + "FROM conversations ORDER BY 1"

  /// A second chat that is a document, and the copy that VS Code makes for the folder's new name.
  private static let steps = [
    [chat: log],
    ["\(storage)/workspace.json": workspace],
    [
      "\(storage)/chatSessions/doc.json":
        Chat.session(Chat.request("d1", "other")).replacing(Chat.id, with: "doc")
    ],
    [
      "Code/User/workspaceStorage/9f9f/workspace.json": #"{"folder":"vscode-remote://ssh/w"}"#,
      "Code/User/workspaceStorage/9f9f/chatSessions/\(Chat.id).jsonl": log,
      "Code/User/workspaceStorage/9f9f/chatSessions/own.json":
        Chat.session(Chat.request("o1", "there")).replacing(Chat.id, with: "own"),
    ],
  ]

  @Test(arguments: [[0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2]])
  func `keep the source contract in any order`(order: [Int]) async throws {
    try await SourceContract(source: CopilotSource(), steps: order.map { Self.steps[$0] }).check()
  }

  @Test func `are named by the file beside them`() async throws {
    let work = try Workspace(CopilotSource())
    for step in Self.steps { for (name, text) in step { try work.files.write(text, to: name) } }
    #expect(try await work.importAll().records.isConserved)
    #expect(
      try work.texts(Self.question) == [
        // Of two copies that say the same, the one whose path comes last.
        "\(Chat.id)|vscode-remote://ssh/w|GitHub Copilot",
        "doc|/home/me/my project|GitHub Copilot", "own|vscode-remote://ssh/w|GitHub Copilot",
      ])
  }

  @Test func `are told of later, without reading the chats again`() async throws {
    let work = try Workspace(CopilotSource())
    try work.files.write(Self.log, to: Self.chat)
    try await work.importAll()
    #expect(try work.texts(Self.question) == ["\(Chat.id)|GitHub Copilot"])
    try work.files.write(Self.workspace, to: "\(Self.storage)/workspace.json")
    #expect(try await work.importAll().records.read == 1)
    #expect(try work.texts(Self.question) == ["\(Chat.id)|/home/me/my project|GitHub Copilot"])
    _ = try work.rollback("last")
    #expect(try work.texts(Self.question) == ["\(Chat.id)|GitHub Copilot"])
  }

  @Test func `are not taken from another program's file, nor from an editor of another source`() {
    func recognise(_ text: String, _ path: String, _ source: any Source) -> Recognition {
      Array(text.utf8).withUnsafeBytes { source.recognise($0, of: path) }
    }
    let vscode = "/h/.config/Code/User/workspaceStorage/a/workspace.json"
    let cursor = "/h/.config/Cursor/User/workspaceStorage/a/workspace.json"
    #expect(recognise(Self.workspace, vscode, CopilotSource()) == .certain)
    #expect(recognise(Self.workspace, vscode, CursorSource()) == .possible)
    #expect(recognise(Self.workspace, cursor, CursorSource()) == .certain)
    #expect(recognise(Self.workspace, cursor, CopilotSource()) == .possible)
    let other = #"{"version":1,"projects":{}}"#
    #expect(recognise(other, "/p/workspace.json", CopilotSource()) == .none)
  }
}
