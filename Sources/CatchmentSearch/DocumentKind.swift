/// What a document of the index is made of.
enum DocumentKind: Int64, CaseIterable {
  case title = 0
  case message = 1
  case toolCall = 2
  case summary = 3

  /// Its rows, as a query whose columns are always the same: the conversation, the row, a print of
  /// all that the index takes from it, its time, where its text stands, then what it is picked by, and
  /// up to two texts, and where the engine keeps the row.
  ///
  /// `condition` says which conversations, as `c`. Tables of an older version are seen through views,
  /// whose rows have no places.
  func rows(where condition: String, hasPlaces: Bool) -> String {
    """
    SELECT c.conversation_id, \(id) AS id,
      (hash(c.conversation_id, \(printed), c.platform, c.workspace_path, \(model)) >> 1)::BIGINT AS print,
      epoch_us(\(time)) AS time, \(place) AS place, c.platform, c.workspace_path,
      \(tool) AS tool, \(role) AS role, \(model) AS model, \(texts.first) AS text,
      \(texts.second) AS second_text, \(hasPlaces ? alias + ".rowid" : "-1::BIGINT") AS row_place
    FROM \(tables) WHERE \(condition)
    """
  }

  private var alias: String { self == .title ? "c" : "m" }

  private var tables: String {
    switch self {
    case .title: "main.conversations c"
    case .message: "main.messages m JOIN main.conversations c USING (conversation_id)"
    case .toolCall: "main.tool_calls m JOIN main.conversations c USING (conversation_id)"
    case .summary: "main.summaries m JOIN main.conversations c USING (conversation_id)"
    }
  }

  private var id: String {
    switch self {
    case .title: "c.conversation_id"
    case .message: "m.message_id"
    case .toolCall: "m.tool_call_id"
    case .summary: "m.summary_id"
    }
  }

  private var printed: String { "\(time), \(place), \(texts.first), \(texts.second)" }

  /// What has no time of its own counts as its conversation's.
  private var time: String {
    switch self {
    case .title: "coalesce(c.updated_at, c.created_at)"
    case .message, .toolCall: "coalesce(m.timestamp, c.created_at)"
    case .summary: "coalesce(m.timestamp, c.updated_at)"
    }
  }

  private var place: String {
    switch self {
    case .title: "'title'"
    case .message:
      """
      CASE WHEN m.kind = 'prompt' THEN 'prompt' WHEN m.kind IN ('response', 'thinking')
        THEN 'response' WHEN m.kind IN ('tool_result', 'output', 'command_output') THEN 'output'
        ELSE 'other' END
      """
    case .toolCall: "'call'"
    case .summary: "CASE WHEN m.type = 'title' THEN 'title' ELSE 'other' END"
    }
  }

  private var tool: String { self == .toolCall ? "m.tool_name" : "NULL::VARCHAR" }

  private var role: String {
    switch self {
    case .message: "m.role"
    case .toolCall: "'tool'"
    default: "NULL::VARCHAR"
    }
  }

  private var model: String { self == .message ? "coalesce(m.model, c.model)" : "c.model" }

  private var texts: (first: String, second: String) {
    switch self {
    case .title: ("c.title", "NULL::VARCHAR")
    case .message: ("m.content", "NULL::VARCHAR")
    case .toolCall: ("m.tool_input", "m.tool_output")
    case .summary: ("m.text", "NULL::VARCHAR")
    }
  }

  /// Whether its texts are JSON rather than text.
  var isJSON: Bool { self == .message || self == .toolCall }
}
