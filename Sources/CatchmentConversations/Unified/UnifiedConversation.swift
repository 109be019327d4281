public import Catchment
public import JSONTape

/// A conversation as `catchment export --format unified` writes it, read in the newest form whatever
/// version it was written in.
///
/// ```swift
/// let conversation = try UnifiedConversation(parser.parse(line, isPadded: false))
/// conversation.conversation["machine"]   // "null" for a line from before machines were known
/// print(conversation.line)               // in the newest form
/// ```
public struct UnifiedConversation: Sendable, Equatable {
  /// The version that exports are written in.
  public static let newestVersion = (upgrades.last?.from ?? 0) + 1

  /// The version that it was read in.
  public let writtenVersion: Int
  public var conversation: UnifiedRow
  public var messages: [UnifiedRow]
  public var toolCalls: [UnifiedRow]
  public var summaries: [UnifiedRow]

  /// Reads a line of an export and takes it up to the newest version, one small step after another.
  ///
  /// Throws `validation` when it is no such line or a newer one. Whether every value is as the
  /// published schema says is not looked at: the schema is for the newest version.
  public init(_ value: JSONValue) throws(CatchmentError) {
    guard let version = value["schema_version"]?.int64, version >= 1 else {
      throw CatchmentError(
        .validation, "the line is no unified conversation: it has no schema_version",
        hint: "`catchment export --format unified` writes such lines")
    }
    guard version <= Self.newestVersion else {
      throw CatchmentError(
        .validation,
        "the line is a unified conversation of version \(version), and this program "
          + "knows them up to \(Self.newestVersion)", hint: "use a newer catchment")
    }
    writtenVersion = Int(version)
    guard let conversation = value["conversation"].flatMap(UnifiedRow.init) else {
      throw Self.missing("conversation", "an object")
    }
    self.conversation = conversation
    messages = try Self.rows(value, "messages")
    toolCalls = try Self.rows(value, "tool_calls")
    summaries = try Self.rows(value, "summaries")
    for upgrade in Self.upgrades where upgrade.from >= writtenVersion { upgrade.apply(&self) }
  }

  private static func rows(
    _ value: JSONValue, _ name: StaticString
  ) throws(CatchmentError) -> [UnifiedRow] {
    guard let list = value[name], list.kind == .array else { throw missing(name, "an array") }
    var rows: [UnifiedRow] = []
    for element in list.elements {
      guard let row = UnifiedRow(element) else { throw missing(name, "an array of objects") }
      rows.append(row)
    }
    return rows
  }

  private static func missing(_ name: StaticString, _ kind: String) -> CatchmentError {
    CatchmentError(
      .validation, "the line is no unified conversation: \(name) is not \(kind)",
      hint: "`catchment export --format unified` writes such lines")
  }

  /// As a line of an export of the newest version, without its end.
  public var line: String {
    var text = "{\"schema_version\":\(Self.newestVersion),\"conversation\":"
    conversation.write(into: &text)
    for (name, rows) in [
      ("messages", messages), ("tool_calls", toolCalls), ("summaries", summaries),
    ] {
      text += ",\"\(name)\":["
      for (place, row) in rows.enumerated() {
        if place > 0 { text += "," }
        row.write(into: &text)
      }
      text += "]"
    }
    return text + "}"
  }
}
