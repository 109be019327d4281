public import Catchment

/// Goose's sessions: a database of all, and a file of lines each, as versions before 1.10 kept them.
public struct GooseSource: Source {
  public let name = "goose"
  public let tables = ConversationTables.all

  public init() {}

  /// `goose/sessions` in `$XDG_DATA_HOME`, else `~/.local/share`, and in Windows' application data.
  public func defaultRoots(home: String, environment: [String: String]) -> [String] {
    let stated = environment["XDG_DATA_HOME"].flatMap { $0.isEmpty ? nil : $0 }
    let roaming = environment["APPDATA"] ?? "\(home)/AppData/Roaming"
    return [
      "\(stated ?? "\(home)/.local/share")/goose/sessions", "\(roaming)/Block/goose/data/sessions",
    ]
  }

  public func mayHold(_ path: String) -> Bool {
    FilePath.name(path) == "sessions.db"
      || (path.hasSuffix(".jsonl") && FilePath.isWithin("goose", path))
  }

  public func recognise(_ beginning: UnsafeRawBufferPointer, of path: String) -> Recognition {
    func has(_ texts: StaticString...) -> Bool {
      texts.allSatisfy { beginning.firstRange(of: $0) != nil }
    }
    if beginning.starts(with: "SQLite format 3") {
      return has("content_json", "working_dir") ? .certain : .none
    }
    let isSession =
      has("\"working_dir\"", "\"message_count\"") || has("\"role\"", "\"created\"", "\"content\"")
    return isSession && FilePath.isWithin("goose", path) ? .certain : .none
  }

  public func framing(of path: String) -> Framing {
    guard path.hasSuffix(".db") else { return .lines }
    return .database([
      DatabaseTable("sessions", order: ["rowid"]), DatabaseTable("messages", order: ["id"]),
    ])
  }

  public func makeReducer(largestRecord: Int) -> any Reducer {
    PlatformReducer<GooseReader>(
      platform: name, skipsRepeated: false, largestRecord: largestRecord)
  }
}
