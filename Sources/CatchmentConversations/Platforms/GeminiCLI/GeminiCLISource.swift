public import Catchment

/// Gemini CLI's chat recordings on this machine.
///
/// One unit is one file: a session, as one JSON document or, in newer versions, as a log.
public struct GeminiCLISource: Source {
  static let platform = "gemini_cli"

  public let name = platform
  public let tables = ConversationTables.all

  public init() {}

  /// `.gemini/tmp` of `$GEMINI_CLI_HOME`, or else of the home directory, on every system.
  public func defaultRoots(home: String, environment: [String: String]) -> [String] {
    let named = environment["GEMINI_CLI_HOME"] ?? ""
    return ["\(named.isEmpty ? home : named)/.gemini/tmp"]
  }

  public func mayHold(_ path: String) -> Bool {
    (path.hasSuffix(".json") || path.hasSuffix(".jsonl")) && !path.hasSuffix("/logs.json")
  }

  /// A project's hash beside a session's id, or a message of Gemini's.
  public func recognise(_ beginning: UnsafeRawBufferPointer, of path: String) -> Recognition {
    let isSession =
      beginning.firstRange(of: "\"sessionId\"") != nil
      && beginning.firstRange(of: "\"projectHash\"") != nil
    let isMessage =
      beginning.firstRange(of: "\"type\":\"gemini\"") != nil
      || beginning.firstRange(of: "\"type\": \"gemini\"") != nil
    return isSession || isMessage ? .certain : .none
  }

  public func framing(of path: String) -> Framing {
    path.hasSuffix(".jsonl") ? .lines : .document
  }

  public func makeReducer(largestRecord: Int) -> any Reducer {
    PlatformReducer<GeminiCLIReader>(
      platform: name, skipsRepeated: false, largestRecord: largestRecord)
  }
}
