public import Catchment

/// Codex's rollouts on this machine: those of the command, the editors, the app and `codex exec`.
///
/// One unit is one file of lines: a session, a fork or a sub-agent.
public struct CodexSource: Source {
  static let platform = "codex"

  public let name = platform
  public let tables = ConversationTables.all

  public init() {}

  /// `sessions` and `archived_sessions` of `$CODEX_HOME`, or else of `~/.codex`, on every system.
  public func defaultRoots(home: String, environment: [String: String]) -> [String] {
    let named = environment["CODEX_HOME"] ?? ""
    let folder = named.isEmpty ? "\(home)/.codex" : named
    return ["\(folder)/sessions", "\(folder)/archived_sessions"]
  }

  public func mayHold(_ path: String) -> Bool {
    (path.hasSuffix(".jsonl") || path.hasSuffix(".jsonl.zst"))
      && !path.hasSuffix("/history.jsonl") && !path.hasSuffix("/session_index.jsonl")
  }

  /// The names that only Codex gives to its records; the first one may be 20 KB long and have them
  /// at its end, so the instructions it begins with count too.
  public func recognise(_ beginning: UnsafeRawBufferPointer, of path: String) -> Recognition {
    if beginning.starts(with: Self.zstandardMark) {
      return CodexFileName(path).isRollout ? .certain : .none
    }
    guard beginning.first == UInt8(ascii: "{") else { return .none }
    if beginning.firstRange(of: "\"payload\"") != nil, Self.hasAny(Self.records, beginning) {
      return .certain
    }
    if Self.hasAny(Self.bareRecords, beginning) { return .certain }
    let isHeader = beginning.firstRange(of: "\"instructions\"") != nil
    guard CodexFileName(path).isRollout else { return .none }
    return isHeader ? .certain : .possible
  }

  public func makeReducer(largestRecord: Int) -> any Reducer {
    PlatformReducer<CodexReader>(platform: name, skipsRepeated: false, largestRecord: largestRecord)
  }

  private static let zstandardMark: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]

  private static let records: [StaticString] = [
    "\"session_meta\"", "\"response_item\"", "\"event_msg\"", "\"turn_context\"",
    "\"base_instructions\"", "\"token_usage_record\"",
  ]

  /// Of early 2025, and of `codex exec --json`.
  private static let bareRecords: [StaticString] = [
    "\"record_type\":\"state\"", "{\"type\":\"thread.started\",\"thread_id\":",
  ]

  private static func hasAny(
    _ names: [StaticString], _ beginning: UnsafeRawBufferPointer
  ) -> Bool {
    names.contains { beginning.firstRange(of: $0) != nil }
  }
}

/// What a rollout's file name tells: `rollout-2026-03-01T10-00-00-<uuid>.jsonl`.
struct CodexFileName {
  let isRollout: Bool
  /// The thread's id.
  var thread: String?

  init(_ path: String) {
    let name = FilePath.name(path)
    isRollout = name.hasPrefix("rollout-")
    let stem = name.prefix { $0 != "." }
    let id = stem.suffix(36)
    if isRollout, id.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12] { thread = String(id) }
  }
}
