public import Catchment
internal import JSONTape

/// Claude Code's session transcripts on this machine.
///
/// One unit is one file of lines: a session, or a sub-agent of one.
public struct ClaudeCodeSource: Source {
  static let platform = "claude_code"

  public let name = platform
  public let tables = ConversationTables.all
  public let views = ConversationViews.shipped

  public init() {}

  /// `$CLAUDE_CONFIG_DIR/projects` when set, else `~/.claude/projects` and
  /// `~/.config/claude/projects`.
  public func defaultRoots(home: String, environment: [String: String]) -> [String] {
    if let directories = environment["CLAUDE_CONFIG_DIR"], !directories.isEmpty {
      return directories.split(separator: ",").map { "\($0)/projects" }
    }
    return ["\(home)/.claude/projects", "\(home)/.config/claude/projects"]
  }

  public func mayHold(_ path: String) -> Bool {
    path.hasSuffix(".jsonl") && !path.hasSuffix("/history.jsonl")
  }

  /// Lines that no other platform claims are taken for transcripts: a broken line becomes a dead
  /// letter then, and is not passed over.
  public func recognise(_ beginning: UnsafeRawBufferPointer, of path: String) -> Recognition {
    let isTranscript =
      beginning.firstRange(of: "\"sessionId\"") != nil
      && (beginning.firstRange(of: "\"parentUuid\"") != nil
        || beginning.firstRange(of: "\"uuid\"") != nil)
    return isTranscript ? .certain : .possible
  }

  /// The first uuid: a fork begins with a copy of its original's records.
  public func copyHint(_ beginning: UnsafeRawBufferPointer, of path: String) -> UInt64? {
    guard let mark = beginning.firstRange(of: "\"uuid\":\"") else { return nil }
    let rest = UnsafeRawBufferPointer(rebasing: beginning[mark.upperBound...])
    guard let end = rest.firstIndex(of: UInt8(ascii: "\"")), end > 0 else { return nil }
    return JSONText(bytes: UnsafeRawBufferPointer(rebasing: rest[..<end])).fingerprint
  }

  public func makeReducer(largestRecord: Int) -> any Reducer {
    ClaudeReducer(largestRecord: largestRecord)
  }
}
