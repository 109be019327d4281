import Catchment
import CatchmentConversations
import CatchmentTesting

/// Unified conversations made up for tests: an object a line, from the columns of the tables.
enum Unified {
  /// A conversation of two messages, a call and a summary.
  ///
  /// - Parameter changed: members of its row that are other than usual, as JSON.
  static func conversation(
    _ number: Int = 1, text: String = "hello", changed: [String: String] = [:]
  ) throws -> String {
    let id = uuid("c", number)
    let messages = (0..<2).map { place in
      row(
        ConversationTables.messages,
        [
          "message_id": quoted(uuid("a", number * 10 + place)), "conversation_id": quoted(id),
          "sequence_number": "\(place)", "role": quoted(place == 0 ? "user" : "assistant"),
          "kind": quoted(place == 0 ? "prompt" : "response"),
          "timestamp": quoted("2026-03-01T10:00:0\(place).000000Z"),
          "content": "[{\"type\":\"text\",\"text\":\"\(text)\"}]", "output_tokens": "7",
        ])
    }
    let call = row(
      ConversationTables.toolCalls,
      [
        "tool_call_id": quoted(uuid("d", number)), "conversation_id": quoted(id),
        "message_id": quoted(uuid("a", number * 10 + 1)), "tool_name": quoted("Bash"),
        "tool_input": "{\"command\":\"ls\"}", "tool_output": quoted("soil"), "duration_ms": "12",
        "duration_source": quoted("elapsed"),
      ])
    let summary = row(
      ConversationTables.summaries,
      [
        "summary_id": quoted(uuid("e", number)), "conversation_id": quoted(id),
        "type": quoted("title"), "text": quoted("Beans"),
        "covers_messages": "[\(quoted(uuid("a", number * 10)))]",
        "leaf_identity": "18446744073709551615",
      ])
    let facts = [
      "conversation_id": quoted(id), "platform": quoted("acme"), "session_id": quoted("s\(number)"),
      "created_at": quoted("2026-03-01T10:00:00.000000Z"),
      "updated_at": quoted("2026-03-01T10:00:01.000000Z"),
      "imported_at": quoted("2026-03-02T10:00:01.000000Z"), "status": quoted("vanished"),
      "title": quoted("A title"), "parent_tool_call_id": quoted(uuid("d", 99)),
      "total_messages": "2", "total_cost": "0.125", "platform_metadata": "{\"a\": [1]}",
      "tags": "[\"x\",null]", "is_sidechain": "false", "cost_source": quoted("computed"),
    ].merging(changed) { _, changed in changed }
    return """
      {"schema_version":\(UnifiedSchema.version),"conversation":\(row(ConversationTables.conversations, facts)),\
      "messages":[\(messages.joined(separator: ","))],"tool_calls":[\(call)],\
      "summaries":[\(summary)]}
      """
  }

  static func uuid(_ kind: String, _ number: Int) -> String {
    let digits = String(number)
    return "\(String(repeating: kind, count: 8))-0000-4000-8000-"
      + String(repeating: "0", count: 12 - digits.count) + digits
  }

  static func quoted(_ text: String) -> String { "\"\(text)\"" }

  /// A row with every column of a table; what is not given is null.
  private static func row(_ table: TableSchema, _ values: [String: String]) -> String {
    let members = table.columns.map { "\"\($0.name)\":\(values[$0.name] ?? "null")" }
    return "{\(members.joined(separator: ","))}"
  }
}
