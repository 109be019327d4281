import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import Foundation
import Testing

/// Cursor's `User` folder, as the editor lays it out.
struct CursorFolder {
  let path: String

  init(in work: Workspace) { path = "\(work.files.path)/Cursor/User" }

  static let schema = """
    CREATE TABLE ItemTable (key TEXT UNIQUE ON CONFLICT REPLACE, value BLOB);
    CREATE TABLE cursorDiskKV (key TEXT UNIQUE ON CONFLICT REPLACE, value BLOB);

    """

  static func row(_ table: String, _ key: String, _ value: String) -> String {
    "INSERT INTO \(table) VALUES ('\(key)', '\(value.replacing("'", with: "''"))');\n"
  }

  /// A conversation with one prompt.
  static func conversation(_ id: String, _ more: String = "") -> String {
    row(
      "cursorDiskKV", "composerData:\(id)",
      #"{"_v":10,"composerId":"\#(id)","createdAt":1759861723898\#(more),"fullConversationHeadersOnly":[{"bubbleId":"b","type":1}]}"#
    ) + row("cursorDiskKV", "bubbleId:\(id):b", #"{"type":1,"text":"ask \#(id)"}"#)
  }

  func write(global sql: String, creating: Bool = true) throws {
    try writeDatabase(
      try folder("globalStorage") + "/state.vscdb", (creating ? Self.schema : "") + sql)
  }

  /// What a folder's own database lists, and the file that names the folder.
  func write(list ids: [String], of storage: String) throws {
    let composers = ids.map { #"{"composerId":"\#($0)"}"# }.joined(separator: ",")
    try writeDatabase(
      try folder("workspaceStorage/\(storage)") + "/state.vscdb",
      Self.schema
        + Self.row("ItemTable", "composer.composerData", #"{"allComposers":[\#(composers)]}"#)
        + Self.row("ItemTable", "cursorAuth/token", "secret"))
  }

  func write(folder uri: String, of storage: String, as member: String = "folder") throws {
    try #"{"\#(member)":"\#(uri)"}"#.write(
      toFile: try folder("workspaceStorage/\(storage)") + "/workspace.json", atomically: true,
      encoding: .utf8)
  }

  private func folder(_ name: String) throws -> String {
    let folder = "\(path)/\(name)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return folder
  }
}

@Suite struct `The folders of Cursor's conversations` {
  private static let question =
    "SELECT concat_ws('|', session_id, workspace_path) FROM conversations ORDER BY 1"

  private func work() throws -> (Workspace, CursorFolder) {
    let work = try Workspace(CursorSource())
    return (work, CursorFolder(in: work))
  }

  @Test func `are those whose database lists them`() async throws {
    let (work, editor) = try work()
    try editor.write(
      global: ["c1", "c2", "c3"].map { CursorFolder.conversation($0) }.joined())
    try editor.write(list: ["c1", "elsewhere"], of: "h1")
    try editor.write(folder: "file:///home/me/my%20project", of: "h1")
    try editor.write(list: ["c2"], of: "h2")
    try editor.write(folder: "file:///w/all.code-workspace", of: "h2", as: "workspace")
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    #expect(
      try work.texts(Self.question) == ["c1|/home/me/my project", "c2|/w/all.code-workspace", "c3"])
    // Of the files' secrets nothing was read.
    #expect(try work.number("SELECT count(*) FROM catchment.raw_records") == 10)
    let before = try work.checksums()
    try await work.rebuild()
    #expect(try work.checksums() == before)
  }

  /// The conversations, the list and the folder's name come in any order, each in an import of its own.
  @Test(arguments: [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])
  func `are found in whichever order the files come`(order: [Int]) async throws {
    let (work, editor) = try work()
    for step in order {
      switch step {
      case 0: try editor.write(global: CursorFolder.conversation("c1"))
      case 1: try editor.write(list: ["c1"], of: "h1")
      default: try editor.write(folder: "file:///w", of: "h1")
      }
      #expect(try await work.importAll().records.isConserved)
    }
    #expect(try work.texts(Self.question) == ["c1|/w"])
    #expect(try await work.importAll().records.read == 0)
    let whole = try Workspace(CursorSource(), files: work.files)
    try await whole.importAll()
    #expect(try work.checksums() == whole.checksums())
    while try work.number("SELECT count(*) FROM catchment.units") > 0 {
      _ = try work.rollback("last")
    }
    #expect(try work.number("SELECT count(*) FROM conversations") == 0)
  }

  @Test func `are those that newer versions state with each conversation`() async throws {
    let (work, editor) = try work()
    let stated =
      #"{"composerId":"c1","workspaceIdentifier":{"id":"h1","uri":{"fsPath":"/stated","scheme":"file"}}}"#
    let named = #"{"composerId":"c2","workspaceIdentifier":{"id":"h1"}}"#
    let several =
      #","workspaceIdentifier":{"id":"h9","configPath":{"fsPath":"/w/two.code-workspace"}}"#
    try editor.write(
      global: CursorFolder.conversation("c1") + CursorFolder.conversation("c2")
        + CursorFolder.conversation("c3", several)
        + CursorFolder.row(
          "ItemTable", "composer.composerHeaders", #"{"allComposers":[\#(stated),\#(named)]}"#))
    try editor.write(list: ["c1"], of: "h1")
    try editor.write(folder: "file:///by/storage", of: "h1")
    try await work.importAll()
    #expect(
      try work.texts(Self.question)
        == ["c1|/stated", "c2|/by/storage", "c3|/w/two.code-workspace"])
  }

  @Test func `stay when a conversation is taken off its list`() async throws {
    let (work, editor) = try work()
    try editor.write(global: CursorFolder.conversation("c1"))
    try editor.write(list: ["c1"], of: "h1")
    try editor.write(folder: "file:///w", of: "h1")
    try await work.importAll()
    try writeDatabase(
      "\(editor.path)/workspaceStorage/h1/state.vscdb",
      CursorFolder.row("ItemTable", "composer.composerData", #"{"allComposers":[]}"#))
    try await work.importAll()
    try editor.write(global: CursorFolder.conversation("c2"), creating: false)
    #expect(try await work.importAll().records.isConserved)
    #expect(try work.texts(Self.question) == ["c1|/w", "c2"])
  }
}
