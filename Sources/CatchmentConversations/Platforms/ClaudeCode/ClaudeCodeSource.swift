public import Catchment
internal import JSONTape

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

  /// The first uuid: a fork begins with a copy of its original's records.
  public func copyHint(_ beginning: UnsafeRawBufferPointer) -> UInt64? {
    guard let mark = beginning.firstRange(of: "\"uuid\":\"") else { return nil }
    let rest = UnsafeRawBufferPointer(rebasing: beginning[mark.upperBound...])
    guard let end = rest.firstIndex(of: UInt8(ascii: "\"")), end > 0 else { return nil }
    return JSONText(bytes: UnsafeRawBufferPointer(rebasing: rest[..<end])).fingerprint
  }

  public func makeReducer(largestRecord: Int) -> any Reducer {
    ClaudeReducer(largestRecord: largestRecord)
  }
}

extension UnsafeRawBufferPointer {
  /// Where a text is first found.
  fileprivate func firstRange(of text: StaticString) -> Range<Int>? {
    let length = text.utf8CodeUnitCount
    var start = startIndex
    while start + length <= endIndex,
      let found = self[start...].firstIndex(of: text.utf8Start.pointee)
    {
      let rest = UnsafeRawBufferPointer(rebasing: self[found...])
      if rest.starts(with: text) { return found..<found + length }
      start = found + 1
    }
    return nil
  }
}
