public import Catchment

/// Claude Code's session transcripts on this machine.
///
/// One unit is one file of lines: a session, or a sub-agent of one.
public struct ClaudeCodeSource: Source {
  static let platform = "claude_code"

  public let name = platform
  public let tables = ConversationTables.all

  public init() {}

  /// `$CLAUDE_CONFIG_DIR/projects` when set, else `~/.claude/projects` and
  /// `~/.config/claude/projects`.
  public func defaultRoots(home: String, environment: [String: String]) -> [String] {
    if let directories = environment["CLAUDE_CONFIG_DIR"], !directories.isEmpty {
      return directories.split(separator: ",").map { "\($0)/projects" }
    }
    return ["\(home)/.claude/projects", "\(home)/.config/claude/projects"]
  }

  public func discover(_ roots: [String]) throws(CatchmentError) -> Discovery {
    var walk = FileWalk(source: name) { $0.hasSuffix(".jsonl") && $0 != "history.jsonl" }
    for root in roots { try walk.visit(root: root) }
    return walk.discovery
  }

  public func makeReducer() -> any Reducer { ClaudeReducer() }
}
