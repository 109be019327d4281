internal import Catchment

/// The indexes that warehouses with indexes keep of the unified tables.
///
/// Those of the keys are not among them: every follower has them.
enum ConversationIndexes {
  static let conversations: [TableSchema.Index] = [
    .init(
      "lookup", ["platform", "created_at", "status"], including: ["total_messages", "total_cost"]),
    .init("active", ["created_at DESC"], where: "status = 'active'"),
    .init("metadata", ["platform_metadata"], kind: .contents),
    .init("workspace", ["workspace_path"], kind: .prefix),
    .init("checksum", ["raw_checksum"]),
    .init("content", ["content_hash"]),
    .init("parent", ["parent_conversation_id"]),
  ]

  static let messages: [TableSchema.Index] = [
    .init("sequence", ["conversation_id", "sequence_number"]),
    .init("time", ["timestamp"]),
    .init("role", ["role"]),
  ]

  static let toolCalls: [TableSchema.Index] = [
    .init("conversation", ["conversation_id"]),
    .init("message", ["message_id"]),
    .init("tool", ["tool_name", "timestamp"]),
  ]

  static let summaries: [TableSchema.Index] = [
    .init("conversation", ["conversation_id"]),
    .init("type", ["type"]),
  ]
}
