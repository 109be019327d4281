public import Catchment
internal import JSONTape

/// OpenCode's sessions: its database, the tree of JSON files that it kept before, exported sessions
/// and recorded output of `opencode run`.
public struct OpenCodeSource: Source {
  public let name = "opencode"
  public let tables = ConversationTables.all

  public init() {}

  /// In `$OPENCODE_DATA_DIR`, `$XDG_DATA_HOME/opencode` or `~/.local/share/opencode`: the
  /// databases of the release channels, and `storage`.
  public func defaultRoots(home: String, environment: [String: String]) -> [String] {
    OpenCodeStore.roots(
      of: "opencode", override: environment["OPENCODE_DATA_DIR"], home: home,
      environment: environment)
  }

  public func mayHold(_ path: String) -> Bool { OpenCodeStore.mayHold(path) }

  public func recognise(_ beginning: UnsafeRawBufferPointer, of path: String) -> Recognition {
    OpenCodeStore.recognise(beginning, of: path, named: "opencode", notNamed: "kilo")
  }

  public func framing(of path: String) -> Framing { OpenCodeStore.framing(of: path) }

  public func copyHint(_ beginning: UnsafeRawBufferPointer, of path: String) -> UInt64? {
    OpenCodeStore.session(in: beginning)
  }

  public func makeReducer(largestRecord: Int) -> any Reducer {
    PlatformReducer<OpenCodeReader>(
      platform: name, skipsRepeated: false, largestRecord: largestRecord)
  }
}

/// How OpenCode keeps sessions, and programs that were made from it.
enum OpenCodeStore {
  /// Databases of the release channels are named after them.
  private static let channels = ["", "-beta", "-dev", "-local", "-next", "-nightly", "-preview"]

  /// The tables with conversations.
  ///
  /// Others are history of the same rows, or hold secrets (`account`, `credential`,
  /// `session_share`): they are not read.
  private static let tables = ["session", "message", "part"].map {
    DatabaseTable($0, order: ["rowid"])
  }

  static func roots(
    of program: String, override: String?, home: String, environment: [String: String]
  ) -> [String] {
    let shared = environment["XDG_DATA_HOME"] ?? "\(home)/.local/share"
    let data = override ?? "\(shared)/\(program)"
    return channels.map { "\(data)/\(program)\($0).db" } + ["\(data)/storage"]
  }

  static func mayHold(_ path: String) -> Bool {
    isDatabase(path) || path.hasSuffix(".json") || path.hasSuffix(".jsonl")
  }

  static func isDatabase(_ path: String) -> Bool {
    path.hasSuffix(".db") || path.hasSuffix(".sqlite")
  }

  static func framing(of path: String) -> Framing {
    if isDatabase(path) { return .database(tables) }
    return path.hasSuffix(".jsonl") ? .lines : .document
  }

  /// How surely a file is a program's: by its contents, and by whether its path names the program.
  static func recognise(
    _ beginning: UnsafeRawBufferPointer, of path: String, named name: StaticString,
    notNamed other: StaticString
  ) -> Recognition {
    let (isNamed, isOther) = FilePath.inLowercase(path) { path in
      (path.firstRange(of: name) != nil, path.firstRange(of: other) != nil)
    }
    guard isNamed || !isOther, isStore(beginning, path) else { return .none }
    return isNamed ? .certain : .possible
  }

  private static func isStore(_ beginning: UnsafeRawBufferPointer, _ path: String) -> Bool {
    func has(_ texts: StaticString...) -> Bool {
      texts.allSatisfy { beginning.firstRange(of: $0) != nil }
    }
    if isDatabase(path) {
      return has("SQLite format 3") && (has("message_id", "session_id") || isNamed(path))
    }
    return isInTree(path) || has("\"messageID\"", "\"type\"")
      || has("\"sessionID\"", "\"role\"", "\"time\"")
      || has("\"projectID\"", "\"directory\"") || has("\"sessionID\"", "\"part\"")
  }

  /// Whether a path is that of a file of the tree, `storage/message/<session>/<message>.json`.
  private static func isInTree(_ path: String) -> Bool {
    guard path.hasSuffix(".json") else { return false }
    let folders = path.utf8.split(separator: UInt8(ascii: "/")).suffix(4).map(Substring.init)
    return folders.first == "storage"
      && ["session", "message", "part"].contains(folders.dropFirst().first)
  }

  /// A large database names its tables further on than is looked at.
  private static func isNamed(_ path: String) -> Bool {
    let file = FilePath.name(path)
    return file.hasPrefix("opencode") || file.hasPrefix("kilo")
  }

  /// The session that a file of the tree is of: its files are derived together.
  ///
  /// What names none but a project is the session itself.
  static func session(in beginning: UnsafeRawBufferPointer) -> UInt64? {
    for mark: StaticString in ["\"sessionID\":", "\"messageID\":"] {
      if let name = value(after: mark, in: beginning) { return name }
    }
    guard beginning.firstRange(of: "\"projectID\":") != nil else { return nil }
    return value(after: "\"id\":", in: beginning)
  }

  private static func value(
    after mark: StaticString, in beginning: UnsafeRawBufferPointer
  ) -> UInt64? {
    guard let found = beginning.firstRange(of: mark) else { return nil }
    let rest = beginning[found.upperBound...].drop { $0 <= 0x20 || $0 == UInt8(ascii: "\"") }
    let name = rest.prefix { $0 != UInt8(ascii: "\"") }
    return JSONText(bytes: Slice(rebasing: name)).fingerprint
  }
}
