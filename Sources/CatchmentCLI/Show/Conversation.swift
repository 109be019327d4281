import Catchment
import DuckDB

/// A conversation's own row.
struct Conversation {
  let id: String
  let platform: String
  let sessionID: String
  let title: String
  let workspace: String
  let model: String
  let created: String
  let isSidechain: Bool
  let messages: Int
  let toolCalls: Int

  /// What a page of it is headed with.
  var heading: String { title.isEmpty ? "(no title)" : title }

  /// What is known of it, in a line.
  var facts: String {
    [id, platform, model, workspace, "times in UTC"].filter { !$0.isEmpty }
      .joined(separator: " · ")
  }

  /// The one of this UUID, this beginning of one, or this session.
  static func find(
    _ name: String, _ reader: WarehouseReader
  ) throws(CatchmentError) -> Conversation {
    guard !name.isEmpty else { throw none(name) }
    let exact = try reader.rows(
      """
      \(selection) WHERE session_id = $1 OR conversation_id::VARCHAR = lower($1)
      ORDER BY is_sidechain NULLS FIRST, created_at LIMIT 6
      """, .text(name)
    ).map(Conversation.init)
    // A session's sub-agents may bear its name; the session itself is meant.
    let main = exact.filter { !$0.isSidechain }
    if let only = main.first, main.count == 1 { return only }
    if exact.count == 1 { return exact[0] }
    let found = exact.isEmpty ? try beginning(with: name, reader) : exact
    guard let only = found.first else { throw none(name) }
    guard found.count == 1 else {
      let ids = found.prefix(5).map(\.id).joined(separator: ", ")
      throw CatchmentError(
        .usage, "several conversations are called \(name)", hint: "give one of \(ids)")
    }
    return only
  }

  private static func beginning(
    with name: String, _ reader: WarehouseReader
  ) throws(CatchmentError) -> [Conversation] {
    try reader.rows(
      """
      \(selection) WHERE starts_with(conversation_id::VARCHAR, lower($1))
        OR starts_with(replace(conversation_id::VARCHAR, '-', ''), lower($1))
        OR starts_with(session_id, $1)
      ORDER BY conversation_id LIMIT 6
      """, .text(name)
    ).map(Conversation.init)
  }

  private static func none(_ name: String) -> CatchmentError {
    CatchmentError(
      .usage, "there is no conversation \(name)",
      hint: "find one: `catchment sql \"SELECT conversation_id, title FROM conversations\"`")
  }

  private static let selection = """
    SELECT conversation_id, platform, session_id, title, workspace_path, model, created_at,
      coalesce(is_sidechain, false), total_messages, total_tool_calls
    FROM main.conversations
    """

  private init(_ row: [Value]) {
    id = row[0].shown
    platform = row[1].shown
    sessionID = row[2].shown
    title = row[3].shown
    workspace = row[4].shown
    model = row[5].shown
    created = row[6].shown
    isSidechain = row[7].boolean ?? false
    messages = row[8].int
    toolCalls = row[9].int
  }

  func json(_ messages: [TranscriptMessage]) -> JSON {
    JSON([
      "conversation_id": .text(id), "platform": .text(platform), "session_id": .text(sessionID),
      "title": .text(title), "workspace_path": .text(workspace), "model": .text(model),
      "created_at": .text(created), "is_sidechain": .boolean(isSidechain),
      "messages": .array(messages.map(\.json)),
    ])
  }
}
